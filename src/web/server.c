/* The accept loop and the threads behind it. */
#include "web/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "platform/clock.h"

#include "base/banned.h"

enum { BACKLOG = 1024, STACK_BYTES = 512 * 1024, ACCEPT_PAUSE_MS = 20 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STACK_TIMES = 8 };  /* red zones need room */
#else
enum { STACK_TIMES = 1 };
#endif

struct task {
    int  fd;      /* -1: none */
    bool refuse;
};

/* What the accepting thread and the serving ones share, under `lock`. */
struct pool {
    const struct server *server;
    pthread_mutex_t      lock;
    pthread_cond_t       given;     /* a task, or the end */
    pthread_cond_t       freed;     /* a thread finished its task */
    struct task         *tasks;     /* ring of threads + 1 */
    size_t               first, waiting;
    size_t               spawned;
    size_t               idle;
    size_t               busy;      /* tasks given and not finished */
    bool                 ending;
};

enum status
server_init(struct error *err)
{
    if (FCGX_Init() != 0)
        return failed(err, ERR_INTERNAL, "libfcgi cannot be used");
    return OK;
}

/* Listening. */

static bool
is_alive(const struct sockaddr_un *address)
{
    int  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive;

    alive = fd >= 0 && connect(fd, (const struct sockaddr *)address,
                               sizeof(*address)) == 0;
    if (fd >= 0)
        (void)close(fd); /* it carried nothing */
    return alive;
}

static enum status
set_group(const char *path, const char *name, struct error *err)
{
    struct group *group;

    if (!*name)
        return OK;
    group = getgrnam(name); /* before any thread */
    if (!group)
        return failed(err, ERR_CONFIG, "socket_group: no group %s", name);
    if (chown(path, (uid_t)-1, group->gr_gid) != 0)
        return failed(err, ERR_CONFIG, "socket_group: cannot give %s to %s: %s",
                      path, name, strerror(errno));
    return OK;
}

enum status
server_listen(const char *path, mode_t mode, const char *group, int *fd,
              struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct str         name = str_from(path);
    mode_t             old_mask;
    int                bound;

    if (name.len == 0 || name.len >= sizeof(address.sun_path))
        return failed(err, ERR_CONFIG, "socket: a path of 1 to %zu bytes is "
                      "needed: %s", sizeof(address.sun_path) - 1, path);
    memcpy(address.sun_path, path, name.len);
    if (is_alive(&address))
        return failed(err, ERR_CONFIG, "%s: another server listens here", path);
    (void)unlink(path); /* it may not exist */
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return failed(err, ERR_CONFIG, "socket: %s", strerror(errno));
    old_mask = umask(0177);
    bound = bind(*fd, (struct sockaddr *)&address, sizeof(address));
    (void)umask(old_mask); /* cannot fail */
    if (bound != 0 || listen(*fd, BACKLOG) != 0)
        return failed(err, ERR_CONFIG, "cannot listen on %s: %s; does the "
                      "folder exist and is it ours?", path, strerror(errno));
    if (chmod(path, mode) != 0)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    return set_group(path, group, err);
}

/* One connection. */

static void
set_timeouts(int fd, int64_t ms)
{
    struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

    /* Without them a silent peer would only hold its thread longer. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static void
serve_connection(const struct server *s, struct arena *a, struct task task)
{
    struct FCGX_Request fcgx;
    struct request      request;
    struct reply        reply;

    set_timeouts(task.fd, s->client_ms);
    (void)FCGX_InitRequest(&fcgx, -1, 0); /* only clears the struct */
    fcgx.ipcFd = task.fd;
    fcgx.keepConnection = 1; /* else its first act is to close ipcFd */
    if (FCGX_Accept_r(&fcgx) != 0)
        return; /* the peer left or sent nonsense; libfcgi closed it */
    request_init(&request, a, &fcgx);
    reply_init(&reply, a, &fcgx, str_equal(request.method, STR("HEAD")));
    s->serve(s->owner, &request, &reply, task.refuse);
    if (!reply.finished)
        request_drain(&request);
    reply_finish(&reply);
    FCGX_Free(&fcgx, 1);
    arena_reset(a);
}

