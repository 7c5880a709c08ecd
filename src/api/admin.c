/* /admin/v1: accounts, their keys and usage, learners, indexes. */
#include "api/admin.h"

#include "api/caller.h"
#include "api/endpoints.h"
#include "api/usage_body.h"
#include "base/utf8.h"
#include "memory/generation.h"
#include "platform/clock.h"
#include "store/account.h"
#include "store/backlog.h"

#include "base/banned.h"

#define ACCOUNTS STR("/admin/v1/accounts/")
#define KEYS     STR("/admin/v1/keys/")

enum { EMAIL_MAX_BYTES = 254, NAME_MAX_CHARS = 255, PASSWORD_LEAST = 8 };

enum status
admin_begin(struct call *c, struct admin_call *a, struct error *err)
{
    enum status st;

    *a = (struct admin_call){ .account_id = 0 };
    key_acts_init(&a->acts, c);
    st = admission_secret(&c->admission, err);
    return st == OK ? key_acts_read_body(&a->acts, err) : st;
}

void
admin_end(struct call *c, struct admin_call *a, enum status st,
          struct error *err)
{
    caller_answer_as(c, a->acts.http, "admin", st, a->acts.answer, err);
}

enum status
admin_borrow(const struct admin_call *a, struct db_conn **conn,
             struct error *err)
{
    return db_borrow(a->acts.call->service->db, conn, err);
}

enum status
admin_for_caller(enum status st, const char *what, struct error *err)
{
    if (st != ERR_NOT_FOUND)
        return st;
    return refused(err, ERR_NOT_FOUND, "not_found", NULL,
                   "There is no such %s", what);
}

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

enum status
admin_read_account(struct admin_call *a, struct str behind, struct str *last,
                   struct error *err)
{
    struct str path = a->acts.call->request->path, number, rest, part;
    bool       has_rest, has_last;

    path = str_slice(path, ACCOUNTS.len, path.len);
    has_rest = str_cut(path, '/', &number, &rest); /* nothing behind: "" */
    has_last = str_cut(rest, '/', &part, last);    /* likewise */
    if (str_to_id(number, &a->account_id) && str_equal(part, behind) &&
        has_rest == (rest.len > 0) && has_last == (last->len > 0))
        return OK;
    return admin_for_caller(ERR_NOT_FOUND, "account", err);
}

enum status
admin_find_account(struct admin_call *a, struct db_conn *conn,
                   struct error *err)
{
    struct account_row row;

    return admin_for_caller(account_get(conn, arena_of(a), a->account_id,
                                        &row, err), "account", err);
}

/* Accounts. */

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

struct new_account {
    struct str email, name, role, hash;
};

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

