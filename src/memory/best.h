/*
 * The best few of many: a heap with the worst of them on top.
 * Not for threads; owned by its arena.
 */
#ifndef MEMORY_BEST_H
#define MEMORY_BEST_H

#include "base/arena.h"

/* Below 0 when l comes before r. */
typedef int best_fn(const void *l, const void *r);

struct best {
    char    *list;
    size_t   size;   /* of an element */
    size_t   count;
    size_t   room;
    best_fn *order;
};

struct best best_of(struct arena *a, size_t room, size_t size,
                    best_fn *order);

/* Takes a copy of the element if it is one of the best so far. */
void best_offer(struct best *b, const void *element);

/* Puts them in order, best first; no offers after it. */
void best_sort(struct best *b);

#endif
