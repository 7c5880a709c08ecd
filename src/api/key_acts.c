/* Acts on keys. */
#include "api/key_acts.h"

#include "api/caller.h"
#include "api/key_fields.h"
#include "api/key_grant.h"
#include "platform/clock.h"

#include "base/banned.h"

enum { GRACE_MOST_SECONDS = 30 * 86400, PAGE_KEYS = 1000 };

void
key_acts_init(struct key_acts *k, struct call *c)
{
    *k = (struct key_acts){
        .call = c,
        .giver = keys_plain(STR_NONE),
        .by = { .kind = AUDIT_ADMIN, .request_id = c->request_id,
                .now_ms = c->now_ms },
        .http = 200,
        .answer = buf_new(c->request->arena, KEY_ACTS_ANSWER_MAX_BYTES),
    };
}

static struct arena *
arena_of(const struct key_acts *k)
{
    return k->call->request->arena;
}

enum status
key_acts_read_body(struct key_acts *k, struct error *err)
{
    struct request    *r = k->call->request;
    const struct conf *conf = k->call->service->conf;
    enum status st = request_read_body(r, (size_t)conf->body_bytes, err);

    if (st != OK || str_trim(r->body).len == 0)
        return st;
    st = json_parse(r->body, (size_t)conf->json_depth, &k->body, err);
    if (st == OK && k->body.type != JSON_OBJECT)
        return refused(err, ERR_INPUT, "invalid_json",
                       "Send a JSON object, or nothing.",
                       "The body is no JSON object");
    return st;
}

static enum status
no_key(struct error *err)
{
    return refused(err, ERR_NOT_FOUND, "not_found",
                   "GET /v1/keys lists the keys of your account.",
                   "There is no such key");
}

/* The number behind `before` in the path, and the word behind that, or "". */
static enum status
read_path(struct key_acts *k, struct str before, struct str *word,
          struct error *err)
{
    struct str rest = str_slice(k->call->request->path, before.len,
                                k->call->request->path.len);
    struct str number;
    bool       has_word = str_cut(rest, '/', &number, word);

    if (str_to_id(number, &k->key_id) && has_word == (word->len > 0))
        return OK;
    return no_key(err);
}

/* Errors of store/keys.c are for logs; the caller gets his own. */
static enum status
for_caller(enum status st, struct error *err)
{
    if (st == ERR_NOT_FOUND)
        return no_key(err);
    if (st == ERR_CONFLICT)
        return refused(err, ERR_CONFLICT, "user_has_key",
                       "POST /v1/keys with the external_user_id finds it.",
                       "This external user has a key already");
    return st;
}

static enum status
borrow(const struct key_acts *k, struct db_conn **conn, struct error *err)
{
    return db_borrow(k->call->service->db, conn, err);
}

static void
give_back(const struct key_acts *k, struct db_conn *conn)
{
    db_return(k->call->service->db, conn);
}

enum status
key_acts_for(struct key_acts *k, const struct key_access *access,
             struct error *err)
{
    struct keys_row own;
    struct db_conn *conn;
    enum status     st = borrow(k, &conn, err);

    if (st != OK)
        return st;
    st = keys_find(conn, arena_of(k), access->account_id, access->key_id,
                   &own, err);
    give_back(k, conn);
    if (st != OK)
        return for_caller(st, err);
    k->account_id = access->account_id;
    k->giver_id = access->key_id;
    k->giver = own.settings;
    return OK;
}

/* {"key": the secret or null, ...}; wiped with the arena, as the secret is. */
static void
write_key(struct key_acts *k, struct str secret, const struct keys_row *row)
{
    buf_add(k->answer, STR("{\"key\":"));
    json_add_or_null(k->answer, secret);
    buf_add_byte(k->answer, ',');
    key_fields_write(k->answer, arena_of(k), row);
    buf_add_byte(k->answer, '}');
}

