/* From a request's bytes to whom it goes. */
#include "turn/plan.h"

#include "platform/conf.h"
#include "provider/message.h"
#include "store/provider_key.h"
#include "turn/allowance.h"

#include "base/banned.h"

/* Query parameters that are ours and never go up; the first also where there
 * is no memory, and the others have their meaning at the vendor. */
static const char *const query_names[] = {
    "key", "memory", "mode", "store", "store_response", "limit", "debug",
};

/* The account's own key of this provider, sealed in the database. */
static enum status
stored_key(struct turn *t, struct error *err)
{
    struct db_conn *conn;
    enum status     st;

    if (t->graced)
        return OK;
    if ((st = db_borrow(t->service->db, &conn, err)) != OK)
        return st;
    st = provider_key_find(conn, t->arena, &t->service->ring,
                           t->access.account_id,
                           str_from(t->route.provider->name),
                           &t->provider_key, err);
    db_return(t->service->db, conn);
    return st;
}

/* The status that the dialect's SDKs take for a missing provider key. */
static enum status
refuse_without_key(const struct turn *t, struct error *err)
{
    bool native = t->dialect->id == DIALECT_ANTHROPIC ||
                  t->dialect->id == DIALECT_GOOGLE;

    return refused(err, native ? ERR_AUTH : ERR_INPUT, "missing_provider_key",
                   "Send it as `X-Provider-Key`, or store it with "
                   "`memoryrouter-admin provider-key set`.",
                   "No API key configured for provider: %s",
                   t->route.provider->name);
}

/* The provider key: the caller's, else the account's, else the server's. */
static enum status
find_provider_key(struct turn *t, struct error *err)
{
    const struct provider *row = t->route.provider;
    enum status            st;

    /* The caller's key is for whom the caller named. */
    t->provider_key = t->fallback.len ? STR_NONE : t->credentials.provider_key;
    if (row->flags & PROVIDER_DEMO)
        return OK;
    /* A query can hold what no header can: line breaks would be further
     * headers of the request to the provider. */
    if (t->provider_key.len)
        return provider_key_check(t->provider_key, err);
    if ((st = stored_key(t, err)) != OK)
        return st;
    if (t->provider_key.len == 0)
        t->provider_key = str_from(row->key);
    if (t->provider_key.len || row->flags & PROVIDER_NO_KEY)
        return OK;
    return refuse_without_key(t, err);
}

/* Google's address in the version that the client called: the row has
 * ".../v1beta/models". */
static struct str
google_url(struct turn *t)
{
    struct str usual = STR("/v1beta/models");
    struct str version, rest;

    (void)str_cut(str_slice(t->request->path, 1, t->request->path.len), '/',
                  &version, &rest); /* the route has it */
    if (!str_ends(t->url, usual))
        return t->url;
    return arena_printf(t->arena, "%.*s/%.*s/models",
                        STR_ARG(str_slice(t->url, 0, t->url.len - usual.len)),
                        STR_ARG(version));
}

/* What follows the provider's address: for Google the model and the action,
 * and the client's own query parameters for everybody. */
static void
end_url(struct turn *t)
{
    struct str query = request_query_without(
        t->request, query_names,
        t->kind == TURN_PASS ? 1 : COUNT(query_names));

    if (t->path_model.len)
        t->url = arena_printf(t->arena, "%.*s/%.*s", STR_ARG(google_url(t)),
                              STR_ARG(t->route.model));
    t->url = arena_printf(t->arena, "%.*s%.*s%.*s", STR_ARG(t->url),
                          STR_ARG(t->url_end), STR_ARG(query));
}

/* Google's own paths are Google's for every name that is nobody else's. */
static enum status
find_route(struct turn *t, struct error *err)
{
    enum status st = providers_find(&t->service->providers, t->prompt.model,
                                    &t->route, err);

    if (st == OK && t->path_model.len &&
        t->route.provider->flags & PROVIDER_OTHERS &&
        str_find_byte(t->path_model, '/') == STR_NOWHERE)
        t->route.provider = providers_row(&t->service->providers,
                                          STR("google"));
    return st;
}

