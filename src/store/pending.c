/* The map of pending turns. */
#include "store/pending.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "platform/clock.h"
#include "platform/shared.h"

#include "base/banned.h"

enum { COUNT_BITS = 16, COUNT_MAX = (1 << COUNT_BITS) - 1 };

/*
 * Count and time of the raise from 0 are one word, so that they change
 * together.  Later raises keep the time: a count that a crash left behind
 * goes stale even in a busy vault.
 */
typedef _Atomic uint64_t slot;

static_assert(sizeof(slot) == 8, "the file holds 8 bytes a slot");

struct pending {
    slot *slots;
};

enum { MAP_BYTES = PENDING_SLOTS * sizeof(slot) };

enum status
pending_open(const char *state_dir, struct pending **map, struct error *err)
{
    void       *bytes;
    enum status st = shared_open(state_dir, "pending", MAP_BYTES, &bytes, err);

    if (st != OK)
        return st;
    *map = alloc_or_die(sizeof(**map));
    (*map)->slots = bytes;
    return OK;
}

void
pending_close(struct pending *map)
{
    shared_close(map->slots, MAP_BYTES);
    free(map);
}

static slot *
slot_of(const struct pending *map, int64_t vault_id)
{
    /* Fibonacci hashing: Knuth, The Art of Computer Programming, 6.4. */
    uint64_t mixed = (uint64_t)vault_id * UINT64_C(0x9E3779B97F4A7C15);

    return &map->slots[(mixed >> 32) % PENDING_SLOTS];
}

static uint64_t
count_of(uint64_t word)
{
    return word & COUNT_MAX;
}

/* Raised not so long ago (or in the future) that nobody will lower it. */
static bool
is_fresh(uint64_t word, int64_t now_ms)
{
    int64_t raised_ms = (int64_t)(word >> COUNT_BITS);

    return now_ms - raised_ms <= PENDING_STALE_MS &&
           raised_ms - now_ms <= PENDING_STALE_MS;
}

static bool
is_live(uint64_t word, int64_t now_ms)
{
    return count_of(word) > 0 && is_fresh(word, now_ms);
}

void
pending_raise(struct pending *map, int64_t vault_id, int64_t now_ms)
{
    slot    *s = slot_of(map, vault_id);
    uint64_t before = atomic_load(s), after;

    do {
        if (!is_live(before, now_ms))
            after = (uint64_t)now_ms << COUNT_BITS | 1;
        else
            after = before + (count_of(before) < COUNT_MAX);
    } while (!atomic_compare_exchange_weak(s, &before, after));
}

void
pending_lower(struct pending *map, int64_t vault_id)
{
    slot    *s = slot_of(map, vault_id);
    uint64_t before = atomic_load(s);

    while (count_of(before) > 0 &&
           !atomic_compare_exchange_weak(s, &before, before - 1))
        continue;
}

bool
pending_is_raised(struct pending *map, int64_t vault_id, int64_t now_ms)
{
    return is_live(atomic_load(slot_of(map, vault_id)), now_ms);
}

bool
pending_wait(struct pending *map, int64_t vault_id, int64_t most_ms)
{
    int64_t end_us = clock_tick_us() + most_ms * 1000;

    while (clock_tick_us() < end_us &&
           pending_is_raised(map, vault_id, clock_now_ms()))
        clock_pause_ms(1);
    return is_fresh(atomic_load(slot_of(map, vault_id)), clock_now_ms());
}
