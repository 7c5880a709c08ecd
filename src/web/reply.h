/*
 * One HTTP reply on its way to the web server.
 *
 * Set the status and headers, begin (or let the first write begin), write,
 * finish.  After the first byte went out the status is spent: the reply is
 * `committed`, and a later failure can only be a line in the stream or a
 * broken-off connection, and a log line.  A client that left shows as
 * ERR_CLIENT_GONE; nothing is written after that.
 */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include "base/buf.h"

struct FCGX_Request;

struct reply {
    struct arena        *arena;
    struct FCGX_Request *fcgx;
    int                  status;
    struct buf          *headers;      /* "Name: value\r\n" lines */
    size_t               own_headers;  /* bytes of them that stay */
    bool                 head_only;    /* HEAD: bodies are dropped */
    bool                 committed;
    bool                 gone;
    bool                 finished;
    size_t               bytes;        /* of body */
    void               (*last)(void *owner);  /* of reply_on_last(), or NULL */
    void                *owner;
};

enum { REPLY_HEAD_MAX_BYTES = 64 << 10 };

void reply_init(struct reply *r, struct arena *a, struct FCGX_Request *fcgx,
                bool head_only);

/* Calls last(owner) once, before the last bytes go out: the client may send
 * its next request when it has them, whatever is done here afterwards. */
void reply_on_last(struct reply *r, void (*last)(void *owner), void *owner);

/* The next bytes are the last, for all that can be told; reply_whole() and
 * the end of the reply say so themselves. */
void reply_last(struct reply *r);

/* Adds a header.  Line breaks and other control bytes in it are dropped. */
void reply_header(struct reply *r, const char *name, struct str value);
void reply_header_int(struct reply *r, const char *name, int64_t value);

/* The headers so far are our own: reply_drop_headers() leaves them, and takes
 * what was added since. */
void reply_keep_headers(struct reply *r);
void reply_drop_headers(struct reply *r);

/* Sends status and headers.  Errors: ERR_CLIENT_GONE. */
enum status reply_begin(struct reply *r, struct error *err) MUST_CHECK;

/* Sends bytes of the body at once (no buffering here).  Errors:
 * ERR_CLIENT_GONE. */
enum status reply_write(struct reply *r, struct str bytes,
                        struct error *err) MUST_CHECK;

/* Status, headers, Content-Length and a whole body. */
enum status reply_whole(struct reply *r, int status, const char *content_type,
                        struct str body, struct error *err) MUST_CHECK;

/* Ends the reply: the client has all of it, whatever else is done for this
 * request afterwards.  May be called twice. */
void reply_finish(struct reply *r);

/* Ends it so that the client sees it broken off. */
void reply_abort(struct reply *r);

/* The descriptor of the connection, to see whether the client left; -1 after
 * the end. */
int reply_fd(const struct reply *r);

#endif
