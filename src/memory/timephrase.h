/*
 * One time that a text names: "last week", "5 May 2023", "three days ago".
 * Pure functions.
 */
#ifndef MEMORY_TIMEPHRASE_H
#define MEMORY_TIMEPHRASE_H

#include "memory/period.h"
#include "memory/timetext.h"

struct timephrase {
    struct period list[2];  /* "5/6/2023" may be two days */
    size_t        count;
    size_t        next;     /* token behind it */
};

/* Adds a period; always true. */
static inline bool
timephrase_give(struct timephrase *found, struct period p)
{
    found->list[found->count++] = p;
    return true;
}

/*
 * The time that is named from a token on; times that come again are the last
 * that began before now.
 *
 * bounded  something like "since" or "between" stands before it, so that
 *          "may" is a month and 2022 a year
 * Returns  false (and *found as it was) where none is named
 */
bool timephrase_at(const struct timetext *text, size_t at,
                   const struct period_now *now, bool bounded,
                   struct timephrase *found);

#endif
