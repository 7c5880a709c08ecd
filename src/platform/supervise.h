/*
 * The master: starts processes, starts those again that die, replaces them all
 * on SIGHUP, ends them on SIGTERM.  It serves nothing itself and has no
 * threads.
 */
#ifndef PLATFORM_SUPERVISE_H
#define PLATFORM_SUPERVISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { SUPERVISE_CHILDREN_MAX = 1024 };

enum supervise_event {
    CHILD_STARTED,   /* number: its process id                         */
    CHILD_DIED,      /* number: its process id                         */
    CHILD_KILLED,    /* it did not end in time; number: its process id */
    MASTER_READY, MASTER_RELOADING, MASTER_STOPPING
};

struct supervise {
    /* How many processes of one generation run, from 1. */
    size_t (*count)(void *owner);
    /* The life of process `index`; runs in the child; its exit status. */
    int (*run)(void *owner, size_t index);
    /* Takes a new configuration; on failure the old processes stay. */
    enum status (*reload)(void *owner, struct error *err);
    /* Seconds that processes may take to end. */
    int64_t (*drain_seconds)(void *owner);
    /* For the log. */
    void (*note)(void *owner, enum supervise_event event, long number);
    void (*note_error)(void *owner, const struct error *err);
    void *owner;
};

/* Until SIGTERM or SIGINT, then until all have ended.  Exit status. */
int supervise_run(const struct supervise *s);

#endif
