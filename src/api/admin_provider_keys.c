/* Provider keys of an account, for whoever has the admin secret. */
#include "api/admin.h"

#include "platform/clock.h"
#include "store/account.h"
#include "store/provider_key.h"

#include "base/banned.h"

static struct arena *
arena_of(const struct admin_call *a)
{
    return a->acts.call->request->arena;
}

static enum status
list(struct admin_call *a, struct db_conn *conn, struct error *err)
{
    struct buf              *b = a->acts.answer;
    struct provider_key_row *rows;
    size_t                   count;
    enum status st = provider_key_list(conn, arena_of(a), a->account_id,
                                       &rows, &count, err);

    if (st != OK)
        return st;
    buf_add(b, STR("{\"provider_keys\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",{\"provider\":") : STR("{\"provider\":"));
        json_add_string(b, rows[i].provider);
        buf_add(b, STR(",\"last_four\":"));
        json_add_string(b, rows[i].last_four);
        buf_printf(b, ",\"created_at\":\"%.*s\"}",
                   STR_ARG(clock_iso(arena_of(a), rows[i].created_ms)));
    }
    buf_add(b, STR("]}"));
    return OK;
}

static enum status
set(struct admin_call *a, struct db_conn *conn, struct str name,
    struct error *err)
{
    struct json value = json_member(&a->acts.body, "key");
    struct str  secret = str_trim(json_text(arena_of(a), &value));
    enum status st = provider_key_check(secret, err);

    if (st != OK)
        return st;
    return provider_key_set(conn, arena_of(a), &a->acts.call->service->ring,
                            a->account_id, name, secret,
                            a->acts.call->now_ms, err);
}

static enum status
act(struct admin_call *a, struct db_conn *conn, const struct provider *row,
    struct error *err)
{
    struct str  method = a->acts.call->request->method;
    struct str  name = row ? str_from(row->name) : STR_NONE;
    enum status st;

    if (str_equal(method, STR("GET")))
        return list(a, conn, err);
    if (!row)
        return refused(err, ERR_NOT_FOUND, "unknown_provider",
                       "Name one of the providers that GET /v1/models and "
                       "the documentation list.", "There is no such provider");
    if (str_equal(method, STR("DELETE")))
        st = provider_key_remove(conn, a->account_id, name, err);
    else
        st = set(a, conn, name, err);
    return st == OK ? list(a, conn, err)
                    : admin_for_caller(st, "provider key", err);
}

enum status
admin_provider_keys(struct admin_call *a, struct error *err)
{
    const struct service  *s = a->acts.call->service;
    const struct provider *row = NULL;
    struct account_row     account;
    struct str             part, provider;
    struct db_conn        *conn;
    enum status            st = admin_borrow(a, &conn, err);

    if (st != OK)
        return st;
    (void)str_cut(a->rest, '/', &part, &provider); /* none: "" */
    if (provider.len)
        row = providers_row(&s->providers, provider);
    st = account_get(conn, arena_of(a), a->account_id, &account, err);
    st = st == OK ? act(a, conn, row, err)
                  : admin_for_caller(st, "account", err);
    db_return(s->db, conn);
    return st;
}
