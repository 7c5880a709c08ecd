/* Begin, do, commit. */
#include "store/transact.h"

#include "base/banned.h"

enum { TRIES = 3 };

static enum status
run_once(struct db_conn *conn, transact_fn *fn, void *owner,
         struct error *err)
{
    enum status st = db_begin(conn, err);

    if (st != OK)
        return st;
    if ((st = fn(conn, owner, err)) == OK)
        return db_commit(conn, err);
    db_rollback(conn);
    return st;
}

enum status
transact_run(struct db_conn *conn, transact_fn *fn, void *owner,
             struct error *err)
{
    enum status st = OK;

    for (int i = 0; i < TRIES; i++) {
        st = run_once(conn, fn, owner, err);
        if (st != ERR_STORE || !db_should_repeat(conn))
            break;
    }
    return st;
}
