/*
 * GET /v1/requests/{request id}: the receipt of one of the caller's requests.
 * Another tenant's, one that is too old and one that never was are the same
 * 404.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "store/receipt.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 1 << 20 };

static enum status
find(struct caller *who, struct str id, struct receipt *receipt,
     struct error *err)
{
    const struct service *service = who->call->service;
    struct arena         *a = who->call->request->arena;
    struct db_conn       *conn;
    enum status st = caller_catch_up(who, err);

    if (st != OK || (st = db_borrow(service->db, &conn, err)) != OK)
        return st;
    st = receipt_find(conn, a, who->access.vault_id, id,
                      receipt_oldest(service->conf, who->call->now_ms),
                      receipt, err);
    db_return(service->db, conn);
    if (st == ERR_NOT_FOUND)
        return refused(err, ERR_NOT_FOUND, "request_not_found",
                       "Send the X-Request-Id of a chat that this key's vault "
                       "served and that is not too old.",
                       "There is no receipt of this request");
    return st;
}

/* From "id:score,id:score". */
static void
add_injected(struct buf *b, struct str list)
{
    struct str one, id, score;

    for (const char *comma = ""; list.len; comma = ",") {
        (void)str_cut(list, ',', &one, &list); /* the last has no comma */
        if (!str_cut(one, ':', &id, &score))
            score = STR("null");
        buf_printf(b, "%s{\"id\":%.*s,\"score\":%.*s}", comma, STR_ARG(id),
                   STR_ARG(score));
    }
}

static void
add_ms(struct buf *b, const char *name, int64_t ms)
{
    if (ms < 0)
        buf_printf(b, ",\"%s\":null", name);
    else
        buf_printf(b, ",\"%s\":%lld", name, (long long)ms);
}

static void
add_stored(struct buf *b, const struct receipt *r)
{
    for (int64_t i = 0; i < r->stored; i++)
        buf_printf(b, "%s%lld", i ? "," : "", (long long)(r->first_id + i));
}

static void
write_receipt(struct buf *b, struct str id, const struct receipt *r)
{
    buf_add(b, STR("{\"request_id\":"));
    json_add_string(b, id);
    buf_printf(b, ",\"created_at\":%lld,\"provider\":",
               (long long)r->created_ms);
    json_add_string(b, r->provider);
    buf_add(b, STR(",\"model\":"));
    json_add_string(b, r->model);
    buf_add(b, STR(",\"dialect\":"));
    json_add_string(b, r->dialect);
    buf_printf(b, ",\"status\":%lld,\"input_tokens\":%lld,"
               "\"output_tokens\":%lld,\"estimated\":%s,\"partial\":%s",
               (long long)r->http_status, (long long)r->input_tokens,
               (long long)r->output_tokens, r->estimated ? "true" : "false",
               r->partial ? "true" : "false");
    add_ms(b, "recall_ms", r->recall_ms);
    add_ms(b, "provider_ms", r->provider_ms);
    add_ms(b, "total_ms", r->total_ms);
    buf_printf(b, ",\"memory_tokens\":%lld,\"injected\":[",
               (long long)r->memory_tokens);
    add_injected(b, r->injected);
    buf_add(b, STR("],\"stored\":["));
    add_stored(b, r);
    buf_add(b, STR("]}"));
}

void
requests_get(struct call *c)
{
    struct str     path = c->request->path;
    struct str     id = str_slice(path, STR("/v1/requests/").len, path.len);
    struct buf    *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct caller  who;
    struct receipt receipt;
    struct error   err;
    enum status    st = caller_check(c, &who, &err);

    if (st == OK)
        st = find(&who, id, &receipt, &err);
    if (st == OK)
        write_receipt(b, id, &receipt);
    caller_answer(c, "requests", st, b, &err);
}
