/*
 * A transaction that is repeated when a deadlock or a conflict in a cluster
 * took it back.
 */
#ifndef STORE_TRANSACT_H
#define STORE_TRANSACT_H

#include "store/db.h"

/* What is done in it; may run several times, each time from the start. */
typedef enum status transact_fn(struct db_conn *conn, void *owner,
                                struct error *err);

/* Commits what fn did, or rolls back.  Errors: ERR_STORE, and what fn
 * returned. */
enum status transact_run(struct db_conn *conn, transact_fn *fn, void *owner,
                         struct error *err) MUST_CHECK;

#endif