/* An accepted descriptor, or -1: somebody else got it, or none is to be had. */
static int
accept_one(int listen_fd)
{
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        clock_pause_ms(ACCEPT_PAUSE_MS); /* EMFILE: running requests end */
    return fd;
}

/* The threads. */

static bool
take_task(struct pool *p, struct task *task)
{
    p->idle++;
    while (p->waiting == 0 && !p->ending)
        (void)pthread_cond_wait(&p->given, &p->lock);
    p->idle--;
    if (p->waiting == 0)
        return false;
    *task = p->tasks[p->first];
    p->first = (p->first + 1) % (p->server->threads + 1);
    p->waiting--;
    return true;
}

static void *
thread_main(void *owner)
{
    struct pool *p = owner;
    struct arena a = ARENA_INIT;
    struct task  task;

    (void)pthread_mutex_lock(&p->lock);
    while (take_task(p, &task)) {
        (void)pthread_mutex_unlock(&p->lock);
        serve_connection(p->server, &a, task);
        (void)pthread_mutex_lock(&p->lock);
        p->busy--;
        (void)pthread_cond_signal(&p->freed);
    }
    (void)pthread_mutex_unlock(&p->lock);
    arena_release(&a);
    if (p->server->thread_end)
        p->server->thread_end();
    (void)pthread_mutex_lock(&p->lock);
    p->spawned--;
    (void)pthread_cond_signal(&p->freed);
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

static bool
spawn(struct pool *p)
{
    pthread_attr_t attr;
    pthread_t      thread;
    bool           good;

    (void)pthread_attr_init(&attr); /* cannot fail on Linux */
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES * STACK_TIMES);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    good = pthread_create(&thread, &attr, thread_main, p) == 0;
    (void)pthread_attr_destroy(&attr);
    if (good)
        p->spawned++;
    return good;
}

/* Gives a task to an idle thread, or to a new one. */
static void
give(struct pool *p, struct task task)
{
    size_t slots = p->server->threads + 1;

    (void)pthread_mutex_lock(&p->lock);
    assert(p->waiting < slots);
    p->tasks[(p->first + p->waiting) % slots] = task;
    p->waiting++;
    p->busy++;
    if (p->idle < p->waiting && p->spawned < slots && !spawn(p) &&
        p->spawned == 0)
        abort(); /* not one thread: the master starts us again, later */
    (void)pthread_cond_signal(&p->given);
    (void)pthread_mutex_unlock(&p->lock);
}

static void
deadline_in(struct timespec *when, int64_t ms)
{
    (void)clock_gettime(CLOCK_MONOTONIC, when); /* cannot fail */
    when->tv_nsec += ms % 1000 * 1000000;
    when->tv_sec += ms / 1000 + when->tv_nsec / 1000000000;
    when->tv_nsec %= 1000000000;
}

enum room { ROOM, NO_ROOM };

/* Waits until a thread is free, or none became free for queue_ms. */
static enum room
wait_for_room(struct pool *p)
{
    struct timespec until;
    size_t          most = p->server->threads;
    enum room       room;

    deadline_in(&until, p->server->queue_ms);
    (void)pthread_mutex_lock(&p->lock);
    while (p->busy >= most)
        if (pthread_cond_timedwait(&p->freed, &p->lock, &until) == ETIMEDOUT)
            break;
    /* The one slot more than threads is for refusing. */
    while (p->busy > most)
        (void)pthread_cond_wait(&p->freed, &p->lock);
    room = p->busy < most ? ROOM : NO_ROOM;
    (void)pthread_mutex_unlock(&p->lock);
    return room;
}

