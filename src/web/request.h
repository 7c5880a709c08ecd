/*
 * One HTTP request as the web server hands it over by FastCGI.
 *
 * Everything is borrowed from the connection or owned by the request's arena,
 * and lives until the request ends.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "base/arena.h"

struct FCGX_Request;
struct gunzip;

struct request {
    struct arena        *arena;
    struct FCGX_Request *fcgx;
    struct str           method;
    struct str           target;    /* as the client wrote it */
    struct str           path;      /* the target without its query */
    struct str           query;     /* behind the "?", not decoded */
    struct str           address;   /* of the client */
    struct str           body;      /* after request_read_body() */
    bool                 body_begun; /* how it is packed is known */
    bool                 body_read; /* to its end */
    size_t               body_bytes; /* that came */
    struct gunzip       *gunzip;    /* of a body that comes packed */
    char                *room;      /* of what comes packed */
    struct str           packed;    /* in it, and still to be unpacked */
};

/* Fills *r from the FastCGI parameters. */
void request_init(struct request *r, struct arena *a,
                  struct FCGX_Request *fcgx);

/*
 * The value of a request header, empty when absent.  `name` is given in any
 * case, with hyphens ("x-memory-key").
 */
struct str request_header(const struct request *r, const char *name);

/* False when the request has no such header at all. */
bool request_has_header(const struct request *r, const char *name);

/*
 * The decoded value of a query parameter ("+" and %XX), owned by the arena;
 * empty when absent.  The first one counts.
 */
struct str request_query(const struct request *r, const char *name);

/* A part of the path with its %XX decoded, owned by the arena. */
struct str request_unescape(const struct request *r, struct str part);

/* False when the query has no such parameter at all. */
bool request_has_query(const struct request *r, const char *name);

/*
 * No parameter stands in the query twice: one of two would be a guess.
 * Errors   ERR_INPUT for the caller, also for more than some dozens of them
 */
enum status request_check_query(const struct request *r,
                                struct error *err) MUST_CHECK;

/*
 * The i-th header, for walking them all; false past the last.  The name is
 * lower case with hyphens, owned by the arena.
 */
bool request_header_at(const struct request *r, size_t i, struct str *name,
                       struct str *value);

/* The query without the parameters of these names, as the client wrote the
 * rest, with its "?"; empty when nothing is left. */
struct str request_query_without(const struct request *r,
                                 const char *const *names, size_t count);

/*
 * Reads the body to its end, and unpacks what its Content-Encoding says is
 * gzip.
 *
 * Errors   ERR_TOO_LARGE past `max` bytes, packed or not; ERR_INPUT when fewer
 *          bytes came than were announced, or they are damaged; those of
 *          head_encoding()
 */
enum status request_read_body(struct request *r, size_t max,
                              struct error *err) MUST_CHECK;

/*
 * Reads the next bytes of the body, instead of request_read_body().
 *
 * got      0 at the end
 * Errors   ERR_INPUT and ERR_MEDIA, as above
 */
enum status request_read_piece(struct request *r, char *into, size_t max,
                               size_t *got, struct error *err) MUST_CHECK;

/* What Content-Length says, or -1. */
int64_t request_announced(const struct request *r);

/* Reads what is left of the body and forgets it; some web servers want that
 * before they take the reply. */
void request_drain(struct request *r);

#endif