static enum status
read_prompt(struct turn *t, struct error *err)
{
    const struct conf *conf = t->service->conf;
    enum status        st;

    st = request_read_body(t->request, (size_t)conf->body_bytes, err);
    if (st != OK)
        return st;
    st = t->dialect->read(t->arena, t->request->body,
                          (size_t)conf->json_depth, &t->prompt, err);
    if (st == OK && t->kind == TURN_CHAT && t->dialect->required) {
        struct json member = json_member(&t->prompt.root,
                                         t->dialect->required);

        if (member.type == JSON_NONE)
            return refused(err, ERR_INPUT, "missing_field",
                           "Send it as the vendor's own API asks.",
                           "Missing required field: %s",
                           t->dialect->required);
    }
    if (st == OK && t->path_model.len) {
        t->prompt.model = t->path_model;
        t->prompt.stream = str_find(t->url_end, STR("stream")) != STR_NOWHERE;
    }
    return st;
}

/* Streams tell their usage only when asked.  With memory off the body stays
 * as it is, and usage is estimated. */
static bool
must_ask_usage(const struct turn *t)
{
    return t->prompt.stream && t->dialect->ask_usage &&
           t->options.mode != MODE_OFF &&
           t->route.provider->flags & PROVIDER_ASK_USAGE;
}

enum status
plan_body(struct turn *t, struct error *err)
{
    struct splice edits;

    splice_init(&edits, t->arena, t->prompt.document);
    dialect_strip(t->dialect, &t->prompt, t->route.model, &edits);
    t->withhold_usage = must_ask_usage(t) &&
                        t->dialect->ask_usage(&t->prompt, &edits);
    if (t->memories.text.len)
        dialect_inject(t->dialect, &t->prompt, t->options.placement,
                       t->memories.text, &edits);
    return splice_finish(&edits, &t->body, err);
}

/* With the route known: address, key and body. */
static enum status
follow_route(struct turn *t, struct error *err)
{
    enum status st = allowance_model(t->admission, &t->access, &t->route,
                                     &t->prompt.root, err);

    if (st != OK ||
        (st = providers_url(t->arena, t->route.provider, t->dialect->id,
                            &t->url, err)) != OK ||
        (st = find_provider_key(t, err)) != OK)
        return st;
    end_url(t);
    return plan_body(t, err);
}

/* Whether what is to be stored has room. */
static enum status
check_room(struct turn *t, struct error *err)
{
    if (t->kind != TURN_CHAT || !options_stores(&t->options))
        return OK;
    return allowance_memories(t->admission, &t->access, err);
}

enum status
plan_chat(struct turn *t, struct error *err)
{
    enum status st;

    if ((st = read_prompt(t, err)) != OK ||
        (st = options_read(t->service->conf, t->request, &t->prompt.root,
                           &t->credentials, &t->access, &t->options,
                           err)) != OK ||
        (st = find_route(t, err)) != OK ||
        (st = check_room(t, err)) != OK)
        return st;
    return follow_route(t, err);
}

bool
plan_fallback(struct turn *t)
{
    struct turn  before = *t;
    struct error err;

    if (t->kind != TURN_CHAT)
        return false;
    if (!t->fallbacks.ptr)
        t->fallbacks = str_trim(str_from(t->service->conf->fallback));
    while (t->fallbacks.len) {
        (void)str_cut(t->fallbacks, ' ', &t->fallback, &t->fallbacks);
        if (t->fallback.len &&
            providers_find(&t->service->providers, t->fallback, &t->route,
                           &err) == OK && follow_route(t, &err) == OK)
            return true;
        /* Without a key, or not in this dialect: the next one. */
    }
    before.fallbacks = t->fallbacks;
    *t = before;
    return false;
}

/* The model of a JSON body leads to the provider; other bodies (multipart) go
 * to the dialect's own vendor. */
