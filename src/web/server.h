/*
 * FastCGI connections: our own accept loop and a pool of threads, one request
 * per connection and thread.
 *
 * libfcgi's own accept would read the parameters under the accept lock, lose
 * threads on EMFILE and race with stopping; so we accept, then hand the
 * descriptor over.  A connection is accepted only while a thread is free, so
 * that another worker may take it; when none became free for queue_ms, waiting
 * requests are accepted to be refused.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <sys/types.h>

#include "web/reply.h"
#include "web/request.h"

/* Serves one request.  `busy`: there is no thread for it, refuse it.  Must not
 * keep pointers into the arena. */
typedef void server_fn(void *owner, struct request *request,
                       struct reply *reply, bool busy);

struct server {
    int        listen_fd;   /* becomes non-blocking */
    int        stop_fd;     /* readable: accept no more */
    size_t     threads;     /* 1 or more */
    int64_t    queue_ms;
    int64_t    client_ms;   /* a peer that neither reads nor writes */
    server_fn *serve;
    void     (*thread_end)(void);  /* called by each thread as it ends */
    void      *owner;
};

/* Once per process, before anything else here. */
enum status server_init(struct error *err) MUST_CHECK;

/*
 * A listening Unix socket at `path`, replacing a dead one.
 *
 * group    name of the socket's group, or ""
 * Errors   ERR_CONFIG; also when a living server holds the path
 */
enum status server_listen(const char *path, mode_t mode, const char *group,
                          int *fd, struct error *err) MUST_CHECK;

/* Serves until stop_fd is readable, then closes listen_fd and goes on until
 * all accepted requests are answered.  Errors: ERR_INTERNAL. */
enum status server_run(const struct server *s, struct error *err) MUST_CHECK;

/* The same with the calling thread alone, one request at a time. */
enum status server_run_single(const struct server *s,
                              struct error *err) MUST_CHECK;

#endif
