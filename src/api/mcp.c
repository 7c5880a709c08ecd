/*
 * POST /mcp: the Model Context Protocol over Streamable HTTP.  Source: its
 * specification, "Transports", revisions 2025-03-26 to 2026-07-28.
 *
 * There are no sessions and no streams that we begin, so GET and DELETE are
 * not for us, as the specification allows.
 */
#include "api/mcp.h"

#include "api/cors.h"
#include "api/endpoints.h"
#include "api/mcp_methods.h"

#include "base/banned.h"

/* One POST and its answer. */
struct exchange_of {
    struct mcp         mcp;
    struct mcp_headers headers;
    struct buf        *answer;   /* JSON; empty: nothing is to be said */
    int                status;   /* of HTTP */
    bool               stream;   /* the client takes events only */
};

static bool
accepts(struct str accept, const char *type)
{
    return str_find(accept, str_from(type)) != STR_NOWHERE;
}

/* JSON unless only events are taken.  Without the header all is. */
static enum status
check_accept(struct exchange_of *x, struct error *err)
{
    struct str accept = request_header(x->mcp.who.call->request, "accept");
    bool       json = accept.len == 0 || accepts(accept, "*/*") ||
                accepts(accept, "application/json") ||
                accepts(accept, "application/*");

    x->stream = !json && (accepts(accept, "text/event-stream") ||
                          accepts(accept, "text/*"));
    if (json || x->stream)
        return OK;
    x->status = 406;
    return refused(err, ERR_INPUT, "not_acceptable",
                   "Send Accept: application/json, text/event-stream.",
                   "Not Acceptable");
}

static enum status
check_type(struct exchange_of *x, struct error *err)
{
    struct str type = request_header(x->mcp.who.call->request,
                                     "content-type");
    struct str rest;

    (void)str_cut(type, ';', &type, &rest); /* may have no parameters */
    if (str_equal_nocase(str_trim(type), STR("application/json")))
        return OK;
    x->status = 415;
    return refused(err, ERR_INPUT, "unsupported_media_type",
                   "Send Content-Type: application/json.",
                   "Unsupported Media Type");
}

/* Browsers say whose page it is; a page of a stranger must not get in, also
 * not by a name that it makes point to us. */
static enum status
check_origin(const struct call *c, struct error *err)
{
    if (request_header(c->request, "origin").len == 0 || cors_allows(c))
        return OK;
    return refused(err, ERR_FORBIDDEN, "origin_not_allowed",
                   "Name it in the option cors_origins.",
                   "This Origin is not allowed");
}

/* What the key's suffix leaves of its scopes. */
static int
rights_of(const struct caller *who)
{
    static const struct {
        enum right right;
        int        tools;
    } scopes[] = { { RIGHT_READ, MCP_READ }, { RIGHT_WRITE, MCP_WRITE } };
    int rights = 0;

    for (size_t i = 0; i < COUNT(scopes); i++)
        if (rights_have(who->access.rights, scopes[i].right))
            rights |= scopes[i].tools;
    switch (who->credentials.mode) {
    case MODE_READ: return rights & MCP_READ;
    case MODE_WRITE: return rights & MCP_WRITE;
    case MODE_OFF: return 0;
    default: return rights;
    }
}

static enum status
open_exchange(struct exchange_of *x, struct error *err)
{
    struct call    *c = x->mcp.who.call;
    struct request *r = c->request;
    enum status     st;

    if ((st = check_origin(c, err)) != OK ||
        (st = caller_check(c, &x->mcp.who, err)) != OK ||
        (st = check_accept(x, err)) != OK ||
        (st = check_type(x, err)) != OK ||
        (st = request_read_body(r, (size_t)c->service->conf->body_bytes,
                                err)) != OK)
        return st;
    caller_note_use(&x->mcp.who);
    x->mcp.rights = rights_of(&x->mcp.who);
    x->headers.version = str_trim(request_header(r, "mcp-protocol-version"));
    x->headers.method = str_trim(request_header(r, "mcp-method"));
    x->headers.name = str_trim(request_header(r, "mcp-name"));
    return caller_catch_up(&x->mcp.who, err);
}

/* Errors. */

/* The status of an answer that is an error.  Before 2026-07-28 errors of
 * methods are answers like any other: to some clients of that time (the Python
 * SDK 1.30) any other status is the end of the connection. */
static int
http_status(const struct mcp *m, const struct error *err)
{
    static const char *const of_methods[] = {
        "method_not_found", "invalid_params", "resource_not_found",
        "insufficient_rights",
    };
    bool answered = false;

    for (size_t i = 0; i < COUNT(of_methods); i++)
        answered = answered || strcmp(err->code, of_methods[i]) == 0;
    return answered && m->version < MCP_2026_07_28 ? 200
                                                   : error_http(err->status);
}

static struct str
facts_of(const struct exchange_of *x, const struct error *err)
{
    struct buf *b;

    if (strcmp(err->code, "unsupported_protocol_version") != 0)
        return STR_NONE;
    b = buf_new(x->mcp.arena, 4096);
    buf_add(b, STR("{\"supported\":"));
    mcp_version_add_names(b);
    buf_add(b, STR(",\"requested\":"));
    json_add_string(b, str_slice(x->headers.version, 0, 64));
    buf_add_byte(b, '}');
    return buf_str(b);
}

static void
add_error(struct exchange_of *x, struct str id, const struct error *err)
{
    log_str(x->mcp.who.call->access, "error", str_from(err->code));
    if (!err->for_caller)
        log_error(LOG_WARN, "mcp", err);
    jsonrpc_add_error(x->answer, id, err, facts_of(x, err));
    if (x->status == 200)
        x->status = http_status(&x->mcp, err);
}

