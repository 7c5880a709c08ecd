/* /admin/v1/accounts: accounts, their keys and usage. */
#include "api/admin.h"

#include "api/endpoints.h"
#include "api/usage_body.h"
#include "base/utf8.h"
#include "platform/clock.h"
#include "store/account.h"

#include "base/banned.h"

enum { EMAIL_MAX_BYTES = 254, NAME_MAX_CHARS = 255, PASSWORD_LEAST = 8 };

static struct arena *
arena_of(const struct admin_call *a)
{
    return a->acts.call->request->arena;
}

static bool
is_method(const struct admin_call *a, const char *method)
{
    return str_equal(a->acts.call->request->method, str_from(method));
}

static enum status
wrong(struct error *err, const char *name, const char *hint)
{
    return refused(err, ERR_INPUT, "invalid_request", hint,
                   "The field %s is not right", name);
}

static void
write_account(struct buf *b, struct arena *a, const struct account_row *row)
{
    buf_printf(b, "{\"id\":%lld,\"email\":", (long long)row->id);
    json_add_string(b, row->email);
    buf_add(b, STR(",\"name\":"));
    json_add_string(b, row->name);
    buf_add(b, STR(",\"role\":"));
    json_add_string(b, row->role);
    buf_printf(b, ",\"keys\":%lld,\"tokens_per_month\":",
               (long long)row->keys);
    if (row->tokens_per_month < 0)
        buf_add(b, STR("null"));
    else
        buf_printf(b, "%lld", (long long)row->tokens_per_month);
    buf_printf(b, ",\"created_at\":\"%.*s\"}",
               STR_ARG(clock_iso(a, row->created_ms)));
}

