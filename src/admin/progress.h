/*
 * How far long work is, on a line of stderr that is written over; nothing
 * where stderr is no terminal.
 */
#ifndef ADMIN_PROGRESS_H
#define ADMIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what;      /* is worked on */
    bool        wanted;
    int64_t     shown_us;  /* when, by clock_tick_us() */
};

/* `what` is borrowed until the end. */
void progress_begin(struct progress *p, const char *what);

/* `total` 0: not known.  Cheap enough for every step. */
void progress_show(struct progress *p, int64_t done, int64_t total);

/* The line goes away. */
void progress_end(struct progress *p);

#endif
