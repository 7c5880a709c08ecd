/* The map of recent and running requests. */
#include "store/limiter.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "platform/shared.h"

#include "base/banned.h"

enum {
    ENTRIES   = 4096,
    PROBES    = 16,     /* entries that a who may have */
    TIME_BITS = 42,     /* milliseconds since 1970, up to the year 2109 */
    PID_BITS  = 22,     /* Linux has no larger ones */
    ADDRESS_CHARS = 64,
};

#define TIME_MASK (((uint64_t)1 << TIME_BITS) - 1)
#define PID_MASK  (((uint32_t)1 << PID_BITS) - 1)
#define TURN_MASK (((uint64_t)1 << (64 - TIME_BITS)) - 1)

/*
 * The log's entry of admission n stands at n % LIMITER_MOST and holds the low
 * bits of n + 1 beside its time: so it tells whether it was written already
 * by somebody who did not come to move `head`; then whoever sees it does.
 */
struct entry {
    _Atomic uint64_t who;   /* 0: nobody */
    _Atomic uint64_t head;  /* admissions so far */
    _Atomic uint32_t places[LIMITER_CONCURRENT];  /* 0: free */
    _Atomic uint64_t log[LIMITER_MOST];
};

static_assert(sizeof(struct entry) % 8 == 0, "entries follow each other");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "locks do not reach processes");

struct limiter {
    struct entry *entries;
    uint32_t      start;
};

#define MAP_BYTES (ENTRIES * sizeof(struct entry))

/* The file is sparse: what nobody uses takes no place on disk. */
enum status
limiter_open(const char *state_dir, uint32_t start, struct limiter **l,
             struct error *err)
{
    void       *bytes;
    enum status st = shared_open(state_dir, "limits", MAP_BYTES, &bytes, err);

    if (st != OK)
        return st;
    *l = alloc_or_die(sizeof(**l));
    (*l)->entries = bytes;
    (*l)->start = start;
    return OK;
}

void
limiter_close(struct limiter *l)
{
    shared_close(l->entries, MAP_BYTES);
    free(l);
}

/* Names.  Keys and addresses differ in the lowest bit; none is 0. */

/* The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

uint64_t
limiter_key(int64_t key_id)
{
    return (uint64_t)key_id << 1 | 1;
}

uint64_t
limiter_address(struct str address)
{
    char     text[ADDRESS_CHARS];
    uint8_t  six[16];
    uint64_t hash = 0;

    (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(address));
    if (inet_pton(AF_INET6, text, six) == 1)
        memcpy(&hash, six, sizeof(hash));
    else
        for (size_t i = 0; text[i]; i++)
            hash = mix(hash ^ (uint8_t)text[i]);
    return (mix(hash) | 2) & ~(uint64_t)1;
}

/* Entries. */

static int64_t
time_of(uint64_t word)
{
    return (int64_t)(word & TIME_MASK);
}

static uint64_t
load_log(struct entry *e, uint64_t admission)
{
    return atomic_load(&e->log[admission % LIMITER_MOST]);
}

/* What a place holds that a process of this start took: its id below the low
 * bits of the start.  What was taken before that is free, although another
 * process may have the id by now. */
static uint32_t
place_word(const struct limiter *l, uint32_t pid)
{
    return l->start << PID_BITS | pid;
}

