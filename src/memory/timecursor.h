/*
 * Where in a text a pattern of words of time is being read.  A pattern that
 * does not fit may leave it anywhere; whoever tries another begins with a
 * copy.
 */
#ifndef MEMORY_TIMECURSOR_H
#define MEMORY_TIMECURSOR_H

#include "memory/period.h"
#include "memory/timetext.h"

struct timecursor {
    const struct timetoken  *tokens;     /* TIME_END stands behind the last */
    const struct period_now *now;
    uint32_t                 languages;  /* those of the text, a set */
    size_t                   at;
    bool                     expected;   /* what stands before asks for one */
};

static inline bool
timecursor_is(const struct timecursor *c, enum timeword_kind kind)
{
    return c->tokens[c->at].kind == kind;
}

/* Over articles and the like. */
static inline void
timecursor_skip_fill(struct timecursor *c)
{
    while (timecursor_is(c, TIME_FILL))
        c->at++;
}

#endif
