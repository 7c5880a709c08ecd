/*
 * THE TABLE of endpoints, and what happens around each of them: request id,
 * cross-origin headers, 404 and 405, the access line.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "base/log.h"
#include "provider/dialect.h"
#include "turn/admission.h"
#include "web/reply.h"
#include "web/request.h"

/* One request on its way through an endpoint. */
struct call {
    const struct service *service;
    struct request       *request;
    struct reply         *reply;
    struct str            request_id;
    int64_t               now_ms;
    int64_t               start_us;   /* clock_tick_us() */
    struct log_line      *access;     /* the endpoint may add to it */
    struct admission      admission;
};

/* Serves one request; a server_fn of web/server.h.  `owner` is the struct
 * service. */
void routes_serve(void *owner, struct request *request, struct reply *reply,
                  bool busy);

/* The dialect that a caller speaks, as far as path and headers tell. */
const struct dialect *routes_dialect(const struct request *r);

/* Answers with an error of ours in the caller's dialect. */
void routes_answer_error(struct call *c, const struct error *err);

/* Answers that there is no such path. */
void routes_answer_not_found(struct call *c);

/* Method and path of the i-th endpoint; false past the last. */
bool routes_row(size_t i, const char **method, const char **path);

/* What the i-th endpoint needs: "open", "key", a scope of keys or "secret". */
const char *routes_needs(size_t i);

#endif