static bool
is_place_taken(struct limiter *l, struct entry *e, size_t i)
{
    uint32_t word = atomic_load(&e->places[i]), pid = word & PID_MASK;

    return pid && word == place_word(l, pid) &&
           (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}

/* Nothing that it holds counts any more. */
static bool
is_idle(struct limiter *l, struct entry *e, int64_t now_ms)
{
    uint64_t head = atomic_load(&e->head);
    int64_t  last = head ? time_of(load_log(e, head - 1)) : 0;

    if (now_ms - last < LIMITER_IDLE_MS && last - now_ms < LIMITER_IDLE_MS)
        return false;
    if (head == 0 && atomic_load(&e->who))
        return false; /* taken just now */
    for (size_t i = 0; i < LIMITER_CONCURRENT; i++)
        if (is_place_taken(l, e, i))
            return false;
    return true;
}

static struct entry *
nth_entry(struct limiter *l, uint64_t who, size_t i)
{
    return &l->entries[(mix(who) + i) % ENTRIES];
}

/* The first that has this owner (0: nobody). */
static struct entry *
owned_by(struct limiter *l, uint64_t who, uint64_t owner)
{
    for (size_t i = 0; i < PROBES; i++) {
        struct entry *e = nth_entry(l, who, i);

        if (atomic_load(&e->who) == owner)
            return e;
    }
    return NULL;
}

static bool
take_idle(struct limiter *l, uint64_t who, int64_t now_ms)
{
    for (size_t i = 0; i < PROBES; i++) {
        struct entry *e = nth_entry(l, who, i);
        uint64_t      before = atomic_load(&e->who);

        if (is_idle(l, e, now_ms) &&
            atomic_compare_exchange_strong(&e->who, &before, who))
            return true;
    }
    return false;
}

/* After taking one it looks again: two that take at once agree on the first
 * of what they took. */
static struct entry *
find_entry(struct limiter *l, uint64_t who, int64_t now_ms)
{
    struct entry *e = owned_by(l, who, who);

    if (!e && take_idle(l, who, now_ms))
        e = owned_by(l, who, who);
    return e ? e : nth_entry(l, who, 0);
}

/* Windows. */

/* What is far in the future was written before the clock was set back. */
static bool
is_within(int64_t time_ms, int64_t now_ms, int64_t window_ms)
{
    return now_ms - time_ms < window_ms && time_ms - now_ms < LIMITER_IDLE_MS;
}

/* How many of the last `most` admissions lie within the window.  Times never
 * fall within the log, so that the border can be looked for. */
static uint64_t
count_within(struct entry *e, uint64_t head, int64_t most, int64_t ms,
             int64_t now_ms)
{
    uint64_t low = 0, high = head < (uint64_t)most ? head : (uint64_t)most;

    while (low < high) {
        uint64_t middle = (low + high + 1) / 2;

        if (is_within(time_of(load_log(e, head - middle)), now_ms, ms))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* What the windows say of the next admission. */
static struct limiter_answer
look(struct entry *e, uint64_t head, const struct limiter_window *windows,
     size_t count, int64_t now_ms)
{
    struct limiter_answer a = { .admitted = true, .remaining = INT64_MAX };

    for (size_t i = 0; i < count; i++) {
        const struct limiter_window *w = &windows[i];
        int64_t most = w->most < LIMITER_MOST ? w->most : LIMITER_MOST;
        int64_t used, oldest_ms;

        if (most <= 0)
            continue;
        used = (int64_t)count_within(e, head, most, w->ms, now_ms);
        oldest_ms = used ? time_of(load_log(e, head - (uint64_t)used)) + w->ms
                               - now_ms
                         : w->ms;
        if (used >= most) {
            a.admitted = false;
            if (oldest_ms > a.wait_ms)
                a.wait_ms = oldest_ms;
        }
        if (most - used < a.remaining) {
            a.window = i;
            a.remaining = most - used;
            a.reset_ms = oldest_ms;
        }
    }
    return a;
}

/* The time of the next entry: never before the last one's. */
static uint64_t
next_word(struct entry *e, uint64_t head, int64_t now_ms)
{
    int64_t last = head ? time_of(load_log(e, head - 1)) : 0;
    int64_t at = is_within(last, now_ms, 0) ? last : now_ms;

    return ((head + 1) & TURN_MASK) << TIME_BITS | ((uint64_t)at & TIME_MASK);
}

struct limiter_answer
limiter_take(struct limiter *l, uint64_t who,
             const struct limiter_window *windows, size_t count,
             int64_t now_ms)
{
    struct entry *e = find_entry(l, who, now_ms);

    for (;;) {
        uint64_t head = atomic_load(&e->head);
        uint64_t word = load_log(e, head);
        struct limiter_answer a;

        if (word >> TIME_BITS == ((head + 1) & TURN_MASK)) {
            (void)atomic_compare_exchange_strong(&e->head, &head, head + 1);
            continue;
        }
        a = look(e, head, windows, count, now_ms);
        if (!a.admitted && atomic_load(&e->head) == head)
            return a;
        if (a.admitted &&
            atomic_compare_exchange_strong(&e->log[head % LIMITER_MOST],
                                           &word,
                                           next_word(e, head, now_ms))) {
            (void)atomic_compare_exchange_strong(&e->head, &head, head + 1);
            a.remaining -= a.remaining != INT64_MAX;
            return a;
        }
    }
}

bool
limiter_enter(struct limiter *l, uint64_t who, int64_t most,
              struct limiter_lease *lease)
{
    struct entry *e = owned_by(l, who, who);
    uint32_t      own = place_word(l, (uint32_t)getpid());

    if (!e)
        e = nth_entry(l, who, 0);
    for (size_t i = 0; i < LIMITER_CONCURRENT && (int64_t)i < most; i++) {
        uint32_t before = atomic_load(&e->places[i]);

        if ((before && is_place_taken(l, e, i)) ||
            !atomic_compare_exchange_strong(&e->places[i], &before, own))
            continue;
        *lease = (struct limiter_lease){
            (size_t)(e - l->entries), i + 1, own };
        return true;
    }
    return false;
}

void
limiter_leave(struct limiter *l, struct limiter_lease *lease)
{
    uint32_t own = lease->word;

    /* It may have been taken for free. */
    if (lease->place)
        (void)atomic_compare_exchange_strong(
            &l->entries[lease->entry].places[lease->place - 1], &own, 0);
    *lease = (struct limiter_lease){ 0 };
}
