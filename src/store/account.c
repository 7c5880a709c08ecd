/* Accounts. */
#include "store/account.h"

#include "base/banned.h"

static struct account_row
read_row(const struct db_value *v)
{
    return (struct account_row){
        .id = v[0].number,
        .email = v[1].text,
        .name = v[2].text,
        .role = v[3].text,
        .created_ms = v[4].number,
        .keys = v[5].number,
        .tokens_per_month = v[6].number,
    };
}

static struct db_value
tokens_value(int64_t tokens_per_month)
{
    return tokens_per_month < 0 ? DB_NIL : DB_I(tokens_per_month);
}

enum status
account_create(struct db_conn *conn, const struct account_new *n,
               const struct audit_actor *by, int64_t *id, struct error *err)
{
    struct db_value params[] = {
        DB_T(n->email), DB_T(n->name), DB_T(n->role),
        n->password_hash.len ? DB_T(n->password_hash) : DB_NIL,
        tokens_value(n->tokens_per_month), DB_I(by->now_ms),
    };
    struct audit_entry     entry = { .act = AUDIT_ACCOUNT_ADD };
    struct audit_statement add = { SQL_ACCOUNT_ADD, params, COUNT(params), 0,
                                   0 };
    enum status            st = audit_run(conn, by, &entry, &add, err);

    if (st == ERR_CONFLICT)
        return failed(err, ERR_CONFLICT, "account %.*s exists already",
                      STR_ARG(n->email));
    *id = add.insert_id;
    return st;
}

enum status
account_find(struct db_conn *conn, struct arena *a, struct str email,
             struct account_row *row, struct error *err)
{
    struct db_value params[] = { DB_T(email), DB_T(email) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_ACCOUNT_FIND, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no account %.*s: "
                      "`memoryrouter-admin account list` shows all",
                      STR_ARG(email));
    *row = read_row(db_at(&rows, 0, 0));
    return OK;
}

enum status
account_list(struct db_conn *conn, struct arena *a, struct account_row **list,
             size_t *count, struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_ACCOUNT_LIST, NULL, 0, &rows,
                               err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct account_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = read_row(db_at(&rows, i, 0));
    return OK;
}

enum status
account_get(struct db_conn *conn, struct arena *a, int64_t id,
            struct account_row *row, struct error *err)
{
    struct db_value params[] = { DB_I(id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_ACCOUNT_GET, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no account %lld",
                      (long long)id);
    *row = read_row(db_at(&rows, 0, 0));
    return OK;
}

enum status
account_set_tokens(struct db_conn *conn, struct arena *a, int64_t id,
                   int64_t tokens_per_month, const struct audit_actor *by,
                   struct error *err)
{
    struct account_row row;
    struct db_value    params[] = { tokens_value(tokens_per_month),
                                    DB_I(id) };
    struct audit_entry     entry = { .act = AUDIT_ACCOUNT_CHANGE, .id = id };
    struct audit_statement set = { SQL_ACCOUNT_TOKENS, params, COUNT(params),
                                   0, 0 };
    enum status            st = account_get(conn, a, id, &row, err);

    return st == OK ? audit_run(conn, by, &entry, &set, err) : st;
}

/* Runs a DELETE ... LIMIT until nothing is left for it. */
static enum status
delete_all(struct db_conn *conn, enum statement id, int64_t account_id,
           int64_t *deleted, struct error *err)
{
    struct db_value params[] = { DB_I(account_id) };
    enum status     st;

    *deleted = 0;
    do {
        st = db_run(conn, NULL, id, params, COUNT(params), NULL, err);
        if (st == OK)
            *deleted += db_affected(conn);
    } while (st == OK && db_affected(conn) > 0);
    return st;
}

/* Keys go with the vault that they open. */
static enum status
delete_parts(struct db_conn *conn, int64_t id,
             struct account_removed *removed, struct error *err)
{
    int64_t     ignored;
    enum status st;

    if ((st = delete_all(conn, SQL_ACCOUNT_MEMORIES, id, &removed->memories,
                         err)) != OK ||
        (st = delete_all(conn, SQL_ACCOUNT_KEYS, id, &removed->keys,
                         err)) != OK ||
        (st = delete_all(conn, SQL_ACCOUNT_VAULTS, id, &removed->vaults,
                         err)) != OK ||
        (st = delete_all(conn, SQL_ACCOUNT_RECEIPTS, id, &ignored,
                         err)) != OK ||
        (st = delete_all(conn, SQL_ACCOUNT_EVENTS, id, &removed->events,
                         err)) != OK ||
        (st = delete_all(conn, SQL_ACCOUNT_DAYS, id, &ignored, err)) != OK)
        return st;
    return delete_all(conn, SQL_ACCOUNT_AUDIT, id, &ignored, err);
}

/* The account itself, and what was recorded of it meanwhile; that it went is
 * recorded. */
static enum status
delete_account(struct db_conn *conn, int64_t id, const struct audit_actor *by,
               struct error *err)
{
    struct audit_entry entry = { .act = AUDIT_ACCOUNT_REMOVE, .number = id };
    int64_t            ignored;
    enum status        st = db_begin(conn, err);

    if (st != OK)
        return st;
    st = delete_all(conn, SQL_ACCOUNT_AUDIT, id, &ignored, err);
    if (st == OK)
        st = delete_all(conn, SQL_ACCOUNT_REMOVE, id, &ignored, err);
    return audit_end(conn, by, &entry, st, err);
}

enum status
account_remove(struct db_conn *conn, struct arena *a, int64_t id,
               const struct audit_actor *by, struct account_removed *removed,
               struct error *err)
{
    struct db_value exists[] = { DB_I(id) };
    struct db_value close[] = { DB_I(by->now_ms), DB_I(id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_ACCOUNT_ANY, exists,
                                COUNT(exists), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no account %lld",
                      (long long)id);
    st = db_run(conn, NULL, SQL_ACCOUNT_CLOSE, close, COUNT(close), NULL,
                err);
    if (st == OK)
        st = delete_parts(conn, id, removed, err);
    return st == OK ? delete_account(conn, id, by, err) : st;
}