/* Messages. */

static enum status
serve_request(struct exchange_of *x, const struct jsonrpc_message *message,
              struct error *err)
{
    struct buf *result = buf_new(x->mcp.arena, MCP_RESULT_MAX_BYTES);
    enum status st = mcp_version_of_request(x->mcp.arena, &x->headers,
                                            message, &x->mcp.version, err);

    log_str(x->mcp.who.call->access, "mcp",
            str_from(mcp_methods_name(message->method)));
    if (st == OK)
        st = mcp_methods_run(&x->mcp, message, result, err);
    if (st == OK)
        jsonrpc_add_result(x->answer, message->id, buf_str(result));
    return st;
}

/* One message; what went wrong is part of the answer. */
static void
serve_message(struct exchange_of *x, const struct json *value, bool in_batch)
{
    struct jsonrpc_message message;
    struct error           err;
    enum status            st = jsonrpc_read(x->mcp.arena, value, &message,
                                             &err);

    if (st == OK && message.kind == JSONRPC_RESPONSE &&
        x->mcp.version >= MCP_2026_07_28)
        st = refused(&err, ERR_INPUT, "invalid_message", NULL,
                     "Invalid Request: nothing was asked");
    if (st == OK && in_batch &&
        str_equal(message.method, STR("initialize")))
        st = refused(&err, ERR_INPUT, "invalid_message", NULL,
                     "Invalid Request: initialize stands alone");
    if (st == OK && message.kind == JSONRPC_REQUEST)
        st = serve_request(x, &message, &err);
    if (st != OK)
        add_error(x, message.id, &err);
}

static size_t
count_items(const struct json *array)
{
    struct json_item item = { 0 };
    size_t           count = 0;

    while (json_next(array, &item))
        count++;
    return count;
}

/* Several messages in one, which only the first revision has. */
static enum status
serve_batch(struct exchange_of *x, const struct json *batch,
            struct error *err)
{
    struct json_item item = { 0 };
    size_t           count = count_items(batch);
    struct buf      *all = buf_new(x->mcp.arena, MCP_RESULT_MAX_BYTES);

    if (x->mcp.version != MCP_2025_03_26)
        return refused(err, ERR_INPUT, "invalid_message",
                       "Send each message by itself.",
                       "Invalid Request: this revision has no batches");
    if (count == 0 || count > JSONRPC_BATCH_MAX)
        return refused(err, ERR_INPUT, "invalid_message", NULL,
                       "Invalid Request: a batch has 1 to %d messages",
                       JSONRPC_BATCH_MAX);
    while (json_next(batch, &item)) {
        buf_clear(x->answer);
        serve_message(x, &item.value, true);
        if (x->answer->len == 0)
            continue;
        buf_add(all, all->len ? STR(",") : STR("["));
        buf_add(all, buf_str(x->answer));
    }
    if (all->len)
        buf_add_byte(all, ']');
    x->answer = all;
    x->status = 200;
    return buf_finish(all, "batch", err);
}

static enum status
serve_body(struct exchange_of *x, struct error *err)
{
    const struct call *c = x->mcp.who.call;
    struct json        root;
    enum status st = json_parse(c->request->body,
                                (size_t)c->service->conf->json_depth, &root,
                                err);

    if (st != OK)
        return st;
    /* What has no method of its own is judged by the header. */
    st = mcp_version_of_headers(&x->headers, &x->mcp.version, err);
    if (root.type == JSON_ARRAY)
        return st == OK ? serve_batch(x, &root, err) : st;
    if (st != OK && json_member(&root, "id").type == JSON_NONE)
        return st;
    serve_message(x, &root, false);
    return OK;
}

/* The answer. */

static void
send_stream(struct exchange_of *x)
{
    struct reply *r = x->mcp.who.call->reply;
    struct buf   *b = buf_new(x->mcp.arena, x->answer->len + 64);
    struct error  ignored;

    buf_add(b, STR("event: message\ndata: "));
    buf_add(b, buf_str(x->answer));
    buf_add(b, STR("\n\n"));
    reply_header(r, "Cache-Control", STR("no-cache"));
    reply_header(r, "X-Accel-Buffering", STR("no"));
    /* A client that left wants no answer. */
    error_ignore(reply_whole(r, x->status, "text/event-stream", buf_str(b),
                             &ignored));
}

static void
send_answer(struct exchange_of *x)
{
    struct call *c = x->mcp.who.call;
    struct error ignored;

    request_drain(c->request);
    if (x->status == 401)
        reply_header(c->reply, "WWW-Authenticate", STR("Bearer"));
    if (x->status == 503)
        reply_header_int(c->reply, "Retry-After", 1);
    if (x->answer->len && x->stream && x->status == 200) {
        send_stream(x);
        return;
    }
    if (x->answer->len == 0)
        x->status = 202;
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, x->status,
                             x->answer->len ? "application/json" : NULL,
                             buf_str(x->answer), &ignored));
}

void
mcp_post(struct call *c)
{
    struct arena      *a = c->request->arena;
    struct exchange_of x = { .answer = buf_new(a, MCP_RESULT_MAX_BYTES * 2),
                             .status = 200 };
    struct error       err;
    enum status        st;

    x.mcp.who.call = c;
    x.mcp.arena = a;
    st = open_exchange(&x, &err);
    if (st == OK)
        st = serve_body(&x, &err);
    if (st == OK)
        st = buf_finish(x.answer, "answer", &err);
    if (st != OK) {
        buf_clear(x.answer);
        add_error(&x, STR_NONE, &err);
    }
    send_answer(&x);
}