static enum status
route_pass(struct turn *t, struct error *err)
{
    struct str  type = request_header(t->request, "content-type");
    struct json model = { JSON_NONE, STR_NONE };
    enum status st;

    t->route.provider = providers_row(&t->service->providers, STR("openai"));
    t->prompt.document = t->request->body;
    if (t->path_model.len) {
        t->prompt.model = t->path_model;
        return find_route(t, err);
    }
    if (t->request->body.len &&
        !str_starts_nocase(type, STR("multipart/form-data"))) {
        st = message_read_root(t->arena, t->request->body,
                               (size_t)t->service->conf->json_depth, false,
                               &t->prompt, err);
        if (st != OK)
            return st;
        model = json_member(&t->prompt.root, "model");
    }
    if (model.type != JSON_STRING)
        return OK;
    t->prompt.model = json_text(t->arena, &model);
    t->prompt.model_raw = model.raw;
    return providers_find(&t->service->providers, t->prompt.model, &t->route,
                          err);
}

/* What operations cannot do without; of a form only that there is one.
 * Source: the compatible service, which asks for these before it forwards. */
static const struct {
    const char *url_end;
    const char *fields;
} needed[] = {
    { "/embeddings", "model, input" },
    { "/completions", "model, prompt" },
    { "/moderations", "input" },
    { "/audio/speech", "model, input, voice" },
    { "/audio/transcriptions", "" },
    { "/audio/translations", "" },
    { "/images/generations", "prompt" },
    { "/images/edits", "" },
    { "/images/variations", "" },
};

static enum status
check_fields(const struct turn *t, const char *fields, struct error *err)
{
    static const char hint[] = "Send it as the vendor's own API asks.";
    struct str rest = str_from(fields), name;
    bool       many = str_find_byte(rest, ',') != STR_NOWHERE;

    if (t->request->body.len == 0 && rest.len == 0)
        return refused(err, ERR_INPUT, "missing_body", hint,
                       "The request has no body");
    while (rest.len) {
        (void)str_cut(rest, ',', &name, &rest); /* the last has no comma */
        if (json_member(&t->prompt.root,
                        arena_copy(t->arena, str_trim(name)).ptr).type ==
            JSON_NONE)
            return refused(err, ERR_INPUT, "missing_field", hint,
                           "Missing required field%s: %s", many ? "s" : "",
                           fields);
    }
    return OK;
}

static enum status
check_needed(const struct turn *t, struct error *err)
{
    if (t->path_model.len)
        return OK;
    for (size_t i = 0; i < COUNT(needed); i++)
        if (str_equal(t->url_end, str_from(needed[i].url_end)))
            return check_fields(t, needed[i].fields, err);
    return OK;
}

/* The other operations of a vendor stand beside its chat completions. */
static enum status
pass_url(struct turn *t, struct error *err)
{
    struct str chat = STR("/chat/completions");
    struct str path;

    if (t->path_model.len) {
        enum status st = providers_url(t->arena, t->route.provider,
                                       t->dialect->id, &t->url, err);

        if (st == OK)
            end_url(t);
        return st;
    }
    if (t->route.provider->flags & PROVIDER_DEMO)
        return refused(err, ERR_INPUT, "dialect_not_served",
                       "Name a model of a provider that serves this.",
                       "The demo provider only chats");
    path = str_from(t->route.provider->paths[DIALECT_OPENAI_CHAT]);
    if (!str_ends(path, chat))
        return refused(err, ERR_INPUT, "dialect_not_served",
                       "Name a model of a provider that serves this.",
                       "The provider %s does not serve this path",
                       t->route.provider->name);
    t->url = arena_printf(t->arena, "%s%.*s", t->route.provider->origin,
                          STR_ARG(str_slice(path, 0, path.len - chat.len)));
    end_url(t);
    return OK;
}

enum status
plan_pass(struct turn *t, struct error *err)
{
    struct splice edits;
    enum status   st;

    t->options.mode = MODE_OFF;
    st = request_read_body(t->request, (size_t)t->service->conf->body_bytes,
                           err);
    if (st != OK || (st = route_pass(t, err)) != OK ||
        (st = check_needed(t, err)) != OK ||
        (st = allowance_model(t->admission, &t->access, &t->route,
                              &t->prompt.root, err)) != OK ||
        (st = pass_url(t, err)) != OK ||
        (st = find_provider_key(t, err)) != OK)
        return st;
    splice_init(&edits, t->arena, t->prompt.document);
    message_rename(&t->prompt, t->route.model, &edits);
    splice_remove_members(&edits, &t->prompt.root, dialect_fields,
                          dialect_field_count);
    return splice_finish(&edits, &t->body, err);
}
