/* Calls to providers: warm libcurl handles, one call a thread at a time. */
#include "platform/http.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "platform/clock.h"
#include "platform/conf.h"

#include "base/banned.h"

enum {
    HEADERS_MAX           = 100,
    HEADER_LINE_MAX_BYTES = PARAM_VALUE_MAX_BYTES * 2,
    IDLE_HANDLES_MAX      = 256,
    POLL_MS_MAX           = 1000,
};

/* A multi handle keeps the connections, so each easy handle has its own. */
struct handle {
    struct handle *below;
    CURLM         *multi;
    CURL          *easy;
};

struct http {
    pthread_mutex_t lock;
    struct handle  *top;
    size_t          idle;
    X509_STORE     *authorities;  /* parsed once, not per connection */
};

/* A call while it runs. */
struct run {
    const struct http_call   *call;
    const struct http_events *events;
    struct http_outcome      *outcome;
    CURL                     *easy;
    struct arena             *arena;
    struct error             *err;
    struct http_headers       headers;
    size_t                    head_bytes;
    size_t                    body_bytes;
    bool                      head_done;
    int64_t                   moved_us;   /* the last byte, either way */
    int64_t                   ticked_us;
    curl_off_t                uploaded;
    enum status               stopped;    /* by us: OK while it runs */
};

enum status
http_open(struct http **http, struct error *err)
{
    struct http *h;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return failed(err, ERR_INTERNAL, "libcurl cannot be used");
    h = alloc_array_or_die(1, sizeof(*h));
    (void)pthread_mutex_init(&h->lock, NULL); /* cannot fail on Linux */
    h->authorities = X509_STORE_new();
    if (!h->authorities || X509_STORE_set_default_paths(h->authorities) != 1) {
        http_close(h);
        return failed(err, ERR_INTERNAL, "no store of certificate authorities");
    }
    *http = h;
    return OK;
}

static void
free_handle(struct handle *h)
{
    curl_easy_cleanup(h->easy);
    (void)curl_multi_cleanup(h->multi); /* nothing is in it */
    free(h);
}

void
http_close(struct http *http)
{
    while (http->top) {
        struct handle *h = http->top;

        http->top = h->below;
        free_handle(h);
    }
    X509_STORE_free(http->authorities);
    (void)pthread_mutex_destroy(&http->lock); /* nobody holds it */
    free(http);
}

static struct handle *
take_handle(struct http *http)
{
    struct handle *h;

    (void)pthread_mutex_lock(&http->lock);
    h = http->top;
    if (h) {
        http->top = h->below;
        http->idle--;
    }
    (void)pthread_mutex_unlock(&http->lock);
    if (h)
        return h;
    h = alloc_array_or_die(1, sizeof(*h));
    h->multi = curl_multi_init();
    h->easy = curl_easy_init();
    if (!h->multi || !h->easy)
        abort(); /* out of memory */
    return h;
}

static void
give_handle(struct http *http, struct handle *h)
{
    bool keep;

    curl_easy_reset(h->easy);
    (void)pthread_mutex_lock(&http->lock);
    keep = http->idle < IDLE_HANDLES_MAX;
    if (keep) {
        h->below = http->top;
        http->top = h;
        http->idle++;
    }
    (void)pthread_mutex_unlock(&http->lock);
    if (!keep)
        free_handle(h);
}

/* What libcurl calls. */

static CURLcode
on_tls(CURL *easy, void *context, void *owner)
{
    (void)easy;
    SSL_CTX_set1_cert_store(context, owner);
    return CURLE_OK;
}

static size_t
stop(struct run *r, enum status why)
{
    r->stopped = why;
    return 0;
}

/* Tells the caller the head, once. */
static enum status
give_head(struct run *r)
{
    long status = 0;

    if (r->head_done)
        return OK;
    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    r->head_done = true;
    r->outcome->status = (int)status;
    r->outcome->first_us = clock_tick_us();
    return r->events->head(r->events->owner, (int)status, &r->headers, r->err);
}

