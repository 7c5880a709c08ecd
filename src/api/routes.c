/* THE TABLE of endpoints. */
#include "api/routes.h"

#include "api/cors.h"
#include "api/endpoints.h"
#include "platform/clock.h"
#include "turn/measure.h"
#include "web/head.h"

#include "base/banned.h"

enum { TRACE_ID_BYTES = 16, TRACE_ID_END = 35, TRACE_PARENT_CHARS = 55 };

/* A * at the end of a path stands for anything, one within it for a segment.
 * The first path that fits is the request's. */
static const struct route_row {
    const char *method;
    const char *path;
    enum right  needed;  /* and its holder has to stay within the limits */
    void      (*serve)(struct call *c);
} routes[] = {
    { "GET",    "/",                       RIGHT_OPEN, start_page },
    { "GET",    "/health",                 RIGHT_OPEN, health_get },
    { "GET",    "/metrics",                RIGHT_OPEN, metrics_get },
    { "GET",    "/openapi.json",           RIGHT_OPEN, openapi_get },
    { "POST",   "/v1/chat/completions",    RIGHT_CHAT, chat_post },
    { "POST",   "/v1/responses",           RIGHT_CHAT, chat_responses },
    { "GET",    "/v1/responses/*",         RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/responses/*",         RIGHT_CHAT, pass_openai },
    { "DELETE", "/v1/responses/*",         RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/messages",            RIGHT_CHAT, chat_messages },
    { "POST",   "/v1/v1/messages",         RIGHT_CHAT, chat_messages },
    { "POST",   "/v1/messages/count_tokens", RIGHT_CHAT, chat_count_tokens },
    { "POST",   "/v1/v1/messages/count_tokens", RIGHT_CHAT, chat_count_tokens },
    { "GET",    "/v1/models",              RIGHT_KEY, models_list },
    { "GET",    "/v1beta/models",          RIGHT_KEY, models_list },
    { "GET",    "/v1alpha/models",         RIGHT_KEY, models_list },
    { "GET",    "/v1/models/*",            RIGHT_KEY, models_get },
    { "GET",    "/v1beta/models/*",        RIGHT_KEY, models_get },
    { "GET",    "/v1alpha/models/*",       RIGHT_KEY, models_get },
    { "POST",   "/v1/models/*",            RIGHT_CHAT, chat_google },
    { "POST",   "/v1beta/models/*",        RIGHT_CHAT, chat_google },
    { "POST",   "/v1alpha/models/*",       RIGHT_CHAT, chat_google },
    { "POST",   "/v1/embeddings",          RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/completions",         RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/moderations",         RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/audio/transcriptions", RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/audio/translations",  RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/audio/speech",        RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/images/generations",  RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/images/edits",        RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/images/variations",   RIGHT_CHAT, pass_openai },
    { "POST",   "/v1/memory/search",       RIGHT_READ, search_post },
    { "GET",    "/v1/requests/*",          RIGHT_READ, requests_get },
    { "GET",    "/v1/memory/stats",        RIGHT_READ, memory_stats },
    { "POST",   "/v1/memory/warmup",       RIGHT_READ, memory_warmup },
    { "GET",    "/v1/memory/export",       RIGHT_READ, memory_export },
    { "GET",    "/v1/memories",            RIGHT_READ, memories_list },
    { "POST",   "/v1/memories",            RIGHT_WRITE, memories_add },
    { "GET",    "/v1/memories/*/history",  RIGHT_READ, memory_history },
    { "GET",    "/v1/memories/*",          RIGHT_READ, memory_one_get },
    { "PATCH",  "/v1/memories/*",          RIGHT_WRITE, memory_one_patch },
    { "DELETE", "/v1/memories/*",          RIGHT_WRITE, memory_one_remove },
    { "GET",    "/v1/sessions",            RIGHT_READ, sessions_list },
    { "GET",    "/v1/sessions/*/search",   RIGHT_READ, sessions_get },
    { "GET",    "/v1/sessions/*",          RIGHT_READ, sessions_get },
    { "DELETE", "/v1/sessions/*",          RIGHT_WRITE, sessions_remove },
    { "DELETE", "/v1/memory",              RIGHT_WRITE, memory_delete },
    { "POST",   "/v1/memory/upload",       RIGHT_WRITE, memory_upload },
    { "POST",   "/v1/memory/ingest",       RIGHT_WRITE, memory_ingest },
    { "POST",   "/v1/memory/prepare",      RIGHT_READ, memory_prepare },
    { "POST",   "/mcp",                    RIGHT_KEY, mcp_post },
    { "GET",    "/v1/keys",                RIGHT_ADMIN, keys_get },
    { "POST",   "/v1/keys",                RIGHT_ADMIN, keys_post },
    { "POST",   "/v1/keys/*/rotate",       RIGHT_ADMIN, keys_one },
    { "GET",    "/v1/keys/*",              RIGHT_ADMIN, keys_one },
    { "PATCH",  "/v1/keys/*",              RIGHT_ADMIN, keys_one },
    { "DELETE", "/v1/keys/*",              RIGHT_ADMIN, keys_one },
    { "GET",    "/v1/account/usage",       RIGHT_KEY, usage_get },
    { "GET",    "/v1/me/stats",            RIGHT_KEY, usage_me },
    { "GET",    "/admin/v1/accounts",      RIGHT_SECRET, admin_accounts },
    { "POST",   "/admin/v1/accounts",      RIGHT_SECRET, admin_accounts },
    { "GET",    "/admin/v1/accounts/*/keys", RIGHT_SECRET,
      admin_accounts_keys },
    { "POST",   "/admin/v1/accounts/*/keys", RIGHT_SECRET,
      admin_accounts_keys },
    { "GET",    "/admin/v1/accounts/*/usage", RIGHT_SECRET,
      admin_accounts_usage },
    { "GET",    "/admin/v1/accounts/*/provider-keys", RIGHT_SECRET,
      admin_provider_keys },
    { "POST",   "/admin/v1/accounts/*/provider-keys/*/check", RIGHT_SECRET,
      admin_provider_keys_check },
    { "PUT",    "/admin/v1/accounts/*/provider-keys/*", RIGHT_SECRET,
      admin_provider_keys },
    { "DELETE", "/admin/v1/accounts/*/provider-keys/*", RIGHT_SECRET,
      admin_provider_keys },
    { "GET",    "/admin/v1/accounts/*",    RIGHT_SECRET, admin_accounts_one },
    { "PATCH",  "/admin/v1/accounts/*",    RIGHT_SECRET, admin_accounts_one },
    { "DELETE", "/admin/v1/accounts/*",    RIGHT_SECRET, admin_accounts_one },
    { "GET",    "/admin/v1/keys",          RIGHT_SECRET, admin_keys },
    { "POST",   "/admin/v1/keys/*/rotate", RIGHT_SECRET, admin_key },
    { "GET",    "/admin/v1/keys/*",        RIGHT_SECRET, admin_key },
    { "PATCH",  "/admin/v1/keys/*",        RIGHT_SECRET, admin_key },
    { "DELETE", "/admin/v1/keys/*",        RIGHT_SECRET, admin_key },
    { "GET",    "/admin/v1/learner",       RIGHT_SECRET, admin_learner },
    { "POST",   "/admin/v1/reindex",       RIGHT_SECRET,
      admin_learner_reindex },
    { "GET",    "/admin/v1/audit",         RIGHT_SECRET, admin_audit },
    { "*",      "/v1/files*",              RIGHT_OPEN, pass_refused },
    { "*",      "/v1/batches*",            RIGHT_OPEN, pass_refused },
    { "*",      "/v1/messages/batches*",   RIGHT_OPEN, pass_refused },
    { "*",      "/v1/assistants*",         RIGHT_OPEN, pass_refused },
    { "*",      "/v1/threads*",            RIGHT_OPEN, pass_refused },
    { "*",      "/v1/fine_tuning/*",       RIGHT_OPEN, pass_refused },
};

bool
routes_row(size_t i, const char **method, const char **path)
{
    if (i >= COUNT(routes))
        return false;
    *method = routes[i].method;
    *path = routes[i].path;
    return true;
}

const char *
routes_needs(size_t i)
{
    enum right  right;
    const char *word;

    switch (routes[i].needed) {
    case RIGHT_OPEN: return "open";
    case RIGHT_KEY: return "key";
    case RIGHT_SECRET: return "secret";
    case RIGHT_CHAT: case RIGHT_READ: case RIGHT_WRITE:
    case RIGHT_ADMIN:
        break;
    }
    for (size_t k = 0; (word = rights_word(k, &right)) != NULL; k++)
        if (right == routes[i].needed)
            break;
    return word;
}

/* The lists of models have one path for all; what the SDKs send tells them
 * apart, and a bare ?key= is a user of Google's REST interface. */
static bool
is_google_list(const struct request *r)
{
    return str_starts(r->path, STR("/v1/models")) &&
           (request_header(r, "x-goog-api-client").len ||
            request_has_query(r, "key"));
}

const struct dialect *
routes_dialect(const struct request *r)
{
    if (str_find(r->path, STR("/messages")) != STR_NOWHERE ||
        request_header(r, "anthropic-version").len)
        return &dialect_anthropic;
    if (str_starts(r->path, STR("/v1beta")) ||
        str_starts(r->path, STR("/v1alpha")) ||
        (str_find_byte(r->path, ':') != STR_NOWHERE &&
         str_equal(r->method, STR("POST"))) ||
        request_header(r, "x-goog-api-key").len || is_google_list(r))
        return &dialect_google;
    return &dialect_openai_chat;
}

void
routes_answer_error(struct call *c, const struct error *err)
{
    struct error ignored;
    struct str   body = routes_dialect(c->request)->error_body(
        c->request->arena, err);

    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, error_http(err->status),
                             "application/json", body, &ignored));
}

