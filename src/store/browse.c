/* Pages of memories. */
#include "store/browse.h"

#include "base/banned.h"

enum status
browse_page(struct db_conn *conn, struct arena *a, const struct browse *b,
            size_t limit, struct memory_row **list, size_t *count,
            struct error *err)
{
    int64_t beyond = b->oldest_first || b->beyond ? b->beyond : INT64_MAX;
    int64_t from_ms = b->from_ms ? b->from_ms : INT64_MIN;
    struct db_value params[] = {
        DB_I(b->vault_id), DB_I(beyond), DB_I(b->session_id), DB_I(b->role),
        DB_T(b->author), DB_T(b->source),
        DB_I(b->kept_from_ms > from_ms && b->kept_from_ms ? b->kept_from_ms
                                                          : from_ms),
        DB_I(b->to_ms ? b->to_ms : INT64_MAX), DB_T(b->text), DB_I(limit),
    };
    struct db_rows rows;
    enum status    st = db_run(conn, a, b->oldest_first ? SQL_MEMORY_PAGE_UP
                                                        : SQL_MEMORY_PAGE_DOWN,
                               params, COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct memory_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = memory_whole(db_at(&rows, i, 0));
    return OK;
}

enum status
browse_one(struct db_conn *conn, struct arena *a, int64_t vault_id,
           int64_t kept_from_ms, int64_t id, struct memory_row *row,
           struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_MEMORY_GET, params,
                                COUNT(params), &rows, err);

    if (st == OK && rows.count)
        *row = memory_whole(db_at(&rows, 0, 0));
    if (st == OK && (rows.count == 0 ||
                     (kept_from_ms && row->occurred_ms < kept_from_ms)))
        return refused(err, ERR_NOT_FOUND, "memory_not_found",
                       "GET /v1/memories lists those that there are.",
                       "There is no such memory");
    return st;
}
