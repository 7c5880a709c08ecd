/* A hash table of words with linear probing. */
#include "memory/terms.h"

#include <stdlib.h>

#include "memory/hash.h"

#include "base/banned.h"

struct term_slot {
    struct str text;  /* ptr NULL: free */
    uint32_t   hash;
    uint32_t   number;
};

enum { FIRST_ROOM = 64 };

static uint32_t
hash(struct str s)
{
    uint64_t h = hash_more(HASH_START, s);

    return (uint32_t)(h ^ h >> 32);
}

/* The slot of the word, or the free one where it belongs. */
static struct term_slot *
probe(const struct terms *t, struct str word, uint32_t h)
{
    size_t i = h & (t->room - 1);

    while (t->slots[i].text.ptr &&
           !(t->slots[i].hash == h && str_equal(t->slots[i].text, word)))
        i = (i + 1) & (t->room - 1);
    return &t->slots[i];
}

static void
grow(struct terms *t)
{
    struct term_slot *old = t->slots;
    size_t            old_room = t->room;

    t->room = old_room ? old_room * 2 : FIRST_ROOM;
    t->slots = alloc_array_or_die(t->room, sizeof(*t->slots));
    for (size_t i = 0; i < old_room; i++)
        if (old[i].text.ptr)
            *probe(t, old[i].text, old[i].hash) = old[i];
    free(old);
}

void
terms_release(struct terms *t)
{
    arena_release(&t->texts);
    free(t->slots);
    *t = TERMS_INIT;
}

uint32_t
terms_add(struct terms *t, struct str word)
{
    uint32_t          h = hash(word);
    struct term_slot *slot;

    /* At most two thirds full. */
    if ((size_t)t->count * 3 >= t->room * 2)
        grow(t);
    slot = probe(t, word, h);
    if (!slot->text.ptr) {
        *slot = (struct term_slot){ arena_copy(&t->texts, word), h,
                                    t->count++ };
        t->bytes += (word.len + 16) & ~(size_t)15;
    }
    return slot->number;
}

uint32_t
terms_find(const struct terms *t, struct str word)
{
    const struct term_slot *slot;

    if (t->room == 0)
        return TERMS_NONE;
    slot = probe(t, word, hash(word));
    return slot->text.ptr ? slot->number : TERMS_NONE;
}

size_t
terms_bytes(const struct terms *t)
{
    return t->room * sizeof(*t->slots) + t->bytes;
}
