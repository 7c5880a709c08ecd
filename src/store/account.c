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
    };
}

enum status
account_create(struct db_conn *conn, struct arena *a, struct str email,
               struct str name, struct str role, struct str password_hash,
               int64_t now_ms, int64_t *id, struct error *err)
{
    struct db_value params[] = {
        DB_T(email), DB_T(name), DB_T(role),
        password_hash.len ? DB_T(password_hash) : DB_NIL, DB_I(now_ms),
    };
    enum status st = db_run(conn, a, SQL_ACCOUNT_ADD, params, COUNT(params),
                            NULL, err);

    if (st == ERR_CONFLICT)
        return failed(err, ERR_CONFLICT, "account %.*s exists already",
                      STR_ARG(email));
    if (st == OK)
        *id = db_insert_id(conn);
    return st;
}

enum status
account_find(struct db_conn *conn, struct arena *a, struct str email,
             struct account_row *row, struct error *err)
{
    struct db_value params[] = { DB_T(email) };
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
