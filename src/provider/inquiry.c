/* Calls that ask for a list of models. */
#include "provider/inquiry.h"

#include "base/buf.h"
#include "platform/conf.h"

#include "base/banned.h"

enum {
    PAGE_MAX_BYTES = 32 << 20,
    SILENCE_MAX_MS = 30 * 1000,
    HEADERS        = 3,
};

struct reply_parts {
    int         status;
    struct buf *body;    /* NULL: nobody reads it */
};

static enum status
on_head(void *owner, int status, const struct http_headers *headers,
        struct error *err)
{
    struct reply_parts *parts = owner;

    (void)headers, (void)err;
    parts->status = status;
    return OK;
}

static enum status
on_body(void *owner, struct str bytes, struct error *err)
{
    struct reply_parts *parts = owner;

    (void)err;
    if (parts->body)
        buf_add(parts->body, bytes);
    return OK;
}

static enum status
get(struct arena *a, const struct inquiry *q, struct str after,
    struct reply_parts *parts, struct error *err)
{
    enum dialect_id    dialect = listing_dialect(q->row);
    struct http_header headers[HEADERS] = {
        { STR("Accept"), STR("application/json") },
    };
    struct http_events events = { on_head, on_body, NULL, parts };
    struct http_call   call = {
        .method = "GET", .headers = { headers, 1 }, .watch_fd = -1,
        .connect_ms = q->conf->upstream_connect_ms,
        .silence_ms = q->conf->upstream_silence_seconds * 1000,
        .reply_max = PAGE_MAX_BYTES,
    };
    struct http_outcome outcome;
    struct str          url;
    enum status         st;

    if (!*q->row->origin)
        return failed(err, ERR_CONFIG, "it has no address: add a line "
                      "`provider %s url=...`", q->row->name);
    if (call.silence_ms > SILENCE_MAX_MS)
        call.silence_ms = SILENCE_MAX_MS;
    if (dialect == DIALECT_ANTHROPIC)
        headers[call.headers.count++] = (struct http_header){
            STR("anthropic-version"), STR("2023-06-01") };
    if (q->key.len)
        headers[call.headers.count++] = providers_key_header(
            a, providers_auth(q->row, dialect, AUTH_OF_DIALECT), q->key);
    if ((st = listing_url(a, q->row, dialect, after, &url, err)) != OK)
        return st;
    call.url = url.ptr;
    return http_run(q->http, a, &call, &events, &outcome, err);
}

enum status
inquiry_page(struct arena *a, const struct inquiry *q, struct str after,
             struct listing_page *page, struct error *err)
{
    struct reply_parts parts = { 0, buf_new(a, PAGE_MAX_BYTES) };
    enum status        st = get(a, q, after, &parts, err);

    if (st != OK)
        return st;
    if (parts.status != 200)
        return failed(err, ERR_UPSTREAM, "the provider answered with status "
                      "%d", parts.status);
    return listing_read(a, buf_str(parts.body), page, err);
}

const char *
inquiry_word(enum inquiry_verdict verdict)
{
    static const char *const words[] = {
        [INQUIRY_OK] = "ok",
        [INQUIRY_REFUSED] = "refused",
        [INQUIRY_UNREACHABLE] = "unreachable",
    };

    return words[verdict];
}

/* Some give their list to everybody. */
static bool
is_public(struct arena *a, const struct inquiry *q)
{
    struct inquiry     without = *q;
    struct reply_parts parts = { 0, NULL };
    struct error       err;

    without.key = STR_NONE;
    return get(a, &without, STR_NONE, &parts, &err) == OK &&
           parts.status == 200;
}

/* Google answers 400 to a key that it does not know. */
enum inquiry_verdict
inquiry_key(struct arena *a, const struct inquiry *q, struct str *note)
{
    struct reply_parts parts = { 0, NULL };
    struct error       err;

    *note = STR("");
    if (get(a, q, STR_NONE, &parts, &err) != OK) {
        *note = arena_copy(a, str_from(err.text));
        return INQUIRY_UNREACHABLE;
    }
    if (parts.status != 200)
        *note = arena_printf(a, "the provider answered with status %d",
                             parts.status);
    else if (is_public(a, q))
        *note = STR("it gives its list without a key, too");
    switch (parts.status) {
    case 200:
        return INQUIRY_OK;
    case 400: case 401: case 403:
        return INQUIRY_REFUSED;
    default:
        return INQUIRY_UNREACHABLE;
    }
}