/* The path stands beside the error, as the compatible service has it. */
void
routes_answer_not_found(struct call *c)
{
    struct error err, ignored;
    struct buf  *b = buf_new(c->request->arena, 16384);
    struct str   body;

    error_ignore(refused(&err, ERR_NOT_FOUND, "not_found",
                         "POST /v1/chat/completions is the endpoint for "
                         "chats; GET / lists all.", "Not Found"));
    body = routes_dialect(c->request)->error_body(c->request->arena, &err);
    buf_add(b, str_slice(body, 0, body.len - 1));
    buf_add(b, STR(",\"path\":"));
    json_add_string(b, str_slice(c->request->path, 0, 1024));
    buf_add(b, STR("}"));
    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, 404, "application/json", buf_str(b),
                             &ignored));
}

/* The next row of the same path, or NULL. */
static const struct route_row *
next_of_path(const struct route_row *row)
{
    for (const struct route_row *r = row + 1; r < routes + COUNT(routes); r++)
        if (strcmp(r->path, row->path) == 0)
            return r;
    return NULL;
}

/* What can be done with the path, as the header Allow has it. */
static struct str
methods_of(struct arena *a, const struct route_row *first)
{
    struct buf *b = buf_new(a, 128);

    for (const struct route_row *r = first; r; r = next_of_path(r))
        if (strcmp(r->method, "*") != 0)
            buf_printf(b, "%s%s", b->len ? ", " : "", r->method);
    if (b->len == 0)
        return STR("GET, POST, PUT, PATCH, DELETE");
    return buf_str(b);
}

