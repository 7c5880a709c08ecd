/*
 * Which candidates say the same to the letter: of each text only the newest
 * one goes on, or a question that was asked a hundred times would take all
 * places.  Pure.
 */
#ifndef MEMORY_REPEATS_H
#define MEMORY_REPEATS_H

#include "memory/candidates.h"

struct repeats_slot {
    int64_t  first_id;  /* 0: free */
    uint32_t newest;
};

struct repeats {
    struct repeats_slot *slots;
    size_t               room;  /* a power of two; 0: nothing is repeated */
};

/* Owned by `a`. */
struct repeats repeats_of(const struct index *ix, struct arena *a,
                          const struct candidates *all);

/* True unless a newer candidate has the same text. */
bool repeats_is_newest(const struct repeats *r, const struct index *ix,
                       uint32_t item);

#endif
