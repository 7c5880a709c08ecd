/*
 * The distinct words of an index, numbered from 0 in the order in which they
 * came.  Adding needs the owner's write lock; finding does not change a thing.
 */
#ifndef MEMORY_TERMS_H
#define MEMORY_TERMS_H

#include <stdint.h>

#include "base/arena.h"

#define TERMS_NONE UINT32_MAX

struct term_slot;

struct terms {
    struct arena      texts;
    struct term_slot *slots;
    size_t            room;   /* a power of two, or 0 */
    uint32_t          count;
    size_t            bytes;  /* of the texts */
};

#define TERMS_INIT ((struct terms){ ARENA_INIT, NULL, 0, 0, 0 })

void terms_release(struct terms *t);

/* The number of the word, new or old. */
uint32_t terms_add(struct terms *t, struct str word);

/* The number of the word, or TERMS_NONE. */
uint32_t terms_find(const struct terms *t, struct str word);

/* Memory that it takes, about. */
size_t terms_bytes(const struct terms *t);

#endif