/* A key of its own, or the one that the user has. */
static enum status
get_or_create(struct key_acts *k, struct db_conn *conn, int64_t account_id,
              const struct keys_settings *settings, struct error *err)
{
    struct arena          *a = arena_of(k);
    const struct key_ring *ring = &k->call->service->ring;
    struct keys_row        row;
    struct str             secret = STR_NONE;
    int64_t                id;
    enum status            st = ERR_NOT_FOUND;

    if (settings->external_user.len)
        st = keys_find_user(conn, a, account_id, settings->external_user,
                            &row, err);
    if (st == ERR_NOT_FOUND) {
        st = keys_create(conn, a, ring, account_id, settings, &k->by, &id,
                         &secret, err);
        if (st == ERR_CONFLICT) /* another request made it meanwhile */
            st = keys_find_user(conn, a, account_id, settings->external_user,
                                &row, err);
        else if (st == OK)
            st = keys_find(conn, a, account_id, id, &row, err);
        k->http = secret.len ? 201 : 200;
    }
    if (st == OK)
        write_key(k, secret, &row);
    return st;
}

enum status
key_acts_make(struct key_acts *k, int64_t account_id, int rights,
              struct error *err)
{
    struct keys_settings settings = keys_plain(STR("New Key"));
    struct db_conn      *conn;
    enum status          st;

    key_grant_default(&k->giver, rights, &settings);
    st = key_fields_read(arena_of(k), &k->body, &settings, err);
    if (st == OK)
        st = key_grant_check(&k->giver, NULL, &settings, err);
    if (st != OK || (st = borrow(k, &conn, err)) != OK)
        return st;
    st = get_or_create(k, conn, account_id, &settings, err);
    give_back(k, conn);
    return st;
}

static void
write_page(struct key_acts *k, const struct keys_row *list, size_t count,
           bool more, int64_t total)
{
    buf_add(k->answer, STR("{\"keys\":"));
    key_fields_write_list(k->answer, arena_of(k), list, count);
    buf_printf(k->answer, ",\"total\":%lld,\"has_more\":%s,"
               "\"next_cursor\":", (long long)total,
               more ? "true" : "false");
    if (more)
        buf_printf(k->answer, "\"%lld\"}", (long long)list[count - 1].id);
    else
        buf_add(k->answer, STR("null}"));
}

/* One key more than wanted tells whether there is another page. */
enum status
key_acts_list(struct key_acts *k, struct error *err)
{
    struct keys_row *list;
    struct db_conn  *conn;
    size_t           count;
    int64_t          above = 0, limit = PAGE_KEYS, total = 0;
    enum status      st = caller_cursor(k->call->request, &above, err);

    if (st == OK)
        st = caller_query_number(k->call->request, "limit", 1, PAGE_KEYS,
                                 &limit, err);
    if (st != OK || (st = borrow(k, &conn, err)) != OK)
        return st;
    st = keys_page(conn, arena_of(k), k->account_id, above, limit + 1, &list,
                   &count, err);
    if (st == OK)
        st = keys_count(conn, arena_of(k), k->account_id, &total, err);
    give_back(k, conn);
    if (st != OK)
        return st;
    if (count > (size_t)limit)
        write_page(k, list, (size_t)limit, true, total);
    else
        write_page(k, list, count, false, total);
    return OK;
}

/* The key as it is now, after what was done to it. */
static enum status
tell(struct key_acts *k, struct db_conn *conn, struct str secret,
     struct error *err)
{
    struct keys_row row;
    enum status     st = keys_find(conn, arena_of(k), k->account_id, k->key_id,
                                   &row, err);

    if (st == OK)
        write_key(k, secret, &row);
    return st;
}

static enum status
show_key(struct key_acts *k, struct error *err)
{
    struct db_conn *conn;
    enum status     st = borrow(k, &conn, err);

    if (st != OK)
        return st;
    st = tell(k, conn, STR_NONE, err);
    give_back(k, conn);
    return for_caller(st, err);
}

