/* Cross-origin headers. */
#include "api/cors.h"

#include "base/banned.h"

/* Every header that this service or a vendor's SDK reads. */
#define ALLOWED \
    "Content-Type, Authorization, x-api-key, x-goog-api-key, " \
    "x-goog-api-client, anthropic-version, anthropic-beta, " \
    "anthropic-dangerous-direct-browser-access, OpenAI-Organization, " \
    "OpenAI-Project, OpenAI-Beta, Idempotency-Key, traceparent, " \
    "X-Memory-Key, X-Provider-Key, X-Admin-Key, X-Memory-Mode, " \
    "X-Memory-Store, X-Memory-Store-Response, X-Store-Input, " \
    "X-Store-Response, " \
    "X-Memory-Context-Limit, X-Context-Limit, X-Memory-Placement, " \
    "X-Session-ID, X-Session-Scope, X-Debug, MCP-Protocol-Version, " \
    "Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID, x-stainless-lang, " \
    "x-stainless-package-version, x-stainless-os, x-stainless-arch, " \
    "x-stainless-runtime, x-stainless-runtime-version, x-stainless-async, " \
    "x-stainless-retry-count, x-stainless-timeout, x-stainless-read-timeout, " \
    "x-stainless-raw-response, x-stainless-helper-method"

#define EXPOSED \
    "X-Request-Id, X-Provider-Request-Id, X-Memory-Status, X-Memory-Ids, " \
    "X-Memory-Mode, X-Memory-Chunks-Retrieved, X-Memory-Tokens-Retrieved, " \
    "X-Memory-Tokens-Injected, X-Provider-Detected, X-Session-ID, " \
    "X-MR-Processing-Ms, X-MR-Overhead-Ms, X-Provider-Response-Ms, " \
    "X-Embedding-Ms, X-Total-Ms, X-MemoryRouter-Truncated, " \
    "X-MemoryRouter-Truncated-Details, X-MemoryRouter-Tokens-Removed, " \
    "X-MemoryRouter-Fallback, X-MemoryRouter-Payment-Required, " \
    "X-MemoryRouter-Error, Allow, Retry-After, " \
    "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"

static bool
is_allowed(const char *list, struct str origin)
{
    struct str rest = str_from(list), one;

    while (rest.len) {
        (void)str_cut(rest, ' ', &one, &rest); /* the last has no space */
        if (str_equal(one, STR("*")) || str_equal_nocase(one, origin))
            return true;
    }
    return false;
}

bool
cors_allows(const struct call *c)
{
    struct str origin = request_header(c->request, "origin");

    return origin.len &&
           is_allowed(c->service->conf->cors_origins, origin);
}

void
cors_add(struct call *c)
{
    if (!cors_allows(c))
        return;
    reply_header(c->reply, "Access-Control-Allow-Origin",
                 request_header(c->request, "origin"));
    reply_header(c->reply, "Vary", STR("Origin"));
    reply_header(c->reply, "Access-Control-Expose-Headers", STR(EXPOSED));
}

bool
cors_preflight(struct call *c, struct str methods)
{
    struct error ignored;

    if (!str_equal(c->request->method, STR("OPTIONS")))
        return false;
    reply_header(c->reply, "Allow",
                 arena_printf(c->request->arena, "%.*s, OPTIONS",
                              STR_ARG(methods)));
    if (cors_allows(c)) {
        reply_header(c->reply, "Access-Control-Allow-Methods", methods);
        reply_header(c->reply, "Access-Control-Allow-Headers", STR(ALLOWED));
        reply_header(c->reply, "Access-Control-Max-Age", STR("86400"));
    }
    /* A browser that left wants no answer. */
    error_ignore(reply_whole(c->reply, 204, NULL, STR_NONE, &ignored));
    return true;
}
