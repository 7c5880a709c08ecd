/*
 * Time.  A turn asks once and carries the answer (turn.now_ms), so that its
 * parts agree and tests can choose.
 */
#ifndef PLATFORM_CLOCK_H
#define PLATFORM_CLOCK_H

#include <stdint.h>

#include "base/arena.h"

#define CLOCK_DAY_MS ((int64_t)24 * 3600 * 1000)

/* Milliseconds since the epoch, UTC. */
int64_t clock_now_ms(void);

/* Microseconds of a clock that never goes back; only differences mean
 * something. */
int64_t clock_tick_us(void);

/* Waits; a signal may end it early. */
void clock_pause_ms(int64_t ms);

/* "2026-11-23T19:30:00.123Z", owned by `a`. */
struct str clock_iso(struct arena *a, int64_t epoch_ms);

/*
 * Reads ISO 8601: a date, or date and time with or without seconds, their
 * fraction and an offset (none: UTC), as "2026-11-23" or
 * "2026-11-23T19:30:00.5+01:00".  False for anything else, also for days that
 * no month has.
 */
bool clock_read_iso(struct str text, int64_t *epoch_ms);

/* "2026-11-23 19:30 UTC", owned by `a`. */
struct str clock_minute(struct arena *a, int64_t epoch_ms);

#endif