static void
answer_wrong_method(struct call *c, struct str allowed)
{
    struct error err;

    reply_header(c->reply, "Allow", allowed);
    reply_keep_headers(c->reply);
    error_ignore(refused(&err, ERR_METHOD, "method_not_allowed",
                         "The header Allow names the methods that work.",
                         "Method not allowed: %.*s %.*s",
                         STR_ARG(str_slice(c->request->method, 0, 16)),
                         STR_ARG(str_slice(c->request->path, 0, 100))));
    routes_answer_error(c, &err);
}

static bool
has_method(const struct route_row *row, struct str method)
{
    return str_equal(method, str_from(row->method)) ||
           strcmp(row->method, "*") == 0 ||
           (str_equal(method, STR("HEAD")) && strcmp(row->method, "GET") == 0);
}

static bool
has_path(const struct route_row *row, struct str path)
{
    struct str pattern = str_from(row->path), part, segment;

    /* What stands before each *. */
    while (str_cut(pattern, '*', &part, &pattern)) {
        if (!str_starts(path, part))
            return false;
        path = str_slice(path, part.len, path.len);
        if (pattern.len == 0)
            return true;
        if (!str_cut(path, '/', &segment, &path) || segment.len == 0)
            return false;
        pattern = str_slice(pattern, 1, pattern.len);
    }
    return str_equal(path, part);
}

/* The first row that has the path, or NULL. */
static const struct route_row *
find_path(struct str path)
{
    for (size_t i = 0; i < COUNT(routes); i++)
        if (has_path(&routes[i], path))
            return &routes[i];
    return NULL;
}

/* Whether a slash, in either spelling, or the end stands here. */
static bool
is_slash(struct str path, size_t at)
{
    return at >= path.len || path.ptr[at] == '/' ||
           str_starts_nocase(str_slice(path, at, path.len), STR("%2f"));
}

/* Whether the path goes down only: no dot segments, in no spelling, and
 * nothing that ends a path.  A part of it may go on to a vendor, and must not
 * lead out of its row there. */
