/* Signals as events. */
#include "platform/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/banned.h"

static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

static sigset_t
wanted_set(void)
{
    sigset_t set;

    (void)sigemptyset(&set); /* cannot fail */
    for (size_t i = 0; i < COUNT(wanted); i++)
        (void)sigaddset(&set, wanted[i]); /* they are signals */
    return set;
}

void
signals_block(void)
{
    sigset_t set = wanted_set();

    (void)sigaddset(&set, SIGPIPE); /* writes say EPIPE instead */
    (void)sigaddset(&set, SIGUSR1); /* a web server's "finish": see SIGTERM */
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL); /* cannot fail */
}

int
signals_wait(int64_t ms)
{
    struct timespec most = { ms / 1000, ms % 1000 * 1000000 };
    sigset_t        set = wanted_set();
    int             got = sigtimedwait(&set, NULL, &most);

    return got > 0 ? got : 0;
}

static void *
wait_for_stop(void *owner)
{
    const int *fd = owner;
    uint64_t   one = 1;
    sigset_t   set;
    int        got = 0;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGUSR1);
    while (sigwait(&set, &got) != 0)
        continue;
    while (write(*fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
    return NULL;
}

enum status
signals_stop_fd(int *fd, struct error *err)
{
    static int event;
    pthread_t  thread;

    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0)
        return failed(err, ERR_INTERNAL, "eventfd: %s", strerror(errno));
    if (pthread_create(&thread, NULL, wait_for_stop, &event) != 0)
        return failed(err, ERR_INTERNAL, "no thread for signals");
    (void)pthread_detach(thread); /* it ends with the process */
    *fd = event;
    return OK;
}
