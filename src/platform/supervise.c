/* The master process. */
#include "platform/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "platform/clock.h"
#include "platform/signals.h"

#include "base/banned.h"

enum {
    BACK_OFF_FIRST_MS = 200,
    BACK_OFF_MOST_MS  = 30000,
    LIVED_MS          = 10000,  /* a longer life starts the back-off anew */
    TICK_MS           = 250,
};

struct child {
    pid_t   pid;          /* 0: none */
    size_t  index;
    int64_t generation;
    int64_t started_ms;
    int64_t start_ms;     /* when to start it again; 0: it runs */
    int64_t back_off_ms;
    int64_t kill_ms;      /* when to end it by force; 0: not asked to end */
};

struct master {
    const struct supervise *s;
    struct child            children[SUPERVISE_CHILDREN_MAX];
    size_t                  used;
    int64_t                 generation;
    bool                    stopping;
    int64_t                 watchdog_us;
    int64_t                 barked_us;
};

/* systemd's protocol: one datagram of text.  Source: sd_notify(3). */
static void
notify(const char *text)
{
    const char        *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t             len = path ? strlen(path) : 0;
    int                fd;

    if (len == 0 || len >= sizeof(to.sun_path))
        return;
    memcpy(to.sun_path, path, len);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    /* Nobody may listen; then nobody wants to know. */
    (void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
                 (const struct sockaddr *)&to,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    (void)close(fd);
}

static void
bark(struct master *m)
{
    int64_t now_us = clock_tick_us();

    if (m->watchdog_us == 0 || now_us - m->barked_us < m->watchdog_us / 2)
        return;
    m->barked_us = now_us;
    notify("WATCHDOG=1");
}

static void
start_child(struct master *m, struct child *c)
{
    pid_t master = getpid();
    pid_t pid = fork();

    c->started_ms = clock_now_ms();
    c->start_ms = 0;
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* it exists on Linux */
        if (getppid() != master)
            _exit(0);
        _exit(m->s->run(m->s->owner, c->index));
    }
    if (pid < 0) {
        c->start_ms = c->started_ms + BACK_OFF_MOST_MS;
        return;
    }
    c->pid = pid;
    m->s->note(m->s->owner, CHILD_STARTED, pid);
}

static void
start_generation(struct master *m)
{
    size_t count = m->s->count(m->s->owner);

    m->generation++;
    for (size_t i = 0; i < count && m->used < SUPERVISE_CHILDREN_MAX; i++) {
        struct child *c = &m->children[m->used++];

        *c = (struct child){ .index = i, .generation = m->generation };
        start_child(m, c);
    }
}

static void
ask_to_end(struct master *m, struct child *c)
{
    int64_t drain_ms = m->s->drain_seconds(m->s->owner) * 1000;

    c->start_ms = 0;
    if (c->pid == 0 || c->kill_ms)
        return;
    c->kill_ms = clock_now_ms() + drain_ms + 1;
    (void)kill(c->pid, SIGTERM); /* it is our child */
}

/* Forgets those that ended for good. */
static void
compact(struct master *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->used; i++)
        if (m->children[i].pid || m->children[i].start_ms)
            m->children[kept++] = m->children[i];
    m->used = kept;
}

static void
child_ended(struct master *m, pid_t pid)
{
    int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < m->used; i++) {
        struct child *c = &m->children[i];

        if (c->pid != pid)
            continue;
        c->pid = 0;
        if (m->stopping || c->generation != m->generation || c->kill_ms)
            break;
        m->s->note(m->s->owner, CHILD_DIED, pid);
        c->back_off_ms = now_ms - c->started_ms > LIVED_MS || !c->back_off_ms
                             ? BACK_OFF_FIRST_MS : c->back_off_ms * 2;
        if (c->back_off_ms > BACK_OFF_MOST_MS)
            c->back_off_ms = BACK_OFF_MOST_MS;
        c->start_ms = now_ms + c->back_off_ms;
    }
    compact(m);
}

static void
reap(struct master *m)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        child_ended(m, pid);
}

static void
look_at_clock(struct master *m)
{
    int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < m->used; i++) {
        struct child *c = &m->children[i];

        if (c->start_ms && now_ms >= c->start_ms && !m->stopping)
            start_child(m, c);
        if (c->pid && c->kill_ms && now_ms >= c->kill_ms) {
            m->s->note(m->s->owner, CHILD_KILLED, c->pid);
            (void)kill(c->pid, SIGKILL); /* it is our child */
            c->kill_ms = now_ms + BACK_OFF_MOST_MS;
        }
    }
    bark(m);
}

static void
reload(struct master *m)
{
    struct error err;
    size_t       old = m->used;

    notify("RELOADING=1");
    m->s->note(m->s->owner, MASTER_RELOADING, 0);
    if (m->s->reload(m->s->owner, &err) != OK) {
        m->s->note_error(m->s->owner, &err);
        notify("READY=1");
        return;
    }
    start_generation(m);
    for (size_t i = 0; i < old; i++)
        ask_to_end(m, &m->children[i]);
    compact(m);
    notify("READY=1");
}

int
supervise_run(const struct supervise *s)
{
    static struct master m;
    const char          *watchdog = getenv("WATCHDOG_USEC");

    m.s = s;
    if (!str_to_int(str_from(watchdog), &m.watchdog_us))
        m.watchdog_us = 0;
    start_generation(&m);
    s->note(s->owner, MASTER_READY, 0);
    notify("READY=1");
    while (!m.stopping) {
        int got = signals_wait(TICK_MS);

        m.stopping = got == SIGTERM || got == SIGINT;
        if (got == SIGHUP)
            reload(&m);
        reap(&m);
        look_at_clock(&m);
    }
    s->note(s->owner, MASTER_STOPPING, 0);
    notify("STOPPING=1");
    for (size_t i = 0; i < m.used; i++)
        ask_to_end(&m, &m.children[i]);
    compact(&m);
    while (m.used) {
        (void)signals_wait(TICK_MS); /* the children's ends wake us */
        reap(&m);
        look_at_clock(&m);
    }
    return 0;
}
