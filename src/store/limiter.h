/*
 * How many requests each key and each address made a moment ago, and how many
 * run now.
 *
 * One map of the node, STATE/limits, shared by all processes, changed by
 * atomic operations alone.  Each who (a key or an address) has a log with the
 * times of its last LIMITER_MOST admissions; a request is admitted when the
 * log's entry `most` admissions ago is older than the window.  So the limit is
 * exact: in no span of the window's length more are admitted, however many
 * ask at once, and a process that dies half-way changes nothing.
 *
 * A who that was silent for LIMITER_IDLE_MS gives its place to another.  When
 * all places that it may take are busy it shares one, and is limited with its
 * owner.
 */
#ifndef STORE_LIMITER_H
#define STORE_LIMITER_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum {
    LIMITER_MOST       = 2048,   /* of a window */
    LIMITER_CONCURRENT = 256,
    LIMITER_IDLE_MS    = 60000,  /* longest window */
};

struct limiter;

/*
 * Maps STATE/limits, creating it.
 *
 * start    any number that all processes of one start of the service share:
 *          what ran before runs no more, whoever has its process ids now
 * Errors   ERR_CONFIG
 */
enum status limiter_open(const char *state_dir, uint32_t start,
                         struct limiter **l, struct error *err) MUST_CHECK;
void limiter_close(struct limiter *l);

/* Who: a key by its number, or a client by its address (of IPv6 the network
 * of 64 bits, which is what one household gets). */
uint64_t limiter_key(int64_t key_id);
uint64_t limiter_address(struct str address);

struct limiter_window {
    int64_t most;  /* 0: no limit; at most LIMITER_MOST */
    int64_t ms;    /* at most LIMITER_IDLE_MS */
};

struct limiter_answer {
    bool    admitted;
    size_t  window;     /* the one that is nearest to its limit */
    int64_t remaining;  /* in it */
    int64_t reset_ms;   /* until its oldest admission is forgotten */
    int64_t wait_ms;    /* not admitted: until it may be */
};

/* Admits a request and writes it down, or does neither.
 * windows   1 to 4; those without limit do not count */
struct limiter_answer limiter_take(struct limiter *l, uint64_t who,
                                   const struct limiter_window *windows,
                                   size_t count, int64_t now_ms);

/* A running request's place; zeros: none. */
struct limiter_lease {
    size_t   entry;
    size_t   place;  /* from 1 */
    uint32_t word;   /* that it holds */
};

/*
 * One of `most` (1..LIMITER_CONCURRENT) places of who, after limiter_take(),
 * or false when all are taken.  What a process that died had is free again.
 */
bool limiter_enter(struct limiter *l, uint64_t who, int64_t most,
                   struct limiter_lease *lease);
void limiter_leave(struct limiter *l, struct limiter_lease *lease);

#endif
