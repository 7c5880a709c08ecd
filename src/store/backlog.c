/* What waits for the learner, and who works on it. */
#include "store/backlog.h"

#include "base/banned.h"

static enum status
read_ids(struct db_conn *conn, struct arena *a, enum statement id,
         const struct db_value *params, size_t param_count, int64_t **ids,
         size_t *count, struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, id, params, param_count, &rows, err);

    if (st != OK)
        return st;
    *ids = arena_array(a, int64_t, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*ids)[i] = db_at(&rows, i, 0)->number;
    return OK;
}

enum status
backlog_behind(struct db_conn *conn, struct arena *a, int64_t after,
               size_t limit, int64_t **ids, size_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(after), DB_I(limit) };

    return read_ids(conn, a, SQL_VAULT_BEHIND, params, COUNT(params), ids,
                    count, err);
}

enum status
backlog_foreign(struct db_conn *conn, struct arena *a, int64_t model_id,
                size_t limit, int64_t **ids, size_t *count,
                struct error *err)
{
    struct db_value params[] = { DB_I(model_id), DB_I(model_id),
                                 DB_I(limit) };

    return read_ids(conn, a, SQL_VAULT_FOREIGN, params, COUNT(params), ids,
                    count, err);
}

enum status
backlog_adopt(struct db_conn *conn, int64_t vault_id, int64_t model_id,
              bool *adopted, struct error *err)
{
    struct db_value params[] = { DB_I(model_id), DB_I(vault_id),
                                 DB_I(model_id) };
    enum status     st = db_run(conn, NULL, SQL_VAULT_ADOPT, params,
                                COUNT(params), NULL, err);

    *adopted = st == OK && db_affected(conn) > 0;
    return st;
}

enum status
backlog_set_model(struct db_conn *conn, int64_t vault_id, int64_t model_id,
                  bool pinned, struct error *err)
{
    struct db_value params[] = { model_id ? DB_I(model_id) : DB_NIL,
                                 DB_I(pinned), DB_I(vault_id) };
    enum status     st = db_run(conn, NULL, SQL_VAULT_MODEL, params,
                                COUNT(params), NULL, err);

    if (st == OK && db_affected(conn) == 0)
        return failed(err, ERR_NOT_FOUND, "there is no vault %lld",
                      (long long)vault_id);
    return st;
}

/* One row, or none: locked by another, or not there. */
static enum status
lock_row(struct db_conn *conn, struct arena *a, int64_t vault_id, bool *got,
         struct error *err)
{
    struct db_value params[] = { DB_I(vault_id) };
    struct db_rows  rows;
    enum status     st = db_begin(conn, err);

    if (st != OK)
        return st;
    st = db_run(conn, a, SQL_CLAIM_LOCK, params, COUNT(params), &rows, err);
    *got = st == OK && rows.count > 0;
    if (!*got)
        db_rollback(conn);
    return st;
}

/* Not inside the transaction: inserting would wait for whoever holds it. */
enum status
backlog_claim(struct db_conn *conn, struct arena *a, int64_t vault_id,
              bool *got, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id) };
    struct db_rows  rows;
    enum status     st = lock_row(conn, a, vault_id, got, err);

    if (st != OK || *got)
        return st;
    st = db_run(conn, a, SQL_CLAIM_EXISTS, params, COUNT(params), &rows, err);
    if (st != OK || rows.count > 0)
        return st;
    st = db_run(conn, NULL, SQL_CLAIM_ADD, params, COUNT(params), NULL, err);
    if (st != OK)
        return st;
    return lock_row(conn, a, vault_id, got, err);
}

enum status
backlog_vaults(struct db_conn *conn, struct arena *a, int64_t account_id,
               struct backlog_vault **list, size_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(account_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_VAULT_LIST, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct backlog_vault, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = (struct backlog_vault){ db_at(&rows, i, 0)->number,
                                             db_at(&rows, i, 1)->number };
    return OK;
}

enum status
backlog_size(struct db_conn *conn, struct arena *a, int64_t *vaults,
             int64_t *rows, struct error *err)
{
    struct db_rows found;
    enum status    st = db_run(conn, a, SQL_VAULT_BACKLOG, NULL, 0, &found,
                               err);

    if (st != OK)
        return st;
    *vaults = db_at(&found, 0, 0)->number;
    *rows = db_at(&found, 0, 1)->number;
    return OK;
}

enum status
backlog_sweep(struct db_conn *conn, struct arena *a, struct error *err)
{
    int64_t    *ids;
    size_t      count = 0;
    enum status st = read_ids(conn, a, SQL_CLAIM_ORPHANS, NULL, 0, &ids,
                              &count, err);

    for (size_t i = 0; i < count && st == OK; i++) {
        struct db_value params[] = { DB_I(ids[i]) };

        st = db_run(conn, NULL, SQL_CLAIM_REMOVE, params, COUNT(params), NULL,
                    err);
    }
    return st;
}
