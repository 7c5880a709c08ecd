/* GET /v1/memories/{id}/history: what a memory said before it was edited. */
#include "api/endpoints.h"

#include "api/memory_json.h"
#include "memory/history.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 16 << 20 };

static enum status
read_versions(const struct caller *who, int64_t id, struct version **list,
              size_t *count, struct error *err)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = version_list(conn, who->call->request->arena, who->access.vault_id,
                      id, list, count, err);
    db_return(db, conn);
    return st;
}

void
memory_history(struct call *c)
{
    struct buf       *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct version   *list = NULL;
    struct memory_row row;
    struct caller     who;
    struct error      err;
    size_t            count = 0;
    int64_t           id;
    enum status       st = caller_check(c, &who, &err);

    if (st == OK)
        st = memory_json_id(c->request, "/history", &id, &err);
    if (st == OK)
        st = memory_json_fetch(&who, id, &row, &err);
    if (st == OK)
        st = read_versions(&who, id, &list, &count, &err);
    if (st == OK) {
        buf_printf(b, "{\"id\":%lld,\"current\":", (long long)id);
        memory_json_add(b, &row);
        buf_add(b, STR(",\"versions\":"));
        history_add(b, list, count);
        buf_add_byte(b, '}');
    }
    caller_answer(c, "history", st, b, &err);
}
