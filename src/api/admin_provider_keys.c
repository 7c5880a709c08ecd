/*
 * GET, PUT and DELETE /admin/v1/accounts/{id}/provider-keys[/{provider}], and
 * POST of .../{provider}/check, which asks the provider.  Never tells a key,
 * only its last four characters.
 */
#include "api/admin.h"

#include "api/endpoints.h"
#include "platform/clock.h"
#include "provider/inquiry.h"
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
                            a->account_id, name, secret, &a->acts.by,
                            err);
}

static enum status
act(struct admin_call *a, struct db_conn *conn, struct str provider,
    struct error *err)
{
    struct str             method = a->acts.call->request->method;
    const struct provider *row = providers_row(
        &a->acts.call->service->providers, provider);
    enum status            st;

    if (str_equal(method, STR("GET")))
        return list(a, conn, err);
    if (!row)
        return refused(err, ERR_NOT_FOUND, "unknown_provider",
                       "Name one of the providers that GET /v1/models and "
                       "the documentation list.", "There is no such provider");
    if (str_equal(method, STR("DELETE")))
        st = provider_key_remove(conn, a->account_id, str_from(row->name),
                                 &a->acts.by, err);
    else
        st = set(a, conn, str_from(row->name), err);
    return st == OK ? list(a, conn, err)
                    : admin_for_caller(st, "provider key", err);
}

/* The account of the path and what stands behind its provider-keys; the caller
 * gives the connection back. */
static enum status
find(struct admin_call *a, struct db_conn **conn, struct str *behind,
     struct error *err)
{
    enum status st = admin_read_account(a, STR("provider-keys"), behind, err);

    if (st != OK || (st = admin_borrow(a, conn, err)) != OK)
        return st;
    if ((st = admin_find_account(a, *conn, err)) != OK)
        db_return(a->acts.call->service->db, *conn);
    return st;
}

static enum status
find_and_act(struct admin_call *a, struct error *err)
{
    struct db_conn *conn;
    struct str      provider;
    enum status     st = find(a, &conn, &provider, err);

    if (st != OK)
        return st;
    st = act(a, conn, provider, err);
    db_return(a->acts.call->service->db, conn);
    return st;
}

/* The stored key of the provider that the path names. */
static enum status
find_key(struct admin_call *a, struct inquiry *q, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct db_conn       *conn;
    struct str            path, provider, word;
    enum status           st = find(a, &conn, &path, err);

    if (st != OK)
        return st;
    (void)str_cut(path, '/', &provider, &word); /* "check", as routed */
    q->row = providers_row(&s->providers, provider);
    if (q->row)
        st = provider_key_find(conn, arena_of(a), &s->ring, a->account_id,
                               str_from(q->row->name), &q->key, err);
    db_return(s->db, conn);
    if (st == OK && q->key.len == 0)
        return admin_for_caller(ERR_NOT_FOUND, "provider key", err);
    return st;
}

/* The connection is given back before the provider is asked. */
static enum status
check(struct admin_call *a, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct inquiry        q = { .http = s->http, .conf = s->conf };
    struct buf           *b = a->acts.answer;
    enum inquiry_verdict  verdict;
    struct str            note;
    enum status           st = find_key(a, &q, err);

    if (st != OK)
        return st;
    verdict = inquiry_key(arena_of(a), &q, &note);
    buf_add(b, STR("{\"provider\":"));
    json_add_string(b, str_from(q.row->name));
    buf_printf(b, ",\"state\":\"%s\",\"note\":", inquiry_word(verdict));
    json_add_or_null(b, note);
    buf_add_byte(b, '}');
    return OK;
}

void
admin_provider_keys(struct call *c)
{
    admin_serve(c, find_and_act);
}

void
admin_provider_keys_check(struct call *c)
{
    admin_serve(c, check);
}
