/*
 * Calls to providers, by libcurl.
 *
 * A process keeps a stack of warm handles: the handle that was used last is
 * used next, so connections and TLS sessions are reused.  While a call runs,
 * the client's descriptor is watched too: a client that leaves ends the call
 * at once.  Redirects are never followed.  Any thread may call.
 */
#ifndef PLATFORM_HTTP_H
#define PLATFORM_HTTP_H

#include "base/arena.h"

struct http;  /* the stack of handles, one per process */

struct http_header {
    struct str name;
    struct str value;
};

struct http_headers {
    struct http_header *list;
    size_t              count;
};

/* What the caller wants to know while the call runs.  Any status but OK ends
 * the call and is passed on. */
struct http_events {
    /* Once, when the status and all headers are known. */
    enum status (*head)(void *owner, int status,
                        const struct http_headers *headers, struct error *err);
    /* Bytes of the body as they arrive. */
    enum status (*body)(void *owner, struct str bytes, struct error *err);
    /* Nothing arrived for tick_ms; may be NULL. */
    enum status (*tick)(void *owner, struct error *err);
    void *owner;
};

struct http_call {
    const char          *method;      /* "POST" */
    const char          *url;         /* http or https */
    struct http_headers  headers;
    struct str           body;
    int                  watch_fd;    /* of the client, or -1 */
    int64_t              connect_ms;
    int64_t              silence_ms;  /* from the last byte either way */
    int64_t              deadline_us; /* as clock_tick_us(); 0: none */
    int64_t              tick_ms;     /* 0: no ticks */
    size_t               reply_max;   /* bytes of body */
};

/* How far the call came; good also when it failed. */
struct http_outcome {
    int     status;       /* 0: no reply began */
    bool    sent;         /* the provider may have seen the request */
    bool    watched_gone; /* the client left */
    int64_t first_us;     /* clock_tick_us() of the head, 0 without one */
};

enum status http_open(struct http **http, struct error *err) MUST_CHECK;
void http_close(struct http *http);

/*
 * One call, start to end.
 *
 * a        keeps the reply's headers
 * Errors   ERR_INTERNAL (a header that is none), ERR_UPSTREAM (no connection,
 *          broken or garbled reply), ERR_TIMEOUT, ERR_TOO_LARGE (reply),
 *          ERR_CLIENT_GONE, or what an event returned
 */
enum status http_run(struct http *http, struct arena *a,
                     const struct http_call *call,
                     const struct http_events *events,
                     struct http_outcome *outcome,
                     struct error *err) MUST_CHECK;

/*
 * The address that a Location header means, as seen from `url`; owned by `a`.
 * Errors   ERR_UPSTREAM when it is none
 */
enum status http_resolve(struct arena *a, const char *url, struct str location,
                         const char **target, struct error *err) MUST_CHECK;

/* The value of a header, without regard to case; empty when absent. */
struct str http_header(const struct http_headers *headers, const char *name);

#endif
