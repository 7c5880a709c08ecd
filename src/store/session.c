/* Sessions. */
#include "store/session.h"

#include "base/banned.h"

enum status
session_list(struct db_conn *conn, struct arena *a, int64_t vault_id,
             int64_t above, struct str name, size_t limit,
             struct session_row **list, size_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(above), DB_T(name),
                                 DB_I(limit) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_SESSION_LIST, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct session_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);

        (*list)[i] = (struct session_row){ v[0].number, v[1].text,
                                           v[2].number, v[3].number,
                                           v[4].number, v[5].number };
    }
    return OK;
}

enum status
session_count(struct db_conn *conn, struct arena *a, int64_t vault_id,
              int64_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_SESSION_COUNT, params,
                                COUNT(params), &rows, err);

    if (st == OK)
        *count = db_at(&rows, 0, 0)->number;
    return st;
}
