/*
 * The learner's work list: vaults whose rows wait for vectors, found by an
 * index, and the claims that keep learners out of each other's way.
 *
 * A claim is the lock of the vault's row in learner_claim, held by an open
 * transaction.  It ends with the transaction, also when the learner dies.
 * The vault's own row is not locked, so that turns are remembered meanwhile.
 * (In a Galera cluster locks do not reach other nodes: there the second of
 * two learners loses its transaction at commit and repeats it.)
 *
 * Functions take a connection; any thread may call.
 */
#ifndef STORE_BACKLOG_H
#define STORE_BACKLOG_H

#include "store/db.h"

/* Vaults with rows above their embedded_seq and id above `after`, in order of
 * id, at most `limit`; owned by `a`.  Errors: ERR_STORE. */
enum status backlog_behind(struct db_conn *conn, struct arena *a,
                           int64_t after, size_t limit, int64_t **ids,
                           size_t *count, struct error *err) MUST_CHECK;

/* Vaults that follow the configuration and have another model than this one,
 * or none; likewise. */
enum status backlog_foreign(struct db_conn *conn, struct arena *a,
                            int64_t model_id, size_t limit, int64_t **ids,
                            size_t *count, struct error *err) MUST_CHECK;

/* Gives a vault that follows the configuration this model, unless it has it
 * already, as backlog_set_model() does; *adopted tells.  Errors: ERR_STORE. */
enum status backlog_adopt(struct db_conn *conn, int64_t vault_id,
                          int64_t model_id, bool *adopted,
                          struct error *err) MUST_CHECK;

/*
 * Gives the vault this model (0: none).  All of its rows then wait for new
 * vectors; the old ones stay until embedding_forget().
 *
 * pinned   chosen for this vault: a change of the configuration leaves it
 * Errors   ERR_NOT_FOUND, ERR_STORE
 */
enum status backlog_set_model(struct db_conn *conn, int64_t vault_id,
                              int64_t model_id, bool pinned,
                              struct error *err) MUST_CHECK;

/*
 * Begins a transaction that holds the vault's claim; db_commit() or
 * db_rollback() ends both.
 *
 * got      false: another learner has it, and no transaction is open
 * Errors   ERR_STORE
 */
enum status backlog_claim(struct db_conn *conn, struct arena *a,
                          int64_t vault_id, bool *got,
                          struct error *err) MUST_CHECK;

struct backlog_vault {
    int64_t id;
    int64_t rows;  /* that it ever had */
};

/* All vaults of an account, or of all (0), owned by `a`.
 * Errors: ERR_STORE. */
enum status backlog_vaults(struct db_conn *conn, struct arena *a,
                           int64_t account_id, struct backlog_vault **list,
                           size_t *count, struct error *err) MUST_CHECK;

/* Vaults and rows that wait now.  Errors: ERR_STORE. */
enum status backlog_size(struct db_conn *conn, struct arena *a,
                         int64_t *vaults, int64_t *rows,
                         struct error *err) MUST_CHECK;

/* Removes up to a hundred claims of vaults that are gone.
 * Errors: ERR_STORE. */
enum status backlog_sweep(struct db_conn *conn, struct arena *a,
                          struct error *err) MUST_CHECK;

#endif
