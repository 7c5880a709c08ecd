/* A hash table of the texts that were said more than once. */
#include "memory/repeats.h"

#include "base/banned.h"

static bool
is_repeat(const struct lexicon_item *it)
{
    return it->first_id != it->id;
}

/* The text's slot, or the free one where it belongs. */
static struct repeats_slot *
slot_of(const struct repeats *r, int64_t first_id)
{
    size_t i = (size_t)((uint64_t)first_id * 0x9E3779B97F4A7C15U >> 32);

    for (;; i++) {
        struct repeats_slot *slot = &r->slots[i & (r->room - 1)];

        if (slot->first_id == 0 || slot->first_id == first_id)
            return slot;
    }
}

struct repeats
repeats_of(const struct index *ix, struct arena *a,
           const struct candidates *all)
{
    struct repeats r = { NULL, 0 };
    size_t         count = 0;

    for (size_t i = 0; i < all->count; i++)
        count += is_repeat(index_item(ix, all->list[i]));
    if (count == 0)
        return r;
    for (r.room = 16; r.room < 2 * count; r.room *= 2)
        continue;
    r.slots = arena_array(a, struct repeats_slot, r.room);
    for (size_t i = 0; i < all->count; i++) {
        const struct lexicon_item *it = index_item(ix, all->list[i]);
        struct repeats_slot       *slot;

        if (!is_repeat(it))
            continue;
        slot = slot_of(&r, it->first_id);
        /* Numbers of memories grow with time. */
        if (slot->first_id == 0 || all->list[i] > slot->newest)
            *slot = (struct repeats_slot){ it->first_id, all->list[i] };
    }
    return r;
}

bool
repeats_is_newest(const struct repeats *r, const struct index *ix,
                  uint32_t item)
{
    const struct repeats_slot *slot;

    if (r->room == 0)
        return true;
    slot = slot_of(r, index_item(ix, item)->first_id);
    return slot->first_id == 0 || slot->newest == item;
}
