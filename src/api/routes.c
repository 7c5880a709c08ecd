/* THE TABLE of endpoints. */
#include "api/routes.h"

#include "api/cors.h"
#include "api/endpoints.h"
#include "platform/clock.h"

#include "base/banned.h"

/* A path that ends in * stands for all that begin so. */
static const struct route_row {
    const char *method;
    const char *path;
    void      (*serve)(struct call *c);
} routes[] = {
    { "GET",    "/",                         start_page        },
    { "GET",    "/health",                   health_get        },
    { "POST",   "/v1/chat/completions",      chat_post         },
    { "POST",   "/v1/responses",             chat_responses    },
    { "GET",    "/v1/responses/*",           pass_openai       },
    { "POST",   "/v1/responses/*",           pass_openai       },
    { "DELETE", "/v1/responses/*",           pass_openai       },
    { "POST",   "/v1/messages",              chat_messages     },
    { "POST",   "/v1/v1/messages",           chat_messages     },
    { "POST",   "/v1/messages/count_tokens", chat_count_tokens },
    { "POST",   "/v1/v1/messages/count_tokens", chat_count_tokens },
    { "GET",    "/v1/models",                models_list       },
    { "GET",    "/v1beta/models",            models_list       },
    { "GET",    "/v1alpha/models",           models_list       },
    { "GET",    "/v1/models/*",              models_get        },
    { "GET",    "/v1beta/models/*",          models_get        },
    { "GET",    "/v1alpha/models/*",         models_get        },
    { "POST",   "/v1/models/*",              chat_google       },
    { "POST",   "/v1beta/models/*",          chat_google       },
    { "POST",   "/v1alpha/models/*",         chat_google       },
    { "POST",   "/v1/embeddings",            pass_openai       },
    { "POST",   "/v1/completions",           pass_openai       },
    { "POST",   "/v1/moderations",           pass_openai       },
    { "POST",   "/v1/audio/transcriptions",  pass_openai       },
    { "POST",   "/v1/audio/translations",    pass_openai       },
    { "POST",   "/v1/audio/speech",          pass_openai       },
    { "POST",   "/v1/images/generations",    pass_openai       },
    { "POST",   "/v1/images/edits",          pass_openai       },
    { "POST",   "/v1/images/variations",     pass_openai       },
    { "POST",   "/v1/memory/search",         search_post       },
    { "GET",    "/v1/requests/*",            requests_get      },
    { "*",      "/v1/files*",                pass_refused      },
    { "*",      "/v1/batches*",              pass_refused      },
    { "*",      "/v1/messages/batches*",     pass_refused      },
    { "*",      "/v1/assistants*",           pass_refused      },
    { "*",      "/v1/threads*",              pass_refused      },
    { "*",      "/v1/fine_tuning/*",         pass_refused      },
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
static void
answer_not_found(struct call *c)
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

static void
answer_wrong_method(struct call *c, const char *allowed)
{
    struct error err;

    reply_header(c->reply, "Allow", str_from(allowed));
    error_ignore(refused(&err, ERR_METHOD, "method_not_allowed",
                         "The header Allow names the method that works.",
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
    struct str pattern = str_from(row->path);

    if (!str_ends(pattern, STR("*")))
        return str_equal(path, pattern);
    return str_starts(path, str_slice(pattern, 0, pattern.len - 1));
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

static void
dispatch(struct call *c)
{
    const struct route_row *other = NULL;

    if (cors_preflight(c))
        return;
    if (!is_straight(c->request->path)) {
        answer_not_found(c);
        return;
    }
    for (size_t i = 0; i < COUNT(routes); i++) {
        if (!has_path(&routes[i], c->request->path))
            continue;
        if (has_method(&routes[i], c->request->method)) {
            routes[i].serve(c);
            return;
        }
        other = &routes[i];
    }
    if (other)
        answer_wrong_method(c, other->method);
    else
        answer_not_found(c);
}

static void
refuse(struct call *c)
{
    struct error err;

    error_ignore(failed(&err, ERR_BUSY, "no thread was free in time"));
    reply_header_int(c->reply, "Retry-After", 2);
    routes_answer_error(c, &err);
}

void
routes_serve(void *owner, struct request *request, struct reply *reply,
             bool busy)
{
    struct log_line access;
    struct call     c = { owner, request, reply,
                          crypto_new_request_id(request->arena),
                          clock_now_ms(), clock_tick_us(), &access };

    log_begin(&access, LOG_INFO, "access");
    log_str(&access, "request", c.request_id);
    log_str(&access, "method", str_slice(request->method, 0, 16));
    log_str(&access, "path", str_slice(request->path, 0, 256));
    reply_header(reply, "X-Request-Id", c.request_id);
    cors_add(&c);
    reply_keep_headers(reply);
    if (busy)
        refuse(&c);
    else
        dispatch(&c);
    log_int(&access, "status", reply->committed ? reply->status : 499);
    log_int(&access, "bytes", (long long)reply->bytes);
    log_int(&access, "total_ms", (clock_tick_us() - c.start_us) / 1000);
    log_end(&access);
}
