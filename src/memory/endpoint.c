/* One endpoint: its address, its key, its breaker, and calls of it. */
#include "memory/endpoint.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/breaker.h"
#include "memory/embed_wire.h"
#include "platform/clock.h"
#include "platform/http.h"

#include "base/banned.h"

enum {
    HEADERS_MAX  = 3,
    FAIR_TIME_US = 100000,  /* who is slower than that may be blamed */
};

struct endpoint {
    const struct conf *conf;
    struct http       *http;
    struct arena       arena;    /* of url and headers */
    const char        *url;
    struct http_header headers[HEADERS_MAX];
    size_t             header_count;
    pthread_mutex_t    lock;     /* of what follows */
    struct breaker     breaker;
    char               reason[ENDPOINT_REASON_BYTES];  /* of the last failure */
    unsigned           changes;
};

/* What came back. */
struct answer {
    int         status;
    int64_t     retry_after_s;
    struct buf *body;
};

enum status
endpoint_check(const struct conf *conf, struct error *err)
{
    struct str url = str_from(conf->embedding_url);

    if (!str_starts(url, STR("https://")) && !str_starts(url, STR("http://")))
        return failed(err, ERR_CONFIG, "embedding = http needs embedding_url ="
                      " https://HOST or http://HOST:PORT");
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == '@')
            return failed(err, ERR_CONFIG, "embedding_url must not hold "
                          "blanks, users and passwords: a key belongs into "
                          "embedding_key_file");
    for (const char *c = conf->embedding_key; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F)
            return failed(err, ERR_CONFIG, "embedding_key_file must hold one "
                          "key without blanks");
    return OK;
}

static const char *
full_url(struct arena *a, struct str url)
{
    const char *path = "/v1/embeddings";

    if (str_find_byte(url, '?') != STR_NOWHERE)
        return arena_copy(a, url).ptr;
    while (str_ends(url, STR("/")))
        url.len--;
    if (str_ends(url, STR("/embeddings")))
        path = "";
    else if (str_ends(url, STR("/v1")))
        path = "/embeddings";
    return arena_printf(a, "%.*s%s", STR_ARG(url), path).ptr;
}

struct endpoint *
endpoint_open(const struct conf *conf, struct http *http)
{
    struct endpoint *e = alloc_array_or_die(1, sizeof(*e));

    e->conf = conf;
    e->http = http;
    e->arena = ARENA_INIT;
    e->url = full_url(&e->arena, str_from(conf->embedding_url));
    e->headers[e->header_count++] = (struct http_header){
        STR("Content-Type"), STR("application/json") };
    e->headers[e->header_count++] = (struct http_header){
        STR("Accept"), STR("application/json") };
    if (*conf->embedding_key)
        e->headers[e->header_count++] = (struct http_header){
            STR("Authorization"),
            arena_printf(&e->arena, "Bearer %s", conf->embedding_key) };
    (void)pthread_mutex_init(&e->lock, NULL); /* cannot fail on Linux */
    return e;
}

void
endpoint_close(struct endpoint *e)
{
    (void)pthread_mutex_destroy(&e->lock); /* nobody holds it */
    arena_release(&e->arena);
    free(e);
}

unsigned
endpoint_look(struct endpoint *e, bool *down,
              char reason[ENDPOINT_REASON_BYTES])
{
    unsigned changes;

    (void)pthread_mutex_lock(&e->lock);
    *down = breaker_is_open(&e->breaker);
    memcpy(reason, e->reason, sizeof(e->reason));
    changes = e->changes;
    (void)pthread_mutex_unlock(&e->lock);
    return changes;
}

/* The breaker. */

static enum status
admit(struct endpoint *e, struct error *err)
{
    enum status st = OK;

    (void)pthread_mutex_lock(&e->lock);
    if (!breaker_admits(&e->breaker, clock_tick_us()))
        st = failed(err, ERR_UPSTREAM, "the endpoint is left alone for a "
                    "while (%s)", e->reason);
    (void)pthread_mutex_unlock(&e->lock);
    return st;
}

/* A refused text is no fault of the endpoint, and a caller that came late none
 * either. */
