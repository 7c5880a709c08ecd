/*
 * What every memory route tells in its headers.  Their names are those of the
 * compatible service, whose clients read them.
 */
#ifndef TURN_REPORT_H
#define TURN_REPORT_H

#include "turn/turn.h"

struct report {
    enum conf_mode mode;
    struct str     session;      /* "" = core                           */
    struct str     ids;          /* "1,5,9"                             */
    int64_t        memories;     /* found                               */
    int64_t        tokens;       /* of them                             */
    int64_t        injected;     /* tokens put into a request           */
    const char    *format;       /* of what was injected, or "none"     */
    int64_t        embed_us;
    int64_t        search_us;
    int64_t        inject_ms;    /* below 0: nothing was to be injected */
    int64_t        provider_ms;  /* 0: none was asked                   */
    int64_t        start_us;     /* of the request, clock_tick_us()     */
};

/* The ids of hits, as a header has them; owned by `a`. */
struct str report_ids(struct arena *a, const struct hit *hits, size_t count);

/* X-Memory-Status alone: all that is known of a caller without a key. */
void report_status(struct reply *r, enum memory_status status);

/* All the others. */
void report_add(struct reply *r, const struct report *report);

#endif
