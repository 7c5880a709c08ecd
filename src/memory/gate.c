/* A counting gate: places, and a stack of those who wait for one. */
#include "memory/gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"

#include "base/banned.h"

/* One waiting thread, on its own stack. */
struct waiter {
    struct waiter *older;
    pthread_cond_t called;
    bool           inside;  /* who left gave us the place */
};

struct gate {
    pthread_mutex_t lock;
    size_t          free;    /* 0 while anybody waits */
    size_t          waiting;
    struct waiter  *newest;
};

struct gate *
gate_new(size_t places)
{
    struct gate *gate = alloc_array_or_die(1, sizeof(*gate));

    (void)pthread_mutex_init(&gate->lock, NULL); /* cannot fail on Linux */
    gate->free = places;
    return gate;
}

void
gate_free(struct gate *gate)
{
    (void)pthread_mutex_destroy(&gate->lock); /* nobody holds it */
    free(gate);
}

/* Deadlines are counted by the clock of clock_tick_us(). */
static void
init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attr;

    (void)pthread_condattr_init(&attr); /* none of these can fail on Linux */
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attr);
    (void)pthread_condattr_destroy(&attr);
}

static void
remove_waiter(struct gate *gate, const struct waiter *w)
{
    struct waiter **link = &gate->newest;

    while (*link != w)
        link = &(*link)->older;
    *link = w->older;
    gate->waiting--;
}

/* Under the lock, which is let go meanwhile. */
static bool
wait_for_place(struct gate *gate, int64_t deadline_us)
{
    struct waiter   w = { .older = gate->newest };
    struct timespec until = { .tv_sec = (time_t)(deadline_us / 1000000),
                              .tv_nsec = (long)(deadline_us % 1000000) * 1000 };
    int             late = 0;

    init_condition(&w.called);
    gate->newest = &w;
    gate->waiting++;
    while (!w.inside && late != ETIMEDOUT) {
        if (deadline_us == GATE_NO_DEADLINE)
            (void)pthread_cond_wait(&w.called, &gate->lock);
        else
            late = pthread_cond_timedwait(&w.called, &gate->lock, &until);
    }
    if (!w.inside)
        remove_waiter(gate, &w);
    (void)pthread_cond_destroy(&w.called); /* nobody knows of it any more */
    return w.inside;
}

bool
gate_enter(struct gate *gate, int64_t deadline_us)
{
    bool inside = true;

    (void)pthread_mutex_lock(&gate->lock);
    if (gate->free > 0)
        gate->free--;
    else
        inside = wait_for_place(gate, deadline_us);
    (void)pthread_mutex_unlock(&gate->lock);
    return inside;
}

void
gate_leave(struct gate *gate)
{
    struct waiter *w;

    (void)pthread_mutex_lock(&gate->lock);
    w = gate->newest;
    if (w) {
        remove_waiter(gate, w);
        w->inside = true;
        (void)pthread_cond_signal(&w->called);
    } else {
        gate->free++;
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

size_t
gate_waiting(struct gate *gate)
{
    size_t waiting;

    (void)pthread_mutex_lock(&gate->lock);
    waiting = gate->waiting;
    (void)pthread_mutex_unlock(&gate->lock);
    return waiting;
}
