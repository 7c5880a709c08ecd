/* The call to the provider, and the relay of its reply. */
#include "turn/forward.h"

#include "platform/clock.h"
#include "platform/sse.h"
#include "provider/demo.h"
#include "turn/capture.h"
#include "turn/debug.h"
#include "turn/headers.h"
#include "turn/measure.h"
#include "turn/plan.h"

#include "base/banned.h"

/* The relay while the call runs. */
struct relay {
    struct turn *turn;
    struct sse   events;
    bool         keep;      /* a good reply, to be read */
    struct buf   body;      /* of a reply that is no stream, to be read */
    struct buf   held;      /* its newest piece: the last byte goes out after
                               capture_ahead(); all of it when something is
                               added to it */
    struct buf   open;      /* an event whose end did not come yet */
    struct buf   ready;     /* events that go out together */
    bool         withhold;  /* the event that was just read */
    bool         given_up;  /* an error reply, dropped for the next provider */
    int64_t      start_us;
};

static bool
is_event_stream(const struct http_headers *headers)
{
    return str_starts_nocase(http_header(headers, "content-type"),
                             STR("text/event-stream"));
}

static void
on_event(void *owner, struct str event, struct str data)
{
    struct relay *r = owner;
    struct turn  *t = r->turn;

    (void)event; /* the data say their type too */
    dialect_read_event(t->dialect, &t->reading, data);
    r->withhold = t->withhold_usage && t->reading.usage_only;
    if (!t->reading.done)
        return;
    if (!t->note)
        capture_ahead(t);
    reply_last(t->reply);
}

/* Relays whole events, so that a stream that breaks off can still be told an
 * error, and without those that the client did not ask for.  An event past the
 * limit goes out as it comes. */
static enum status
relay_events(struct relay *r, struct str bytes, struct error *err)
{
    buf_clear(&r->ready);
    while (bytes.len) {
        size_t     end = str_find_byte(bytes, '\n');
        struct str line = str_slice(bytes, 0, end == STR_NOWHERE ? bytes.len
                                                                 : end + 1);

        bytes = str_slice(bytes, line.len, bytes.len);
        sse_feed(&r->events, line);
        buf_add(&r->open, line);
        if (!sse_at_boundary(&r->events) &&
            r->open.len < SSE_EVENT_MAX_BYTES)
            continue;
        if (!r->withhold)
            buf_add(&r->ready, buf_str(&r->open));
        r->withhold = false;
        buf_clear(&r->open);
    }
    if (r->ready.len == 0)
        return OK;
    return reply_write(r->turn->reply, buf_str(&r->ready), err);
}

/* Answers after which another provider may do better. */
static bool
is_worth_another(int status)
{
    return status == 429 || status >= 500;
}

static enum status
on_head(void *owner, int status, const struct http_headers *headers,
        struct error *err)
{
    struct relay *r = owner;
    struct reply *reply = r->turn->reply;

    if (is_worth_another(status) && plan_fallback(r->turn)) {
        r->given_up = true;
        return failed(err, ERR_UPSTREAM, "status %d", status);
    }
    r->keep = status >= 200 && status < 300;
    r->turn->event_stream = is_event_stream(headers);
    r->turn->debug = r->keep && debug_is_wanted(r->turn);
    reply->status = status;
    headers_pass_down(r->turn, headers);
    headers_add_memory(r->turn, (clock_tick_us() - r->start_us) / 1000);
    if (!r->turn->event_stream)
        return OK; /* its first bytes may still turn into an error of ours */
    measure_stream(r->turn, 1);
    reply_header(reply, "Cache-Control", STR("no-cache"));
    reply_header(reply, "X-Accel-Buffering", STR("no"));
    return reply_begin(reply, err);
}

/* What came before goes out, and the bytes wait for what comes next; of
 * Google's list of replies, each of which is to go out at once, the last
 * byte. */
static enum status
hold_back(struct relay *r, struct str bytes, struct error *err)
{
    struct reply *reply = r->turn->reply;
    size_t        out = r->turn->prompt.stream && bytes.len ? bytes.len - 1
                                                            : 0;
    enum status   st = OK;

    if (r->held.len)
        st = reply_write(reply, buf_str(&r->held), err);
    buf_clear(&r->held);
    if (st == OK && out)
        st = reply_write(reply, str_slice(bytes, 0, out), err);
    buf_add(&r->held, str_slice(bytes, out, bytes.len));
    return st;
}

static enum status
on_body(void *owner, struct str bytes, struct error *err)
{
    struct relay *r = owner;

    if (r->turn->event_stream && r->keep)
        return relay_events(r, bytes, err);
    if (r->turn->event_stream)
        return reply_write(r->turn->reply, bytes, err);
    if (r->keep)
        buf_add(&r->body, bytes);
    if (r->turn->debug) {
        buf_add(&r->held, bytes);
        return OK;
    }
    return hold_back(r, bytes, err);
}

/* An empty line between events keeps a silent stream alive. */
static enum status
on_tick(void *owner, struct error *err)
{
    struct relay *r = owner;

    if (!r->turn->event_stream || r->turn->reading.done ||
        !sse_at_boundary(&r->events))
        return OK;
    return reply_write(r->turn->reply, STR("\n"), err);
}

/* The call. */

static struct str
memory_lines(struct turn *t)
{
    struct buf *b = buf_new(t->arena, CAPTURE_MAX_BYTES);

    if (t->kept)
        return t->memories.text;
    for (size_t i = 0; i < t->found.count; i++) {
        buf_add(b, i ? STR("\n- ") : STR("- "));
        buf_add(b, t->found.hits[i].row.text);
    }
    return buf_str(b);
}

