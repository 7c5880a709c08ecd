/* Provider keys of an account, sealed with the key ring. */
#ifndef STORE_PROVIDER_KEY_H
#define STORE_PROVIDER_KEY_H

#include "platform/crypto.h"
#include "store/db.h"

struct provider_key_row {
    struct str provider;   /* row name of provider/providers.c */
    struct str last_four;
    int64_t    ring_id;
    int64_t    created_ms;
};

/* Whether it can be a provider's key.  Errors: ERR_INPUT, text for the
 * caller. */
enum { PROVIDER_KEY_MAX_BYTES = 4096 };

enum status provider_key_check(struct str secret,
                               struct error *err) MUST_CHECK;

/* Stores or replaces the account's key of one provider. */
enum status provider_key_set(struct db_conn *conn, struct arena *a,
                             const struct key_ring *ring, int64_t account_id,
                             struct str provider, struct str secret,
                             int64_t now_ms, struct error *err) MUST_CHECK;

/* The opened key, owned by `a` and wiped with it; empty when there is none.
 * Errors: ERR_STORE, ERR_CONFIG (ring lacks the id). */
enum status provider_key_find(struct db_conn *conn, struct arena *a,
                              const struct key_ring *ring, int64_t account_id,
                              struct str provider, struct str *secret,
                              struct error *err) MUST_CHECK;

/* Forgets it.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status provider_key_remove(struct db_conn *conn, int64_t account_id,
                                struct str provider,
                                struct error *err) MUST_CHECK;

enum status provider_key_list(struct db_conn *conn, struct arena *a,
                              int64_t account_id,
                              struct provider_key_row **list, size_t *count,
                              struct error *err) MUST_CHECK;

#endif
