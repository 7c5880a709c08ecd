/* Replies: head, body, end. */
#include "web/reply.h"

#include <sys/socket.h>

#include <fcgiapp.h>

#include "base/banned.h"

void
reply_init(struct reply *r, struct arena *a, struct FCGX_Request *fcgx,
           bool head_only)
{
    memset(r, 0, sizeof(*r));
    r->arena = a;
    r->fcgx = fcgx;
    r->status = 200;
    r->head_only = head_only;
    r->headers = buf_new(a, REPLY_HEAD_MAX_BYTES);
}

void
reply_on_last(struct reply *r, void (*last)(void *owner), void *owner)
{
    r->last = last;
    r->owner = owner;
}

void
reply_last(struct reply *r)
{
    if (r->last)
        r->last(r->owner);
    r->last = NULL;
}

static void
add_clean(struct buf *b, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if (c >= 0x20 && c != 0x7F)
            buf_add_byte(b, (char)c);
    }
}

void
reply_header(struct reply *r, const char *name, struct str value)
{
    add_clean(r->headers, str_from(name));
    buf_add(r->headers, STR(": "));
    add_clean(r->headers, value);
    buf_add(r->headers, STR("\r\n"));
}

void
reply_header_int(struct reply *r, const char *name, int64_t value)
{
    buf_printf(r->headers, "%s: %lld\r\n", name, (long long)value);
}

void
reply_keep_headers(struct reply *r)
{
    r->own_headers = r->headers->len;
}

void
reply_drop_headers(struct reply *r)
{
    r->headers->len = r->own_headers;
}

static enum status
send_now(struct reply *r, struct str bytes, struct error *err)
{
    while (bytes.len && !r->gone) {
        size_t part = bytes.len < 1 << 20 ? bytes.len : 1 << 20;

        r->gone = FCGX_PutStr(bytes.ptr, (int)part, r->fcgx->out) < 0;
        bytes = str_slice(bytes, part, bytes.len);
    }
    /* After an error libfcgi says 0 again once its buffer was dropped, so the
     * stream's own error decides. */
    if (!r->gone)
        r->gone = FCGX_FFlush(r->fcgx->out) < 0 ||
                  FCGX_GetError(r->fcgx->out) != 0;
    if (r->gone)
        return failed(err, ERR_CLIENT_GONE, "the client left");
    return OK;
}

static const char *
reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
    }
}

enum status
reply_begin(struct reply *r, struct error *err)
{
    struct str head;

    if (r->committed)
        return OK;
    if (r->gone || r->finished)
        return failed(err, ERR_CLIENT_GONE, "the client left");
    r->committed = true;
    head = arena_printf(r->arena, "Status: %d %s\r\n%.*s\r\n", r->status,
                        reason(r->status), STR_ARG(buf_str(r->headers)));
    return send_now(r, head, err);
}

enum status
reply_write(struct reply *r, struct str bytes, struct error *err)
{
    enum status st = reply_begin(r, err);

    if (st != OK)
        return st;
    if (r->gone)
        return failed(err, ERR_CLIENT_GONE, "the client left");
    r->bytes += bytes.len;
    return r->head_only ? OK : send_now(r, bytes, err);
}

enum status
reply_whole(struct reply *r, int status, const char *content_type,
            struct str body, struct error *err)
{
    r->status = status;
    if (content_type)
        reply_header(r, "Content-Type", str_from(content_type));
    if (status != 204)
        reply_header_int(r, "Content-Length", (int64_t)body.len);
    reply_last(r);
    return reply_write(r, body, err);
}

void
reply_finish(struct reply *r)
{
    if (r->finished)
        return;
    reply_last(r);
    r->finished = true;
    FCGX_Finish_r(r->fcgx);
}

void
reply_abort(struct reply *r)
{
    if (r->finished)
        return;
    /* Without the end record the web server takes the reply as broken. */
    if (r->fcgx->ipcFd >= 0)
        (void)shutdown(r->fcgx->ipcFd, SHUT_RDWR); /* it may be gone */
    r->gone = true;
    reply_finish(r);
}

int
reply_fd(const struct reply *r)
{
    return r->finished ? -1 : r->fcgx->ipcFd;
}