/* The empty line behind a head; a 100 (Continue) is followed by another. */
static size_t
end_head(struct run *r, size_t len)
{
    long        status = 0;
    enum status st;

    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return len;
    st = give_head(r);
    return st == OK ? len : stop(r, st);
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *owner)
{
    struct run *r = owner;
    struct str  line = { bytes, size * count };
    struct str  name, value;

    r->moved_us = clock_tick_us();
    r->head_bytes += line.len;
    if (r->head_bytes > UPSTREAM_HEAD_MAX_BYTES)
        return stop(r, failed(r->err, ERR_UPSTREAM,
                              "the provider's headers are larger than %d bytes",
                              UPSTREAM_HEAD_MAX_BYTES));
    if (str_starts(line, STR("HTTP/"))) {
        r->headers.count = 0; /* a 100 came before, or trailers end */
        return line.len;
    }
    if (str_trim(line).len == 0)
        return end_head(r, line.len);
    if (r->head_done || r->headers.count == HEADERS_MAX ||
        !str_cut(str_trim(line), ':', &name, &value))
        return line.len;
    r->headers.list[r->headers.count].name =
        arena_copy(r->arena, str_trim(name));
    r->headers.list[r->headers.count++].value =
        arena_copy(r->arena, str_trim(value));
    return line.len;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct run *r = owner;
    struct str  piece = { bytes, size * count };
    enum status st = give_head(r);

    if (st != OK)
        return stop(r, st);
    r->moved_us = r->ticked_us = clock_tick_us();
    r->body_bytes += piece.len;
    if (r->body_bytes > r->call->reply_max)
        return stop(r, failed(r->err, ERR_TOO_LARGE,
                              "the provider's reply is larger than %zu bytes",
                              r->call->reply_max));
    st = r->events->body(r->events->owner, piece, r->err);
    return st == OK ? piece.len : stop(r, st);
}

static int
on_progress(void *owner, curl_off_t down_all, curl_off_t down,
            curl_off_t up_all, curl_off_t up)
{
    struct run *r = owner;

    (void)down_all, (void)down, (void)up_all;
    if (up != r->uploaded) {
        r->uploaded = up;
        r->moved_us = clock_tick_us();
    }
    return 0;
}

/* Before the request goes out.  libcurl would send it again where a connection
 * that was used before breaks off without a reply; but it may have been
 * read. */
static int
on_send(void *owner, char *to_ip, char *from_ip, int to_port, int from_port)
{
    struct run *r = owner;

    (void)to_ip, (void)from_ip, (void)to_port, (void)from_port;
    if (r->outcome->sent)
        return CURL_PREREQFUNC_ABORT;
    r->outcome->sent = true;
    return CURL_PREREQFUNC_OK;
}

/* Setting up. */

/* Whether a line can hold it.  A line break in it would begin another header,
 * or another request, on a connection that others use too. */
static bool
is_header(const struct http_header *h)
{
    static const char breaks[] = { '\r', '\n', '\0' };

    for (size_t i = 0; i < COUNT(breaks); i++)
        if (str_find_byte(h->value, breaks[i]) != STR_NOWHERE)
            return false;
    return h->name.len + h->value.len < HEADER_LINE_MAX_BYTES - 3;
}

static enum status
check_headers(const struct http_headers *headers, struct error *err)
{
    for (size_t i = 0; i < headers->count; i++)
        if (!is_header(&headers->list[i]))
            return failed(err, ERR_INTERNAL, "the header %.*s has bytes that "
                          "no header can have",
                          STR_ARG(headers->list[i].name));
    return OK;
}

static struct curl_slist *
header_list(const struct http_headers *headers)
{
    struct buf         line = BUF_INIT(HEADER_LINE_MAX_BYTES);
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    if (list)
        list = curl_slist_append(list, "Accept-Encoding: identity");
    for (size_t i = 0; list && i < headers->count; i++) {
        const struct http_header *h = &headers->list[i];

        buf_clear(&line);
        buf_add(&line, h->name);
        buf_add(&line, h->value.len ? STR(": ") : STR(";"));
        buf_add(&line, h->value);
        buf_add_byte(&line, '\0');
        list = curl_slist_append(list, line.ptr);
    }
    buf_release(&line);
    if (!list)
        abort(); /* out of memory */
    return list;
}

static void
set_options(CURL *easy, struct http *http, struct run *r,
            struct curl_slist *headers)
{
    const struct http_call *call = r->call;
    bool plain = str_starts_nocase(str_from(call->url), STR("http://"));

    /* Constant options of right types cannot fail. */
    (void)curl_easy_setopt(easy, CURLOPT_URL, call->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                           plain ? "http" : "https");
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    /* We ask for none, and decode what comes all the same. */
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)call->body.len);
    if (call->body.len)
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.ptr);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)call->connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, r);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, r);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, r);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, r);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, http->authorities);
}

/* Running. */

/* The request was sent whole and its body read to the end, so whatever comes
 * now is the end of the connection or an abort. */
