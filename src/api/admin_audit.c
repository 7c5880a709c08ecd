/* GET /admin/v1/audit: who changed what, newest first, page by page. */
#include "api/admin.h"

#include "api/caller.h"
#include "api/endpoints.h"
#include "platform/clock.h"

#include "base/banned.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MOST = 500 };

static void
add_number(struct buf *b, const char *name, int64_t number)
{
    if (number)
        buf_printf(b, ",\"%s\":%lld", name, (long long)number);
    else
        buf_printf(b, ",\"%s\":null", name);
}

static void
add_record(struct buf *b, struct arena *a, const struct audit_row *row)
{
    buf_printf(b, "{\"id\":%lld,\"at\":\"%.*s\",\"actor\":",
               (long long)row->id, STR_ARG(clock_iso(a, row->at_ms)));
    json_add_string(b, row->actor);
    add_number(b, "key_id", row->key_id);
    buf_add(b, STR(",\"action\":"));
    json_add_string(b, row->action);
    buf_add(b, STR(",\"subject\":"));
    json_add_string(b, row->subject);
    add_number(b, "account_id", row->account_id);
    buf_add(b, STR(",\"request_id\":"));
    json_add_or_null(b, row->request_id);
    buf_add_byte(b, '}');
}

static enum status
list(struct admin_call *a, struct error *err)
{
    const struct request *r = a->acts.call->request;
    struct buf           *b = a->acts.answer;
    struct audit_query    q = { .account_id = 0 };
    int64_t               limit = LIMIT_DEFAULT;
    struct audit_row     *rows;
    struct db_conn       *conn;
    size_t                count;
    enum status           st;

    if ((st = caller_query_number(r, "account_id", 1, INT64_MAX,
                                  &q.account_id, err)) != OK ||
        (st = caller_cursor(r, &q.below, err)) != OK ||
        (st = caller_query_number(r, "limit", 1, LIMIT_MOST, &limit,
                                  err)) != OK ||
        (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    st = audit_list(conn, r->arena, &q, (size_t)limit, &rows, &count, err);
    db_return(a->acts.call->service->db, conn);
    if (st != OK)
        return st;
    buf_add(b, STR("{\"records\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_record(b, r->arena, &rows[i]);
    }
    if (count == (size_t)limit)
        buf_printf(b, "],\"next_cursor\":\"%lld\"}",
                   (long long)rows[count - 1].id);
    else
        buf_add(b, STR("],\"next_cursor\":null}"));
    return OK;
}

void
admin_audit(struct call *c)
{
    admin_serve(c, list);
}
