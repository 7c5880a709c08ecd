/* One memory. */
#include "api/memory_json.h"

#include "memory/entry.h"
#include "store/browse.h"

#include "base/banned.h"

void
memory_json_add(struct buf *b, const struct memory_row *row)
{
    buf_add_byte(b, '{');
    entry_add(b, row);
    buf_printf(b, ",\"tokens\":%lld,\"created_at\":%lld,\"turn\":%lld,"
               "\"position\":%lld,\"partial\":%s,\"duplicate_of\":",
               (long long)row->tokens, (long long)row->created_ms,
               (long long)row->turn, (long long)row->position,
               row->partial ? "true" : "false");
    if (row->duplicate_of)
        buf_printf(b, "%lld", (long long)row->duplicate_of);
    else
        buf_add(b, STR("null"));
    buf_add_byte(b, '}');
}

enum status
memory_json_id(const struct request *r, const char *end, int64_t *id,
               struct error *err)
{
    struct str text = str_slice(r->path, strlen("/v1/memories/"),
                                r->path.len);

    if (str_ends(text, str_from(end)))
        text = str_slice(text, 0, text.len - strlen(end));
    if (str_to_id(text, id))
        return OK;
    return refused(err, ERR_NOT_FOUND, "memory_not_found",
                   "GET /v1/memories lists those that there are.",
                   "There is no such memory");
}

enum status
memory_json_fetch(const struct caller *who, int64_t id,
                  struct memory_row *row, struct error *err)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = browse_one(conn, who->call->request->arena, who->access.vault_id,
                    key_kept_from(&who->access, who->call->now_ms), id, row,
                    err);
    db_return(db, conn);
    return st;
}
