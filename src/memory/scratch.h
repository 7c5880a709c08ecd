/*
 * What a search needs besides the index, kept for the next one: a tokeniser
 * that knows many words by now, and large arrays, one element a memory of the
 * vault, in which clearing what was touched is cheaper than new pages.
 *
 * All elements are zero between searches unless it says otherwise: whoever
 * writes one makes it zero again.  A search owns its scratch alone.
 */
#ifndef MEMORY_SCRATCH_H
#define MEMORY_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

struct words;

struct scratch {
    struct words *words;
    float        *own;
    float        *context;
    float        *shared;
    uint32_t     *near;
    uint32_t     *list;     /* of memories; its elements need not be zero */
    uint32_t     *touched;  /* likewise */
    float        *scores;   /* likewise */
    float        *sims;     /* likewise */
    uint32_t      room;
};

struct scratch_pool;

/* `most`: how many are kept while nobody uses them. */
struct scratch_pool *scratch_open(size_t most);

/* All must have been returned. */
void scratch_close(struct scratch_pool *pool);

/* One for `count` memories (0: only its tokeniser is wanted), until
 * scratch_return().  Any thread. */
struct scratch *scratch_borrow(struct scratch_pool *pool, uint32_t count);
void scratch_return(struct scratch_pool *pool, struct scratch *s);

#endif