/* After a refusal the next waiting request has waited as long. */
static bool
refuse_waiting(struct pool *p)
{
    int  fd = accept_one(p->server->listen_fd);
    bool full;

    if (fd < 0)
        return false;
    give(p, (struct task){ fd, true });
    (void)pthread_mutex_lock(&p->lock);
    while (p->busy > p->server->threads)
        (void)pthread_cond_wait(&p->freed, &p->lock);
    full = p->busy >= p->server->threads;
    (void)pthread_mutex_unlock(&p->lock);
    return full;
}

static bool
is_readable(int fd)
{
    struct pollfd p = { fd, POLLIN, 0 };

    return poll(&p, 1, 0) > 0;
}

/* Accepts until stop_fd is readable. */
static void
accept_all(struct pool *p, int epoll_fd)
{
    const struct server *s = p->server;
    struct epoll_event   event;

    while (!is_readable(s->stop_fd)) {
        int fd;

        if (wait_for_room(p) == NO_ROOM) {
            while (refuse_waiting(p) && !is_readable(s->stop_fd))
                continue;
            continue;
        }
        if (epoll_wait(epoll_fd, &event, 1, -1) <= 0 ||
            event.data.fd == s->stop_fd)
            continue;
        fd = accept_one(s->listen_fd);
        if (fd >= 0)
            give(p, (struct task){ fd, false });
    }
}

static int
watch(const struct server *s)
{
    struct epoll_event listen_event = { EPOLLIN | EPOLLEXCLUSIVE,
                                        { .fd = s->listen_fd } };
    struct epoll_event stop_event = { EPOLLIN, { .fd = s->stop_fd } };
    int                fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0)
        return -1;
    if (epoll_ctl(fd, EPOLL_CTL_ADD, s->listen_fd, &listen_event) != 0 ||
        epoll_ctl(fd, EPOLL_CTL_ADD, s->stop_fd, &stop_event) != 0) {
        (void)close(fd); /* nothing in it */
        return -1;
    }
    return fd;
}

static void
set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK); /* accept would wait, once */
}

enum status
server_run(const struct server *s, struct error *err)
{
    struct pool        p = { .server = s };
    pthread_condattr_t monotonic;
    int                epoll_fd;

    set_nonblocking(s->listen_fd);
    epoll_fd = watch(s);
    if (epoll_fd < 0)
        return failed(err, ERR_INTERNAL, "epoll: %s", strerror(errno));
    p.tasks = alloc_array_or_die(s->threads + 1, sizeof(*p.tasks));
    (void)pthread_mutex_init(&p.lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&p.given, NULL);
    (void)pthread_cond_init(&p.freed, &monotonic);

    accept_all(&p, epoll_fd);
    (void)close(epoll_fd);     /* nothing waits for it */
    (void)close(s->listen_fd); /* who still waits there is refused, or served
                                  by others that hold it */
    (void)pthread_mutex_lock(&p.lock);
    p.ending = true;
    (void)pthread_cond_broadcast(&p.given);
    while (p.spawned > 0)
        (void)pthread_cond_wait(&p.freed, &p.lock);
    (void)pthread_mutex_unlock(&p.lock);
    free(p.tasks);
    return OK;
}

enum status
server_run_single(const struct server *s, struct error *err)
{
    struct arena  a = ARENA_INIT;
    struct pollfd fds[2] = { { s->listen_fd, POLLIN, 0 },
                             { s->stop_fd, POLLIN, 0 } };

    set_nonblocking(s->listen_fd);
    for (;;) {
        int fd;

        if (poll(fds, COUNT(fds), -1) < 0 && errno != EINTR) {
            arena_release(&a);
            return failed(err, ERR_INTERNAL, "poll: %s", strerror(errno));
        }
        if (fds[1].revents)
            break;
        fd = accept_one(s->listen_fd);
        if (fd >= 0)
            serve_connection(s, &a, (struct task){ fd, false });
    }
    arena_release(&a);
    if (s->thread_end)
        s->thread_end();
    return OK;
}
