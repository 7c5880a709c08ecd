/*
 * Counts of a vault.  Functions take a connection; any thread may call.
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "store/db.h"

struct tally {
    int64_t memories;
    int64_t repeats;         /* of them: of an earlier one, to the letter */
    int64_t tokens;
    int64_t oldest_ms;       /* said then; 0: there are none */
    int64_t newest_ms;
    int64_t vectors;         /* under the vault's model */
    int64_t pending;         /* memories that the learner has not seen */
    int64_t sessions;
    int64_t created_ms;      /* the vault was */
    int64_t last_access_ms;  /* by any of its keys; 0: never */
};

/* Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status tally_vault(struct db_conn *conn, struct arena *a,
                        int64_t vault_id, struct tally *tally,
                        struct error *err) MUST_CHECK;

/* What a session has, or the vault (session_id -1).  Errors: ERR_STORE. */
enum status tally_part(struct db_conn *conn, struct arena *a,
                       int64_t vault_id, int64_t session_id,
                       int64_t *memories, int64_t *vectors,
                       struct error *err) MUST_CHECK;

/*
 * A memory and those that say the same to the letter.
 *
 * first_id  of them, which the others repeat
 * Errors    ERR_NOT_FOUND, ERR_STORE
 */
enum status tally_group(struct db_conn *conn, struct arena *a,
                        int64_t vault_id, int64_t id, int64_t *first_id,
                        int64_t *memories, int64_t *vectors,
                        struct error *err) MUST_CHECK;

#endif