static bool
client_left(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static enum status
check_clock(struct run *r)
{
    int64_t now = clock_tick_us();

    if (r->call->deadline_us && now > r->call->deadline_us)
        return failed(r->err, ERR_TIMEOUT, "the call was not done in time");
    if (now - r->moved_us > r->call->silence_ms * 1000)
        return failed(r->err, ERR_TIMEOUT,
                      "the provider was silent for %lld ms",
                      (long long)r->call->silence_ms);
    if (!r->head_done || !r->events->tick || r->call->tick_ms == 0 ||
        now - r->ticked_us < r->call->tick_ms * 1000)
        return OK;
    r->ticked_us = now;
    return r->events->tick(r->events->owner, r->err);
}

static int
poll_ms(const struct run *r)
{
    int64_t most = POLL_MS_MAX;
    int64_t left = (r->call->deadline_us - clock_tick_us()) / 1000;

    if (r->call->deadline_us && left < most)
        most = left > 0 ? left : 0;
    if (r->call->tick_ms && r->call->tick_ms < most)
        most = r->call->tick_ms;
    if (r->call->silence_ms < most)
        most = r->call->silence_ms;
    return (int)most + 1;
}

static enum status
drive(CURLM *multi, struct run *r)
{
    struct curl_waitfd client = { r->call->watch_fd, CURL_WAIT_POLLIN, 0 };
    unsigned           watched = r->call->watch_fd >= 0 ? 1 : 0;
    int                running = 1;
    enum status        st;

    for (;;) {
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return failed(r->err, ERR_INTERNAL, "curl_multi_perform");
        if (!running || r->stopped != OK)
            return r->stopped;
        if ((st = check_clock(r)) != OK)
            return st;
        client.revents = 0;
        if (curl_multi_poll(multi, watched ? &client : NULL, watched,
                            poll_ms(r), NULL) != CURLM_OK)
            return failed(r->err, ERR_INTERNAL, "curl_multi_poll");
        if (client.revents && client_left(r->call->watch_fd)) {
            r->outcome->watched_gone = true;
            return failed(r->err, ERR_CLIENT_GONE, "the client left");
        }
    }
}

static enum status
curl_failure(struct run *r, CURLcode code)
{
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        return failed(r->err, ERR_TIMEOUT, "no connection within %lld ms",
                      (long long)r->call->connect_ms);
    default:
        return failed(r->err, ERR_UPSTREAM, "curl %d: %s", (int)code,
                      curl_easy_strerror(code));
    }
}

/* How the transfer itself ended. */
static enum status
finish(struct handle *h, struct run *r)
{
    CURLMsg *message;
    CURLcode code = CURLE_OK;
    int      left;

    while ((message = curl_multi_info_read(h->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    if (code != CURLE_OK)
        return curl_failure(r, code);
    return give_head(r);
}

enum status
http_run(struct http *http, struct arena *a, const struct http_call *call,
         const struct http_events *events, struct http_outcome *outcome,
         struct error *err)
{
    struct handle     *h;
    struct curl_slist *headers;
    enum status        st = check_headers(&call->headers, err);
    struct run         r = {
        .call = call, .events = events, .outcome = outcome,
        .arena = a, .err = err, .moved_us = clock_tick_us(),
        .ticked_us = clock_tick_us(),
    };

    memset(outcome, 0, sizeof(*outcome));
    if (st != OK)
        return st;
    h = take_handle(http);
    r.easy = h->easy;
    headers = header_list(&call->headers);
    r.headers.list = arena_array(a, struct http_header, HEADERS_MAX);
    set_options(h->easy, http, &r, headers);
    if (curl_multi_add_handle(h->multi, h->easy) != CURLM_OK)
        abort(); /* our own mistake */
    st = drive(h->multi, &r);
    if (st == OK)
        st = finish(h, &r);
    (void)curl_multi_remove_handle(h->multi, h->easy); /* it was added */
    give_handle(http, h);
    curl_slist_free_all(headers);
    return st;
}

enum status
http_resolve(struct arena *a, const char *url, struct str location,
             const char **target, struct error *err)
{
    CURLU *parts = curl_url();
    char  *whole = NULL;
    bool   good;

    if (!parts)
        abort(); /* out of memory */
    good = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
           curl_url_set(parts, CURLUPART_URL, arena_copy(a, location).ptr,
                        0) == CURLUE_OK &&
           curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK;
    if (good)
        *target = arena_copy(a, str_from(whole)).ptr;
    curl_free(whole);
    curl_url_cleanup(parts);
    return good ? OK : failed(err, ERR_UPSTREAM, "the redirect leads nowhere");
}

struct str
http_header(const struct http_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (str_equal_nocase(headers->list[i].name, str_from(name)))
            return headers->list[i].value;
    return STR_NONE;
}