static enum status
call_provider(struct turn *t, const struct http_events *events,
              struct error *err)
{
    const struct conf *conf = t->service->conf;
    struct http_call   call = {
        .method = arena_copy(t->arena, t->request->method).ptr,
        .url = t->url.ptr,
        .headers = headers_up(t),
        .body = t->body,
        .watch_fd = reply_fd(t->reply),
        .connect_ms = conf->upstream_connect_ms,
        .silence_ms = conf->upstream_silence_seconds * 1000,
        .tick_ms = conf->keep_alive_seconds * 1000,
        .reply_max = (size_t)conf->reply_bytes,
    };
    struct demo_call demo = { t->body, STR_NONE, t->request_id, t->now_ms };

    if (!(t->route.provider->flags & PROVIDER_DEMO))
        return http_run(t->service->http, t->arena, &call, events,
                        &t->outcome, err);
    demo.memories = memory_lines(t);
    return demo_run(t->arena, &demo, events, &t->outcome, err);
}

/* What of the reply is still to go out. */
static struct str
last_bytes(struct relay *r)
{
    struct turn *t = r->turn;
    struct str   bytes = buf_str(t->event_stream ? &r->open : &r->held);

    if (!t->debug)
        return bytes;
    bytes = debug_add(t, bytes, (clock_tick_us() - r->start_us) / 1000);
    reply_header_int(t->reply, "Content-Length", (int64_t)bytes.len);
    return bytes;
}

/* The reply came to its end. */
static enum status
finish_good(struct relay *r, struct error *err)
{
    struct turn *t = r->turn;
    enum status  st;

    t->complete = true;
    if (t->event_stream)
        sse_end(&r->events);
    else if (r->keep && !r->body.full)
        dialect_read_body(t->dialect, &t->reading, buf_str(&r->body));
    capture_ahead(t);
    reply_last(t->reply);
    st = reply_write(t->reply, last_bytes(r), err);
    reply_finish(t->reply);
    return st;
}

/* It did not: say so as well as still can be. */
static void
finish_bad(struct relay *r, struct error *err)
{
    struct turn *t = r->turn;

    t->complete = t->reading.done; /* then only the connection was cut */
    if (err->status == ERR_UPSTREAM && t->outcome.status != 0)
        error_ignore(refused(err, ERR_UPSTREAM, "provider_reply_broken", NULL,
                             "The provider's reply broke off"));
    if (t->event_stream) {
        sse_end(&r->events);
        capture_ahead(t);
    }
    if (t->complete && t->reply->committed)
        reply_finish(t->reply);
    else
        forward_answer_error(t, err);
}

void
forward_answer_error(struct turn *t, const struct error *err)
{
    struct reply *r = t->reply;
    struct error  ignored;
    struct str    body;

    if (err->status != ERR_CLIENT_GONE)
        log_error(error_http(err->status) >= 500 ? LOG_WARN : LOG_INFO,
                  "refused", err);
    if (r->finished || r->gone || err->status == ERR_CLIENT_GONE ||
        (r->committed && !t->event_stream)) {
        reply_abort(r);
        return;
    }
    if (r->committed) {
        /* It may be gone by now; then nobody wants to know. */
        error_ignore(reply_write(
            r, t->dialect->error_event(t->arena, err), &ignored));
        reply_finish(r);
        return;
    }
    reply_drop_headers(r);
    body = t->dialect->error_body(t->arena, err);
    if (err->status == ERR_STORE || err->status == ERR_BUSY)
        reply_header_int(r, "Retry-After", 1);
    headers_add_memory(t, 0);
    /* It may be gone; then nobody wants to know. */
    error_ignore(reply_whole(r, error_http(err->status), "application/json",
                             body, &ignored));
    request_drain(t->request);
    reply_finish(r);
}

/* One call, and once more when no connection could be made: nothing was sent
 * then.  What may have reached a model is never sent again. */
static enum status
call_twice(struct relay *r, const struct http_events *events,
           struct error *err)
{
    enum status st = call_provider(r->turn, events, err);

    if (st != ERR_UPSTREAM || r->turn->outcome.sent ||
        r->turn->outcome.status != 0)
        return st;
    return call_provider(r->turn, events, err);
}

/* The provider, and while they may do better, its fallbacks. */
static enum status
call_all(struct relay *r, const struct http_events *events, struct error *err)
{
    for (;;) {
        enum status st = call_twice(r, events, err);
        bool unsent = (st == ERR_UPSTREAM || st == ERR_TIMEOUT) &&
                      !r->turn->outcome.sent;

        if (!r->given_up && !(unsent && plan_fallback(r->turn)))
            return st;
        r->given_up = false;
    }
}

enum status
forward_run(struct turn *t, struct error *err)
{
    struct relay       r = { .turn = t, .start_us = clock_tick_us() };
    struct http_events events = { on_head, on_body, on_tick, &r };
    enum status        st;

    r.body = BUF_INIT(CAPTURE_MAX_BYTES);
    r.open = BUF_INIT(SSE_EVENT_MAX_BYTES * 2);
    r.ready = BUF_INIT(SSE_EVENT_MAX_BYTES * 4);
    r.held = BUF_INIT((size_t)t->service->conf->reply_bytes);
    sse_init(&r.events, SSE_EVENT_MAX_BYTES, on_event, &r);
    st = call_all(&r, &events, err);
    if (st == OK)
        st = finish_good(&r, err);
    else
        finish_bad(&r, err);
    if (t->event_stream)
        measure_stream(t, -1);
    sse_release(&r.events);
    buf_release(&r.body);
    buf_release(&r.held);
    buf_release(&r.open);
    buf_release(&r.ready);
    return OK; /* the caller was answered, well or badly */
}
