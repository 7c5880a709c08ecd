/* Quotas, and the list of models. */
#include "turn/allowance.h"

#include "store/usage.h"
#include "turn/measure.h"

#include "base/banned.h"

/* What may be used up, and what is told then. */
static const struct quota {
    const char *name;  /* as the settings of keys and accounts call it */
    const char *owner;
    const char *sentence;
    const char *hint;
} quotas[] = {
    [LIMIT_KEY_TOKENS] = { "tokens_per_month", "key",
        "The tokens of this key are used up for this month",
        "The quota begins anew with the next month (UTC)." },
    [LIMIT_ACCOUNT_TOKENS] = { "tokens_per_month", "account",
        "The tokens of this account are used up for this month",
        "The quota begins anew with the next month (UTC)." },
    [LIMIT_MEMORIES] = { "memories_most", "key",
        "The vault of this key has no room for more memories",
        "Delete memories, or send `X-Memory-Mode: read`, which stores none." },
};

/* Headers and code as the compatible service has them. */
static enum status
used_up(struct admission *a, enum limit_kind kind, int64_t used, int64_t most,
        struct error *err)
{
    const struct quota *q = &quotas[kind];
    enum status         st = refused(err, ERR_QUOTA, "payment_required",
                                     q->hint, "%s", q->sentence);

    error_members(err, "\"details\":{\"quota\":\"%s\",\"owner\":\"%s\","
                  "\"limit\":%lld,\"used\":%lld}", q->name, q->owner,
                  (long long)most, (long long)used);
    measure_refusal(a->service, kind);
    reply_header(a->reply, "X-MemoryRouter-Payment-Required", STR("true"));
    reply_header(a->reply, "X-MemoryRouter-Error", STR("payment_required"));
    reply_keep_headers(a->reply);
    return st;
}

/* key_id   0: of the account */
static enum status
compare_tokens(struct admission *a, struct db_conn *conn, int64_t account_id,
               int64_t key_id, int64_t most, struct error *err)
{
    int64_t     used;
    enum status st;

    if (most <= 0)
        return OK;
    st = usage_month_tokens(conn, a->request->arena, account_id, key_id,
                            a->now_ms, &used, err);
    if (st == OK && used >= most)
        return used_up(a, key_id ? LIMIT_KEY_TOKENS : LIMIT_ACCOUNT_TOKENS,
                       used, most, err);
    return st;
}

/* 0: no limit. */
static int64_t
tokens_of_key(const struct conf *conf, const struct key_access *access)
{
    return key_or(access->key_tokens, conf->key_tokens_per_month);
}

static int64_t
tokens_of_account(const struct conf *conf, const struct key_access *access)
{
    return key_or(access->account_tokens, conf->account_tokens_per_month);
}

bool
allowance_has_tokens(const struct conf *conf, const struct key_access *access)
{
    return tokens_of_key(conf, access) > 0 ||
           tokens_of_account(conf, access) > 0;
}

enum status
allowance_tokens(struct admission *a, const struct key_access *access,
                 struct error *err)
{
    const struct conf *conf = a->service->conf;
    struct db_conn    *conn;
    enum status        st;

    if (!allowance_has_tokens(conf, access))
        return OK;
    /* Whoever has his reply has his tokens counted. */
    (void)pending_wait(a->service->pending, access->vault_id,
                       conf->pending_wait_ms);
    if ((st = db_borrow(a->service->db, &conn, err)) != OK)
        return st;
    st = compare_tokens(a, conn, access->account_id, access->key_id,
                        tokens_of_key(conf, access), err);
    if (st == OK)
        st = compare_tokens(a, conn, access->account_id, 0,
                            tokens_of_account(conf, access), err);
    db_return(a->service->db, conn);
    return st;
}

int64_t
allowance_memories_most(const struct admission *a,
                        const struct key_access *access)
{
    return key_or(access->memories_most, a->service->conf->memories_most);
}

enum status
allowance_no_room(struct admission *a, const struct key_access *access,
                  int64_t memories, struct error *err)
{
    return used_up(a, LIMIT_MEMORIES, memories,
                   allowance_memories_most(a, access), err);
}

enum status
allowance_memories(struct admission *a, const struct key_access *access,
                   struct error *err)
{
    int64_t most = allowance_memories_most(a, access);

    if (most <= 0 || access->vault_memories < most)
        return OK;
    return allowance_no_room(a, access, access->vault_memories, err);
}

/* Case does not count in the names of models. */
static bool
fits(struct str word, struct str name)
{
    if (str_ends(word, STR("*")))
        return str_starts_nocase(name, str_slice(word, 0, word.len - 1));
    return str_equal_nocase(word, name);
}

static bool
is_allowed(struct arena *a, struct str words, const struct route *route,
           struct str model)
{
    struct str full = arena_printf(a, "%s/%.*s", route->provider->name,
                                   STR_ARG(model));
    struct str word;

    while (words.len) {
        (void)str_cut(words, ' ', &word, &words); /* the last has no blank */
        if (word.len && (fits(word, full) || fits(word, model)))
            return true;
    }
    return false;
}

static enum status
not_allowed(struct str model, struct error *err)
{
    return refused(err, ERR_FORBIDDEN, "model_not_allowed",
                   "Name a model that this key may call.",
                   "This key may not call the model %.*s",
                   STR_ARG(str_slice(model, 0, 100)));
}

/* The models that the vendor is to take instead, as OpenRouter does. */
static enum status
check_others(struct arena *a, struct str words, const struct route *route,
             const struct json *body, struct error *err)
{
    struct json      list = json_member(body, "models");
    struct json_item item = { 0 };

    while (json_next(&list, &item)) {
        struct str model = json_text(a, &item.value);

        if (!is_allowed(a, words, route, model))
            return not_allowed(model, err);
    }
    return OK;
}

enum status
allowance_model(const struct admission *a, const struct key_access *access,
                const struct route *route, const struct json *body,
                struct error *err)
{
    struct arena   *arena = a->request->arena;
    struct str      words;
    struct db_conn *conn;
    enum status     st;

    if (!access->some_models)
        return OK;
    if ((st = db_borrow(a->service->db, &conn, err)) != OK)
        return st;
    st = key_models(conn, arena, access->key_id, &words, err);
    db_return(a->service->db, conn);
    if (st != OK)
        return st;
    if (!is_allowed(arena, words, route, route->model))
        return not_allowed(arena_printf(arena, "%s/%.*s",
                                        route->provider->name,
                                        STR_ARG(route->model)), err);
    return check_others(arena, words, route, body, err);
}