static bool
is_straight(struct str path)
{
    bool begins = true;  /* a segment */

    for (size_t i = 0; i < path.len; i++) {
        struct str rest = str_slice(path, i, path.len);

        if ((unsigned char)path.ptr[i] <= ' ' || path.ptr[i] == '\\' ||
            path.ptr[i] == '#' || str_starts_nocase(rest, STR("%2e")) ||
            str_starts_nocase(rest, STR("%5c")))
            return false;
        if (begins && path.ptr[i] == '.' &&
            (is_slash(path, i + 1) ||
             (path.ptr[i + 1] == '.' && is_slash(path, i + 2))))
            return false;
        begins = path.ptr[i] == '/' ||
                 (i >= 2 && is_slash(path, i - 2) && path.ptr[i - 2] == '%');
    }
    return true;
}

/* Whoever asks whether we live, and how, is never told to wait. */
static bool
is_watching(const struct route_row *row)
{
    return row->serve == health_get || row->serve == metrics_get;
}

/* Limits and rights of those with a key are looked at by the endpoint, in
 * admission_key(). */
static void
serve(const struct route_row *row, struct call *c)
{
    struct error err;

    c->admission.needed = row->needed;
    if (row->needed == RIGHT_OPEN && !is_watching(row) &&
        admission_address(&c->admission, &err) != OK)
        routes_answer_error(c, &err);
    else
        row->serve(c);
    admission_end(&c->admission);
}

static void
dispatch(struct call *c)
{
    const struct route_row *first = find_path(c->request->path);
    struct str              allowed = methods_of(c->request->arena, first);
    struct error            err;

    if (cors_preflight(c, allowed))
        return;
    if (head_check(c->request, &err) != OK) {
        routes_answer_error(c, &err);
        return;
    }
    if (!first || !is_straight(c->request->path)) {
        routes_answer_not_found(c);
        return;
    }
    for (const struct route_row *r = first; r; r = next_of_path(r))
        if (has_method(r, c->request->method)) {
            serve(r, c);
            return;
        }
    answer_wrong_method(c, allowed);
}

static void
refuse(struct call *c)
{
    struct error err;

    error_ignore(failed(&err, ERR_BUSY, "no thread was free in time"));
    reply_header_int(c->reply, "Retry-After", 2);
    routes_answer_error(c, &err);
}

/* The trace that the request belongs to.  Source: W3C Trace Context, 3.2:
 * 00-{32 hex digits}-{16 hex digits}-{flags}. */
static void
log_trace(struct call *c)
{
    struct str parent = request_header(c->request, "traceparent");
    uint8_t    id[TRACE_ID_BYTES];

    if (parent.len < TRACE_PARENT_CHARS || parent.ptr[2] != '-' ||
        parent.ptr[TRACE_ID_END] != '-' ||
        !crypto_from_hex(str_slice(parent, 3, TRACE_ID_END), id, sizeof(id)))
        return;
    log_str(c->access, "trace", str_slice(parent, 3, TRACE_ID_END));
}

/* Its place is free for the client's next request. */
static void
end_admission(void *owner)
{
    admission_end(owner);
}

void
routes_serve(void *owner, struct request *request, struct reply *reply,
             bool busy)
{
    struct log_line access;
    struct call     c = { owner, request, reply,
                          crypto_new_request_id(request->arena),
                          clock_now_ms(), clock_tick_us(), &access,
                          { .lease = { 0 } } };

    c.admission = (struct admission){ owner, request, reply, c.now_ms,
                                      RIGHT_SECRET, { 0 } };
    reply_on_last(reply, end_admission, &c.admission);
    log_begin(&access, LOG_INFO, "access");
    log_str(&access, "request", c.request_id);
    log_str(&access, "method", str_slice(request->method, 0, 16));
    log_str(&access, "path", str_slice(request->path, 0, 256));
    log_trace(&c);
    reply_header(reply, "X-Request-Id", c.request_id);
    cors_add(&c);
    reply_keep_headers(reply);
    measure_request(c.service, 1);
    if (busy)
        refuse(&c);
    else
        dispatch(&c);
    measure_answer(c.service, reply->committed ? reply->status : 499);
    measure_process(c.service);
    measure_request(c.service, -1);
    log_int(&access, "status", reply->committed ? reply->status : 499);
    log_int(&access, "bytes", (long long)reply->bytes);
    log_int(&access, "total_ms", (clock_tick_us() - c.start_us) / 1000);
    log_end(&access);
}
