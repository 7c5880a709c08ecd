/*
 * The memories that are worth a full look: all of a small scope, else the best
 * by words and the nearest by vector, those that stand around them, and what
 * users want to be kept in mind always.  Pure; reads the index only.
 */
#ifndef MEMORY_CANDIDATES_H
#define MEMORY_CANDIDATES_H

#include "memory/match.h"
#include "memory/similar.h"

/* How far around a good one others are looked at. */
enum { CANDIDATES_AROUND = 6 };

/* In no order, none twice, all of them live and in the scope. */
struct candidates {
    const uint32_t *list;  /* in m->scratch->touched */
    size_t          count;
};

/* `worth` ranks what was found by words.  Until candidates_done(),
 * m->scratch->near is not 0 for those on the list. */
struct candidates candidates_of(const struct matches *m,
                                const struct similar *s, struct arena *a,
                                double (*worth)(const struct matches *m,
                                                uint32_t item));
void candidates_done(const struct matches *m, const struct candidates *c);

#endif