/* The same rules as those of `memoryrouter-admin account add`. */
static enum status
read_account(struct admin_call *a, struct new_account *n, struct error *err)
{
    struct str  password;
    enum status st;

    *n = (struct new_account){ .hash = STR_NONE };
    if ((st = read_text(a, "email", &n->email, err)) != OK ||
        (st = read_text(a, "name", &n->name, err)) != OK ||
        (st = read_text(a, "role", &n->role, err)) != OK ||
        (st = read_text(a, "password", &password, err)) != OK)
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
    return crypto_hash_password(arena_of(a), password, &n->hash, err);
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
    struct new_account n;
    struct db_conn    *conn;
    enum status        st = read_account(a, &n, err);

    if (st != OK || (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    st = account_create(conn, n.email, n.name, n.role, n.hash, &a->acts.by,
                        &a->account_id, err);
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
    struct json value = json_member(&a->acts.body, "tokens_per_month");
    int64_t     tokens = -1;
    enum status st;

    if (value.type == JSON_NONE ||
        (value.type != JSON_NULL && (!json_int(&value, &tokens) ||
                                     tokens < 0)))
        return wrong(err, "tokens_per_month",
                     "Send a whole number, 0 for no limit, or null for the "
                     "server's default.");
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

static enum status
act_on_account(struct admin_call *a, struct error *err)
{
    struct db_conn *conn;
    enum status     st = admin_borrow(a, &conn, err);

    if (st != OK)
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
act_on_keys(struct admin_call *a, struct error *err)
{
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
    enum status         st = usage_body_period(c->request, c->now_ms, &period,
                                               err);

    return st == OK ? usage_body_write(a->acts.answer, c, a->account_id, 0,
                                       STR_NONE, &period, err) : st;
}

void
admin_accounts(struct call *c)
{
    struct admin_call a;
    struct error      err;
    enum status       st = admin_begin(c, &a, &err);

    if (st == OK)
        st = is_method(&a, "POST") ? add_account(&a, &err)
                                   : list_accounts(&a, &err);
    admin_end(c, &a, st, &err);
}

/* One of the acts on an account, or on a part of it. */
static void
serve(struct call *c, struct str part,
      enum status (*act)(struct admin_call *a, struct error *err))
{
    struct admin_call a;
    struct error      err;
    enum status       st = admin_begin(c, &a, &err);

    if (st == OK)
        st = read_account_of(&a, part, &err);
    if (st == OK)
        st = act(&a, &err);
    admin_end(c, &a, st, &err);
}

void
admin_account(struct call *c)
{
    serve(c, STR_NONE, act_on_account);
}

void
admin_its_keys(struct call *c)
{
    serve(c, STR("keys"), act_on_keys);
}

void
admin_usage(struct call *c)
{
    serve(c, STR("usage"), tell_usage);
}

/* Keys of all accounts. */

void
admin_keys(struct call *c)
{
    struct admin_call a;
    struct error      err;
    enum status       st = admin_begin(c, &a, &err);

    if (st == OK)
        st = key_acts_list(&a.acts, &err);
    admin_end(c, &a, st, &err);
}

void
admin_key(struct call *c)
{
    struct admin_call a;
    struct error      err;
    enum status       st = admin_begin(c, &a, &err);

    if (st == OK)
        st = key_acts_one(&a.acts, KEYS, &err);
    admin_end(c, &a, st, &err);
}

/* Learners. */

static enum status
tell_learner(struct admin_call *a, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct db_conn       *conn;
    int64_t               vaults = 0, rows = 0;
    enum status           st = admin_borrow(a, &conn, err);

    if (st != OK)
        return st;
    st = backlog_size(conn, arena_of(a), &vaults, &rows, err);
    db_return(s->db, conn);
    if (st != OK)
        return st;
    buf_printf(a->acts.answer, "{\"vaults_behind\":%lld,\"rows_behind\":%lld,"
               "\"spooled_turns\":%zu,\"embedding\":{\"backend\":\"%s\","
               "\"model\":", (long long)vaults, (long long)rows,
               spool_count(s->conf->state_dir), embed_backend(s->embedder));
    json_add_string(a->acts.answer, embed_model(s->embedder));
    buf_printf(a->acts.answer, ",\"ready\":%s,\"state\":",
               embed_ready(s->embedder) ? "true" : "false");
    json_add_string(a->acts.answer, embed_state(s->embedder, arena_of(a)));
    buf_add(a->acts.answer, STR("}}"));
    return OK;
}

void
admin_learner(struct call *c)
{
    struct admin_call a;
    struct error      err;
    enum status       st = admin_begin(c, &a, &err);

    if (st == OK)
        st = tell_learner(&a, &err);
    admin_end(c, &a, st, &err);
}

/* {"account_id": N}, {"vault_id": N} or {"all": true}. */
static enum status
read_target(struct admin_call *a, int64_t *account_id, int64_t *vault_id,
            struct error *err)
{
    struct json account = json_member(&a->acts.body, "account_id");
    struct json vault = json_member(&a->acts.body, "vault_id");
    struct json all = json_member(&a->acts.body, "all");

    *account_id = *vault_id = 0;
    if (json_is_true(&all) ||
        (json_int(&account, account_id) && *account_id > 0) ||
        (json_int(&vault, vault_id) && *vault_id > 0))
        return OK;
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send {\"vault_id\": N}, {\"account_id\": N} or "
                   "{\"all\": true}.", "What is to be indexed is not said");
}

/* Leaves the vault that is meant, or all. */
static size_t
choose(struct backlog_vault *list, size_t count, int64_t vault_id)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!vault_id || list[i].id == vault_id)
            list[kept++] = list[i];
    return kept;
}

/* The vaults that are meant, and the record that they are indexed. */
static enum status
find_vaults(struct admin_call *a, struct db_conn *conn, int64_t account_id,
            int64_t vault_id, struct backlog_vault **list, size_t *count,
            struct error *err)
{
    struct audit_entry entry = {
        .act = vault_id     ? AUDIT_VAULT_REINDEX
               : account_id ? AUDIT_ACCOUNT_REINDEX
                            : AUDIT_REINDEX,
        .id = vault_id ? vault_id : account_id };
    enum status st = backlog_vaults(conn, arena_of(a), account_id, list, count,
                                    err);

    if (st != OK)
        return st;
    *count = choose(*list, *count, vault_id);
    if (*count == 0)
        return admin_for_caller(ERR_NOT_FOUND, "vault", err);
    return audit_add(conn, &a->acts.by, &entry, err);
}

static enum status
want_indexes(struct admin_call *a, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct backlog_vault *list;
    struct db_conn       *conn;
    int64_t               account_id, vault_id;
    size_t                count;
    enum status           st = read_target(a, &account_id, &vault_id, err);

    if (st != OK || (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    st = find_vaults(a, conn, account_id, vault_id, &list, &count, err);
    db_return(s->db, conn);
    if (st != OK)
        return st;
    for (size_t i = 0; st == OK && i < count; i++)
        st = generation_want(s->conf->state_dir, list[i].id, err);
    buf_printf(a->acts.answer, "{\"wanted\":%zu}", count);
    a->acts.http = 202;
    return st;
}

void
admin_reindex(struct call *c)
{
    struct admin_call a;
    struct error      err;
    enum status       st = admin_begin(c, &a, &err);

    if (st == OK)
        st = want_indexes(&a, &err);
    admin_end(c, &a, st, &err);
}
