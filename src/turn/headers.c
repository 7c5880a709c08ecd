/* Which headers go up to the provider, and which come down to the client. */
#include "turn/headers.h"

#include "memory/render.h"
#include "platform/clock.h"
#include "turn/report.h"
#include "turn/window.h"

#include "base/banned.h"

enum { HEADERS_UP_MAX = 100 };

/* Request headers of the client that go up: those that vendors define. */
static const char *const up[] = {
    "user-agent", "idempotency-key", "traceparent", "tracestate",
    "accept-language", "x-client-request-id", "x-app",
};

static const char *const up_prefixes[] = {
    "openai-", "anthropic-", "x-goog-", "x-stainless-",
};

/* What an OAuth token of Anthropic needs beside it. */
static const char oauth_prefix[] = "sk-ant-oat";
static const char oauth_betas[] = "claude-code-20250219,oauth-2025-04-20";

/* Reply headers that end here: they belong to one connection, or to another
 * site, or their names are ours. */
static const char *const not_down[] = {
    "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "TE",
    "Content-Encoding",
    "Trailer", "Upgrade", "Proxy-Authenticate", "Proxy-Connection",
    "Set-Cookie", "Set-Cookie2", "Server", "Date", "Status", "Location",
    "Alt-Svc", "Strict-Transport-Security", "X-Accel-Buffering",
    "X-Accel-Redirect", "X-Accel-Expires", "X-Accel-Limit-Rate",
    "X-Accel-Charset", "X-Sendfile", "Cache-Control", "Vary", "X-Request-Id",
};

static const char *const not_down_prefixes[] = {
    "X-Memory-", "X-MemoryRouter-", "X-MR-", "X-Session-", "Access-Control-",
};

/* Up. */

static void
add_header(struct http_headers *h, const char *name, struct str value)
{
    if (value.len && h->count < HEADERS_UP_MAX)
        h->list[h->count++] = (struct http_header){ str_from(name), value };
}

static void
set_header(struct http_headers *h, const char *name, struct str value)
{
    for (size_t i = 0; i < h->count; i++)
        if (str_equal_nocase(h->list[i].name, str_from(name))) {
            h->list[i].value = value;
            return;
        }
    add_header(h, name, value);
}

static bool
goes_up(struct str name)
{
    if (str_equal(name, STR("x-goog-api-key")))
        return false;
    for (size_t i = 0; i < COUNT(up); i++)
        if (str_equal(name, str_from(up[i])))
            return true;
    for (size_t i = 0; i < COUNT(up_prefixes); i++)
        if (str_starts(name, str_from(up_prefixes[i])))
            return true;
    return false;
}

/* A token of Claude Code's login: what its own client sends beside it. */
static void
add_oauth(struct turn *t, struct http_headers *h)
{
    struct str betas = http_header(h, "anthropic-beta");

    set_header(h, "anthropic-beta",
               arena_printf(t->arena, "%s%s%.*s", oauth_betas,
                            betas.len ? "," : "", STR_ARG(betas)));
    set_header(h, "anthropic-dangerous-direct-browser-access", STR("true"));
    set_header(h, "user-agent", STR("claude-cli/1.0.0 (external, cli)"));
    set_header(h, "x-app", STR("cli"));
}

static void
add_key(struct turn *t, struct http_headers *h)
{
    struct str      key = t->provider_key;
    enum auth_style style = providers_auth(t->route.provider, t->dialect->id,
                                           t->credentials.style);

    if (key.len == 0)
        return;
    if (t->dialect->id == DIALECT_ANTHROPIC &&
        str_starts(key, str_from(oauth_prefix))) {
        add_oauth(t, h);
        style = AUTH_BEARER;
    }
    if (h->count < HEADERS_UP_MAX)
        h->list[h->count++] = providers_key_header(t->arena, style, key);
}

struct http_headers
headers_up(struct turn *t)
{
    struct http_headers h = { 0 };
    struct str          type = request_header(t->request, "content-type");
    struct str          name, value;

    h.list = arena_array(t->arena, struct http_header, HEADERS_UP_MAX);
    add_header(&h, "Content-Type", type.len ? type : STR("application/json"));
    if (t->route.provider->flags & PROVIDER_SITE) {
        add_header(&h, "HTTP-Referer", STR("https://memoryrouter.ai"));
        add_header(&h, "X-Title", STR("MemoryRouter"));
    }
    for (size_t i = 0; request_header_at(t->request, i, &name, &value); i++)
        if (goes_up(name))
            add_header(&h, name.ptr, value);
    if (t->dialect->id == DIALECT_ANTHROPIC &&
        http_header(&h, "anthropic-version").len == 0)
        add_header(&h, "anthropic-version", STR("2023-06-01"));
    add_key(t, &h);
    return h;
}

/* Down. */

static bool
comes_down(struct str name)
{
    for (size_t i = 0; i < COUNT(not_down); i++)
        if (str_equal_nocase(name, str_from(not_down[i])))
            return false;
    for (size_t i = 0; i < COUNT(not_down_prefixes); i++)
        if (str_starts_nocase(name, str_from(not_down_prefixes[i])))
            return false;
    return true;
}

static struct report
report_of(struct turn *t, int64_t provider_ms)
{
    const struct injection *m = &t->memories;

    return (struct report){
        .mode = t->options.mode,
        .session = t->options.session,
        .ids = m->ids,
        .memories = m->memories,
        .tokens = m->tokens,
        .injected = m->tokens,
        .format = m->text.len ? render_format(t->route.model) : "none",
        .embed_us = t->found.embed_us,
        .search_us = t->found.search_us,
        .inject_ms = t->stage_ms[STAGE_INJECT],
        .provider_ms = provider_ms,
        .start_us = t->start_us,
    };
}

void
headers_add_memory(struct turn *t, int64_t provider_ms)
{
    struct reply *r = t->reply;
    struct report report = report_of(t, provider_ms);

    report_status(r, t->memory_status);
    if (!t->authenticated)
        return;
    report_add(r, &report);
    if (t->route.provider)
        reply_header(r, "X-Provider-Detected",
                     str_from(t->route.provider->name));
    if (t->cut.tokens) {
        reply_header(r, "X-MemoryRouter-Truncated", STR("true"));
        reply_header(r, "X-MemoryRouter-Truncated-Details",
                     window_details(t->arena, &t->cut));
        reply_header_int(r, "X-MemoryRouter-Tokens-Removed",
                         (int64_t)t->cut.tokens);
    }
    if (t->fallback.len)
        reply_header(r, "X-MemoryRouter-Fallback", t->fallback);
}

void
headers_pass_down(struct turn *t, const struct http_headers *headers)
{
    struct str id = http_header(headers, "x-request-id");
    struct str length = http_header(headers, "content-length");

    for (size_t i = 0; i < headers->count; i++)
        if (comes_down(headers->list[i].name))
            reply_header(t->reply, headers->list[i].name.ptr,
                         headers->list[i].value);
    if (id.len)
        reply_header(t->reply, "X-Provider-Request-Id", id);
    /* So that the web server sees a reply that was cut short.  What we decode
     * or add to has another length. */
    if (length.len && !t->debug &&
        http_header(headers, "content-encoding").len == 0)
        reply_header(t->reply, "Content-Length", length);
}
