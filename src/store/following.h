/*
 * Memories that were embedded together with the one before them in their
 * session: a short line of a named speaker says little without it
 * (memory/passage.h).  When that one changes or goes, so must their vectors.
 */
#ifndef STORE_FOLLOWING_H
#define STORE_FOLLOWING_H

#include "store/adding.h"

/*
 * Those behind a memory and its repeats, in the transaction that is going to
 * change them.
 *
 * first_id   of the memory that the others repeat
 * rows       id and seq, owned by `a`
 * Errors     ERR_STORE
 */
enum status following_find(struct db_conn *conn, struct arena *a,
                           int64_t vault_id, int64_t first_id,
                           struct db_rows *rows, struct error *err) MUST_CHECK;

/* Takes their vectors away and gives them new seqs, so that the learner makes
 * others.  Errors: ERR_NOT_FOUND: the vault is gone; ERR_STORE. */
enum status following_renew(struct adding *w, const struct db_rows *rows,
                            struct error *err) MUST_CHECK;

#endif
