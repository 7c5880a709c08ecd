/*
 * The distinct words of an index, numbered from 0 in the order in which they
 * came.  Adding needs the owner's write lock; finding does not change a thing.
 *
 * Everything lies in flat arrays without pointers, so that they can be written
 * to a file and used from its mapping (memory/frozen.c); such terms are only
 * read and never released.
 */
#ifndef MEMORY_TERMS_H
#define MEMORY_TERMS_H

#include <stdint.h>

#include "base/arena.h"

#define TERMS_NONE UINT32_MAX

struct term_slot {
    uint32_t hash;
    uint32_t number;  /* of the word, plus 1; 0: free */
};

struct terms {
    char             *texts;       /* all words, one behind the other */
    uint32_t         *ends;        /* where each word ends */
    struct term_slot *slots;
    uint32_t          texts_room;  /* no word ends behind it */
    uint32_t          ends_room;
    uint32_t          slot_count;  /* a power of two, or 0 */
    uint32_t          count;
};

#define TERMS_INIT ((struct terms){ NULL, NULL, NULL, 0, 0, 0, 0 })

void terms_release(struct terms *t);

/* The number of the word, new or old. */
uint32_t terms_add(struct terms *t, struct str word);

/* The number of the word, or TERMS_NONE. */
uint32_t terms_find(const struct terms *t, struct str word);

/* Bytes of all words together. */
uint32_t terms_text_bytes(const struct terms *t);

/* Memory that it takes. */
size_t terms_bytes(const struct terms *t);

#endif
