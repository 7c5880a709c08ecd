/* What a key used: GET /v1/account/usage and GET /v1/me/stats. */
#include "api/endpoints.h"

#include "api/caller.h"
#include "api/usage_body.h"
#include "platform/clock.h"
#include "store/usage.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 16 << 20 };

void
usage_get(struct call *c)
{
    struct caller        who;
    struct usage_period  period;
    struct buf          *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error         err;
    enum status          st = caller_check(c, &who, &err);

    if (st == OK)
        st = usage_body_period(c->request, c->now_ms, &period, &err);
    if (st == OK)
        st = usage_body_write(b, c, who.access.account_id, who.access.key_id,
                              caller_key_name(&who), &period, &err);
    caller_answer(c, "usage", st, b, &err);
}

void
usage_me(struct call *c)
{
    struct caller   who;
    struct arena   *a = c->request->arena;
    struct buf     *b = buf_new(a, 1024);
    struct db_conn *conn;
    int64_t         tokens = 0;
    struct error    err;
    enum status     st = caller_check(c, &who, &err);

    if (st == OK && (st = db_borrow(c->service->db, &conn, &err)) == OK) {
        st = usage_month_tokens(conn, a, who.access.account_id,
                                who.access.key_id, c->now_ms, &tokens, &err);
        db_return(c->service->db, conn);
    }
    if (st == OK) {
        buf_printf(b, "{\"vaultSize\":%lld,\"tokensThisMonth\":%lld,"
                   "\"lastActivity\":", (long long)who.access.vault_memories,
                   (long long)tokens);
        json_add_or_null(b, who.access.last_used_ms
                                ? clock_iso(a, who.access.last_used_ms)
                                : STR_NONE);
        buf_add_byte(b, '}');
    }
    caller_answer(c, "me", st, b, &err);
}
