/* A hash table of words with linear probing. */
#include "memory/terms.h"

#include <assert.h>
#include <stdlib.h>

#include "memory/hash.h"

#include "base/banned.h"

enum { FIRST_ROOM = 64 };

static uint32_t
hash(struct str s)
{
    uint64_t h = hash_more(HASH_START, s);

    return (uint32_t)(h ^ h >> 32);
}

/* The word of a number; empty where a damaged file makes no sense. */
static struct str
text_of(const struct terms *t, uint32_t number)
{
    uint32_t from = 0, to = 0;

    if (number < t->count) {
        from = number ? t->ends[number - 1] : 0;
        to = t->ends[number];
    }
    if (from > to || to > t->texts_room)
        return STR_NONE;
    return (struct str){ t->texts + from, to - from };
}

/* The slot of the word, or the free one where it belongs; NULL when all are
 * taken by others, as only a damaged file has it. */
static struct term_slot *
probe(const struct terms *t, struct str word, uint32_t h)
{
    uint32_t i = h & (t->slot_count - 1);

    for (uint32_t tried = 0; tried < t->slot_count; tried++) {
        struct term_slot *slot = &t->slots[i];

        if (slot->number == 0 ||
            (slot->hash == h && str_equal(text_of(t, slot->number - 1), word)))
            return slot;
        i = (i + 1) & (t->slot_count - 1);
    }
    return NULL;
}

static void
grow_slots(struct terms *t)
{
    struct term_slot *old = t->slots;
    uint32_t          old_count = t->slot_count;

    t->slot_count = old_count ? old_count * 2 : FIRST_ROOM;
    t->slots = alloc_array_or_die(t->slot_count, sizeof(*t->slots));
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i].number)
            *probe(t, text_of(t, old[i].number - 1), old[i].hash) = old[i];
    free(old);
}

void
terms_release(struct terms *t)
{
    free(t->texts);
    free(t->ends);
    free(t->slots);
    *t = TERMS_INIT;
}

/* Puts the word behind the others. */
static void
append(struct terms *t, struct str word)
{
    uint32_t used = terms_text_bytes(t);

    assert(word.len < UINT32_MAX / 4 && used < UINT32_MAX / 4);
    if (t->count == t->ends_room) {
        t->ends_room = t->ends_room ? t->ends_room * 2 : FIRST_ROOM;
        t->ends = realloc_or_die(t->ends, t->ends_room * sizeof(*t->ends));
    }
    if (used + word.len > t->texts_room) {
        t->texts_room = 2 * (used + (uint32_t)word.len);
        t->texts = realloc_or_die(t->texts, t->texts_room);
    }
    if (word.len)
        memcpy(t->texts + used, word.ptr, word.len);
    t->ends[t->count++] = used + (uint32_t)word.len;
}

uint32_t
terms_add(struct terms *t, struct str word)
{
    uint32_t          h = hash(word);
    struct term_slot *slot;

    /* At most two thirds full. */
    if ((size_t)t->count * 3 >= (size_t)t->slot_count * 2)
        grow_slots(t);
    slot = probe(t, word, h);
    if (slot->number == 0) {
        append(t, word);
        *slot = (struct term_slot){ h, t->count };
    }
    return slot->number - 1;
}

uint32_t
terms_find(const struct terms *t, struct str word)
{
    const struct term_slot *slot = probe(t, word, hash(word));

    return slot && slot->number ? slot->number - 1 : TERMS_NONE;
}

uint32_t
terms_text_bytes(const struct terms *t)
{
    return t->count ? t->ends[t->count - 1] : 0;
}

size_t
terms_bytes(const struct terms *t)
{
    return t->slot_count * sizeof(*t->slots) +
           t->ends_room * sizeof(*t->ends) + t->texts_room;
}