static enum status
change(struct key_acts *k, struct db_conn *conn, struct error *err)
{
    struct arena        *a = arena_of(k);
    struct keys_row      row;
    struct keys_settings before;
    enum status          st = keys_find(conn, a, k->account_id, k->key_id,
                                        &row, err);

    if (st == OK && row.revoked_ms)
        return no_key(err);
    if (st != OK)
        return st;
    before = row.settings;
    st = key_fields_read(a, &k->body, &row.settings, err);
    if (st == OK)
        st = key_grant_check(&k->giver, &before, &row.settings, err);
    if (st == OK)
        st = keys_set(conn, a, k->account_id, k->key_id, &row.settings,
                      &k->by, err);
    return st == OK ? tell(k, conn, STR_NONE, err) : st;
}

static enum status
change_key(struct key_acts *k, struct error *err)
{
    struct db_conn *conn;
    enum status     st = borrow(k, &conn, err);

    if (st != OK)
        return st;
    st = change(k, conn, err);
    give_back(k, conn);
    return for_caller(st, err);
}

static enum status
read_grace(const struct key_acts *k, int64_t *seconds, struct error *err)
{
    struct json value = json_member(&k->body, "grace_seconds");

    *seconds = 0;
    if (value.type == JSON_NONE || value.type == JSON_NULL ||
        (json_int(&value, seconds) && *seconds >= 0 &&
         *seconds <= GRACE_MOST_SECONDS))
        return OK;
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send a whole number of seconds, at most 30 days.",
                   "The field grace_seconds is not right");
}

/* A new secret gives all that the key has. */
static enum status
may_rotate(struct key_acts *k, struct db_conn *conn, struct error *err)
{
    struct keys_row row;
    enum status     st = keys_find(conn, arena_of(k), k->account_id, k->key_id,
                                   &row, err);

    if (st != OK || k->key_id == k->giver_id)
        return st;
    return key_grant_check(&k->giver, NULL, &row.settings, err);
}

static enum status
rotate_key(struct key_acts *k, struct error *err)
{
    struct db_conn *conn;
    struct str      secret;
    int64_t         seconds;
    enum status     st = read_grace(k, &seconds, err);

    if (st != OK || (st = borrow(k, &conn, err)) != OK)
        return st;
    st = may_rotate(k, conn, err);
    if (st == OK)
        st = keys_rotate(conn, arena_of(k), &k->call->service->ring,
                         k->account_id, k->key_id, seconds * 1000, &k->by,
                         &secret, err);
    if (st == OK)
        st = tell(k, conn, secret, err);
    give_back(k, conn);
    return for_caller(st, err);
}

static enum status
revoke_key(struct key_acts *k, struct error *err)
{
    struct db_conn *conn;
    enum status     st = borrow(k, &conn, err);

    if (st != OK)
        return st;
    st = keys_revoke(conn, arena_of(k), k->account_id, k->key_id, &k->by,
                     err);
    give_back(k, conn);
    if (st == OK)
        buf_printf(k->answer, "{\"id\":%lld,\"state\":\"revoked\","
                   "\"deleted\":true}", (long long)k->key_id);
    return for_caller(st, err);
}

enum status
key_acts_one(struct key_acts *k, struct str before, struct error *err)
{
    struct str  method = k->call->request->method, word;
    enum status st = read_path(k, before, &word, err);

    if (st != OK)
        return st;
    if (str_equal(word, STR("rotate")))
        return rotate_key(k, err);
    if (word.len)
        return refused(err, ERR_NOT_FOUND, "not_found",
                       "rotate is the only act of a key.",
                       "Not Found");
    if (str_equal(method, STR("PATCH")))
        return change_key(k, err);
    if (str_equal(method, STR("DELETE")))
        return revoke_key(k, err);
    return show_key(k, err);
}
