/* Provider keys of an account, for whoever has the admin secret. */
#include "api/admin.h"

#include "platform/clock.h"
#include "provider/inquiry.h"
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

/* What the path says behind the account. */
struct target {
    const struct provider *row;    /* NULL: none, or not a known one */
    bool                   check;  /* POST of its /check */
};

static enum status
act(struct admin_call *a, struct db_conn *conn, const struct target *t,
    struct error *err)
{
    struct str  method = a->acts.call->request->method;
    struct str  name = t->row ? str_from(t->row->name) : STR_NONE;
    enum status st;

    if (str_equal(method, STR("GET")))
        return list(a, conn, err);
    if (!t->row)
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

static enum status
with_account(struct admin_call *a, const struct target *t, struct str *key,
             struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct account_row    account;
    struct db_conn       *conn;
    enum status           st = admin_borrow(a, &conn, err);

    if (st != OK)
        return st;
    st = account_get(conn, arena_of(a), a->account_id, &account, err);
    if (st != OK)
        st = admin_for_caller(st, "account", err);
    else if (!t->check)
        st = act(a, conn, t, err);
    else
        st = provider_key_find(conn, arena_of(a), &s->ring, a->account_id,
                               str_from(t->row->name), key, err);
    db_return(s->db, conn);
    return st;
}

/* The connection is given back before the provider is asked. */
static enum status
check(struct admin_call *a, const struct target *t, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct inquiry        q = { .http = s->http, .conf = s->conf,
                                .row = t->row };
    struct buf           *b = a->acts.answer;
    enum inquiry_verdict  verdict;
    struct str            note;
    enum status           st = with_account(a, t, &q.key, err);

    if (st != OK)
        return st;
    if (q.key.len == 0)
        return admin_for_caller(ERR_NOT_FOUND, "provider key", err);
    verdict = inquiry_key(arena_of(a), &q, &note);
    buf_add(b, STR("{\"provider\":"));
    json_add_string(b, str_from(t->row->name));
    buf_printf(b, ",\"state\":\"%s\",\"note\":", inquiry_word(verdict));
    json_add_or_null(b, note);
    buf_add_byte(b, '}');
    return OK;
}

enum status
admin_provider_keys(struct admin_call *a, struct error *err)
{
    const struct service *s = a->acts.call->service;
    bool                  post = str_equal(a->acts.call->request->method,
                                           STR("POST"));
    struct target         t = { .row = NULL };
    struct str            part, name, word;

    (void)str_cut(a->rest, '/', &part, &name);  /* none: "" */
    (void)str_cut(name, '/', &name, &word);     /* likewise */
    t.row = providers_row(&s->providers, name);
    t.check = t.row && post && str_equal(word, STR("check"));
    if (t.check)
        return check(a, &t, err);
    if (word.len)
        t.row = NULL; /* there is nothing of that name */
    else if (post)
        return refused(err, ERR_METHOD, NULL, "GET PUT DELETE",
                       "Method not allowed");
    return with_account(a, &t, NULL, err);
}
