/* The named parts of a vault. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/db.h"

struct session_row {
    int64_t    id;
    struct str name;          /* the id that the client chose */
    int64_t    created_ms;
    int64_t    memories;
    int64_t    tokens;
    int64_t    last_used_ms;  /* something was stored in it */
};

/*
 * The next `limit` sessions with a number above `above`, owned by `a`.
 * name     the only one that is wanted, or ""
 * Errors   ERR_STORE
 */
enum status session_list(struct db_conn *conn, struct arena *a,
                         int64_t vault_id, int64_t above, struct str name,
                         size_t limit, struct session_row **list,
                         size_t *count, struct error *err) MUST_CHECK;

/* How many there are in the vault.  Errors: ERR_STORE. */
enum status session_count(struct db_conn *conn, struct arena *a,
                          int64_t vault_id, int64_t *count,
                          struct error *err) MUST_CHECK;

#endif