static void
settle(struct endpoint *e, enum status st, int64_t began_us,
       const struct answer *answer, const struct error *err)
{
    int64_t now_us = clock_tick_us();
    bool    was_open;

    if (st == ERR_TIMEOUT && now_us - began_us < FAIR_TIME_US)
        return;
    (void)pthread_mutex_lock(&e->lock);
    was_open = breaker_is_open(&e->breaker);
    if (st == OK || st == ERR_INPUT) {
        breaker_succeed(&e->breaker);
    } else {
        breaker_fail(&e->breaker, now_us, answer->retry_after_s * 1000000);
        (void)snprintf(e->reason, sizeof(e->reason), "%.*s",
                       (int)sizeof(e->reason) - 1, err->text);
    }
    e->changes += was_open != breaker_is_open(&e->breaker);
    (void)pthread_mutex_unlock(&e->lock);
}

/* A call. */

static enum status
on_head(void *owner, int status, const struct http_headers *headers,
        struct error *err)
{
    struct answer *answer = owner;
    int64_t        seconds;

    (void)err;
    answer->status = status;
    if (str_to_int(http_header(headers, "Retry-After"), &seconds) &&
        seconds > 0 && (status == 429 || status == 503))
        answer->retry_after_s =
            seconds < BREAKER_PAUSE_MAX_US / 1000000
                ? seconds : BREAKER_PAUSE_MAX_US / 1000000;
    return OK;
}

static enum status
on_body(void *owner, struct str bytes, struct error *err)
{
    struct answer *answer = owner;

    (void)err;
    buf_add(answer->body, bytes); /* http.c watches the length */
    return OK;
}

static enum status
check_status(int status, struct error *err)
{
    switch (status) {
    case 200:
        return OK;
    case 400: case 413: case 422:
        return failed(err, ERR_INPUT, "the endpoint refuses what it was sent, "
                      "with status %d", status);
    case 401: case 403:
        return failed(err, ERR_UPSTREAM, "status %d: check embedding_key_file",
                      status);
    case 404:
        return failed(err, ERR_UPSTREAM, "status 404: check embedding_url and "
                      "embedding_model");
    default:
        return failed(err, ERR_UPSTREAM, "status %d", status);
    }
}

/* Posts the body, and once more where a connection that was kept turned out
 * to be dead: asking twice does no harm. */
static enum status
post(struct endpoint *e, struct arena *a, struct str body, int64_t deadline_us,
     struct answer *answer, struct error *err)
{
    int64_t             left_ms = (deadline_us - clock_tick_us()) / 1000 + 1;
    struct http_events  events = { on_head, on_body, NULL, answer };
    struct http_outcome outcome;
    struct http_call    call = {
        .method = "POST", .url = e->url,
        .headers = { e->headers, e->header_count }, .body = body,
        .watch_fd = -1, .connect_ms = left_ms, .silence_ms = left_ms,
        .deadline_us = deadline_us, .reply_max = answer->body->max,
    };
    enum status         st;

    if (left_ms <= 1)
        return failed(err, ERR_TIMEOUT, "no time is left to ask the endpoint");
    st = http_run(e->http, a, &call, &events, &outcome, err);
    if (st == ERR_UPSTREAM && outcome.status == 0)
        st = http_run(e->http, a, &call, &events, &outcome, err);
    if (st == ERR_TOO_LARGE)
        return failed(err, ERR_UPSTREAM, "the reply is larger than %zu bytes",
                      call.reply_max);
    return st == OK ? check_status(answer->status, err) : st;
}

/* Under the configured model, and so many dimensions as were asked for. */
static size_t
wanted_dimensions(const struct endpoint *e, struct str model)
{
    return str_equal(model, str_from(e->conf->embedding_model))
               ? (size_t)e->conf->embedding_dimensions : 0;
}

enum status
endpoint_ask(struct endpoint *e, struct endpoint_batch *b, float *rows,
             struct error *err)
{
    size_t        wanted = wanted_dimensions(e, b->model);
    int64_t       began_us = clock_tick_us();
    int64_t       end_us = began_us + e->conf->embedding_timeout_ms * 1000;
    struct arena  a = ARENA_INIT;
    struct answer answer = { .status = 0 };
    struct buf   *body;
    enum status   st = admit(e, err);

    if (st != OK)
        return st;
    if (b->dimensions == 0)
        b->dimensions = wanted;
    if (b->deadline_us < end_us)
        end_us = b->deadline_us;
    body = buf_new(&a, SIZE_MAX);
    embed_wire_request(body, b->model, wanted, b->texts, b->count);
    answer.body = buf_new(&a, embed_wire_reply_max(b->count, b->dimensions));
    st = post(e, &a, buf_str(body), end_us, &answer, err);
    if (st == OK)
        st = embed_wire_reply(&a, buf_str(answer.body), b->count,
                              &b->dimensions, rows, err);
    settle(e, st, began_us, &answer, err);
    arena_release(&a);
    return st;
}
