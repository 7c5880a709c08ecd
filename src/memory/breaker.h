/*
 * A circuit breaker: after some failures in a row nobody is sent to a service
 * for a while; then one is, to see whether it is back.
 *
 * Kept by value; the owner locks.  Times are those of clock_tick_us().
 */
#ifndef MEMORY_BREAKER_H
#define MEMORY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BREAKER_FAILURES     = 5,         /* in a row, until it opens       */
    BREAKER_PAUSE_US     = 5000000,   /* until one may try again        */
    BREAKER_PAUSE_MAX_US = 60000000,  /* however long the service asks  */
};

struct breaker {
    int     failures;   /* since the last success */
    int64_t until_us;   /* nobody is let through before; 0: closed */
};

#define BREAKER_INIT ((struct breaker){ 0, 0 })

/* True while the service counts as broken. */
static inline bool
breaker_is_open(const struct breaker *b)
{
    return b->until_us != 0;
}

/* Whether to call the service now.  Of those who ask after the pause the first
 * may, the others wait for its success or for another pause: so a call that
 * never reports does not keep the breaker open for ever. */
static inline bool
breaker_admits(struct breaker *b, int64_t now_us)
{
    if (b->until_us == 0)
        return true;
    if (now_us < b->until_us)
        return false;
    b->until_us = now_us + BREAKER_PAUSE_US;
    return true;
}

static inline void
breaker_succeed(struct breaker *b)
{
    *b = BREAKER_INIT;
}

/* `pause_us`: what the service asked for, which opens at once; else 0. */
static inline void
breaker_fail(struct breaker *b, int64_t now_us, int64_t pause_us)
{
    if (pause_us > BREAKER_PAUSE_MAX_US)
        pause_us = BREAKER_PAUSE_MAX_US;
    if (++b->failures < BREAKER_FAILURES && pause_us <= 0)
        return;
    if (pause_us < BREAKER_PAUSE_US)
        pause_us = BREAKER_PAUSE_US;
    b->failures = BREAKER_FAILURES;
    b->until_us = now_us + pause_us;
}

#endif
