/*
 * What was injected for the question of a tool loop.  Every further request of
 * the loop gets the same bytes, whatever was stored meanwhile and whichever
 * worker or node serves it.  Source: sql/003_injection.sql.
 */
#ifndef STORE_INJECTION_H
#define STORE_INJECTION_H

#include "platform/crypto.h"
#include "store/key.h"

enum { INJECTION_KEPT_MS = 3600 * 1000 };

struct injection {
    int64_t    memories;  /* how many */
    int64_t    tokens;
    struct str ids;       /* "1,5,9" */
    struct str text;      /* "" when nothing was relevant */
};

/* What is kept for this conversation, unless something was deleted since;
 * *found tells.  Errors: ERR_STORE. */
enum status injection_find(struct db_conn *conn, struct arena *a,
                           const struct key_access *access,
                           const uint8_t conversation[CRYPTO_HASH_BYTES],
                           int64_t now_ms, bool *found, struct injection *kept,
                           struct error *err) MUST_CHECK;

/* Keeps it.  Where another request was first, *what becomes what that one
 * kept.  Errors: ERR_STORE. */
enum status injection_keep(struct db_conn *conn, struct arena *a,
                           const struct key_access *access,
                           const uint8_t conversation[CRYPTO_HASH_BYTES],
                           int64_t now_ms, struct injection *what,
                           struct error *err) MUST_CHECK;

/* Removes what is too old, at most 1,000 rows.  Errors: ERR_STORE. */
enum status injection_sweep(struct db_conn *conn, struct arena *a,
                            int64_t now_ms, struct error *err) MUST_CHECK;

#endif