static enum status
list_accounts(struct admin_call *a, struct error *err)
{
    struct account_row *list;
    struct db_conn     *conn;
    size_t              count;
    enum status         st = admin_borrow(a, &conn, err);

    if (st != OK)
        return st;
    st = account_list(conn, arena_of(a), &list, &count, err);
    db_return(a->acts.call->service->db, conn);
    if (st != OK)
        return st;
    buf_add(a->acts.answer, STR("{\"accounts\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(a->acts.answer, i ? STR(",") : STR(""));
        write_account(a->acts.answer, arena_of(a), &list[i]);
    }
    buf_printf(a->acts.answer, "],\"total\":%zu}", count);
    return OK;
}

static enum status
read_text(struct admin_call *a, const char *name, struct str *text,
          struct error *err)
{
    struct json value = json_member(&a->acts.body, name);

    *text = json_text(arena_of(a), &value);
    if (value.type == JSON_STRING || value.type == JSON_NULL ||
        value.type == JSON_NONE)
        return OK;
    return wrong(err, name, "Send a string, or leave it out.");
}

/* -1 for null. */
static enum status
read_tokens(struct admin_call *a, bool *given, int64_t *tokens,
            struct error *err)
{
    struct json value = json_member(&a->acts.body, "tokens_per_month");

    *given = value.type != JSON_NONE;
    *tokens = -1;
    if (!*given || value.type == JSON_NULL ||
        (json_int(&value, tokens) && *tokens >= 0))
        return OK;
    return wrong(err, "tokens_per_month",
                 "Send a whole number, 0 for no limit, or null for the "
                 "server's default.");
}

/* The same rules as those of `memoryrouter-admin account add`. */
static enum status
read_account(struct admin_call *a, struct account_new *n, struct error *err)
{
    struct str  password;
    bool        limited;
    enum status st;

    *n = (struct account_new){ .password_hash = STR_NONE };
    if ((st = read_text(a, "email", &n->email, err)) != OK ||
        (st = read_text(a, "name", &n->name, err)) != OK ||
        (st = read_text(a, "role", &n->role, err)) != OK ||
        (st = read_text(a, "password", &password, err)) != OK ||
        (st = read_tokens(a, &limited, &n->tokens_per_month, err)) != OK)
        return st;
    if (n->email.len == 0 || n->email.len > EMAIL_MAX_BYTES ||
        str_find_byte(n->email, '@') == STR_NOWHERE ||
        str_find_byte(n->email, ' ') != STR_NOWHERE)
        return wrong(err, "email", "Send an e-mail address.");
    if (!utf8_valid(n->name) || utf8_count(n->name) > NAME_MAX_CHARS)
        return wrong(err, "name", "Send at most 255 characters.");
    if (n->role.len == 0)
        n->role = STR("user");
    if (!str_equal(n->role, STR("user")) && !str_equal(n->role, STR("admin")))
        return wrong(err, "role", "Send user or admin.");
    if (password.len == 0)
        return OK;
    if (password.len < PASSWORD_LEAST)
        return wrong(err, "password", "Send 8 bytes or more, or nothing.");
    return crypto_hash_password(arena_of(a), password, &n->password_hash,
                                err);
}

/* The account of a->account_id as it is. */
static enum status
tell_account(struct admin_call *a, struct db_conn *conn, struct error *err)
{
    struct account_row row;
    enum status st = account_get(conn, arena_of(a), a->account_id, &row, err);

    if (st == OK)
        write_account(a->acts.answer, arena_of(a), &row);
    return st;
}

static enum status
add_account(struct admin_call *a, struct error *err)
{
    struct account_new n;
    struct db_conn    *conn;
    enum status        st = read_account(a, &n, err);

    if (st != OK || (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    st = account_create(conn, &n, &a->acts.by, &a->account_id, err);
    if (st == ERR_CONFLICT)
        st = refused(err, ERR_CONFLICT, "account_exists", NULL,
                     "There is an account with this e-mail address");
    if (st == OK)
        st = tell_account(a, conn, err);
    db_return(a->acts.call->service->db, conn);
    a->acts.http = 201;
    return st;
}

static enum status
change_account(struct admin_call *a, struct db_conn *conn, struct error *err)
{
    bool        given;
    int64_t     tokens;
    enum status st = read_tokens(a, &given, &tokens, err);

    if (st != OK)
        return st;
    if (!given)
        return refused(err, ERR_INPUT, "invalid_request",
                       "Send tokens_per_month.", "There is nothing to change");
    st = account_set_tokens(conn, arena_of(a), a->account_id, tokens,
                            &a->acts.by, err);
    return st == OK ? tell_account(a, conn, err) : st;
}

static enum status
remove_account(struct admin_call *a, struct db_conn *conn, struct error *err)
{
    struct account_removed gone;
    enum status st = account_remove(conn, arena_of(a), a->account_id,
                                    &a->acts.by, &gone, err);

    if (st == OK)
        buf_printf(a->acts.answer, "{\"id\":%lld,\"deleted\":true,"
                   "\"keys\":%lld,\"vaults\":%lld,\"memories\":%lld,"
                   "\"usage_events\":%lld}", (long long)a->account_id,
                   (long long)gone.keys, (long long)gone.vaults,
                   (long long)gone.memories, (long long)gone.events);
    return st;
}

/* The account of the path, which has to be there. */
static enum status
read_account_of(struct admin_call *a, struct str behind, struct error *err)
{
    struct db_conn *conn;
    struct str      last;
    enum status     st = admin_read_account(a, behind, &last, err);

    if (st == OK && last.len)
        return admin_for_caller(ERR_NOT_FOUND, "part of an account", err);
    if (st != OK || (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    st = admin_find_account(a, conn, err);
    db_return(a->acts.call->service->db, conn);
    return st;
}

static enum status
act_on_account(struct admin_call *a, struct error *err)
{
    struct db_conn *conn;
    enum status     st = read_account_of(a, STR_NONE, err);

    if (st != OK || (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    if (is_method(a, "PATCH"))
        st = change_account(a, conn, err);
    else if (is_method(a, "DELETE"))
        st = remove_account(a, conn, err);
    else
        st = tell_account(a, conn, err);
    db_return(a->acts.call->service->db, conn);
    return admin_for_caller(st, "account", err);
}

static enum status
act_on_keys(struct admin_call *a, struct error *err)
{
    enum status st = read_account_of(a, STR("keys"), err);

    if (st != OK)
        return st;
    a->acts.account_id = a->account_id;
    if (is_method(a, "POST"))
        return admin_for_caller(key_acts_make(&a->acts, a->account_id,
                                              RIGHTS_ALL, err),
                                "account", err);
    return key_acts_list(&a->acts, err);
}

static enum status
tell_usage(struct admin_call *a, struct error *err)
{
    struct call        *c = a->acts.call;
    struct usage_period period;
    enum status         st = read_account_of(a, STR("usage"), err);

    if (st == OK)
        st = usage_body_period(c->request, c->now_ms, &period, err);
    return st == OK ? usage_body_write(a->acts.answer, c, a->account_id, 0,
                                       STR_NONE, &period, err) : st;
}

static enum status
act_on_accounts(struct admin_call *a, struct error *err)
{
    return is_method(a, "POST") ? add_account(a, err) : list_accounts(a, err);
}

void
admin_accounts(struct call *c)
{
    admin_serve(c, act_on_accounts);
}

void
admin_accounts_one(struct call *c)
{
    admin_serve(c, act_on_account);
}

void
admin_accounts_keys(struct call *c)
{
    admin_serve(c, act_on_keys);
}

void
admin_accounts_usage(struct call *c)
{
    admin_serve(c, tell_usage);
}
