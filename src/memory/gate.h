/*
 * A gate that lets a fixed number of threads through at a time: 256 threads
 * that compute at once on two cores only get into each other's way.
 *
 * Who leaves lets the newest waiting thread in, not the oldest.  When more
 * come than can be served, the oldest are those whose deadline is about to
 * pass: serving them first would make everybody late.  So a thread without a
 * deadline may wait for long while others keep coming.  Any thread may call.
 */
#ifndef MEMORY_GATE_H
#define MEMORY_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate;

/* For deadlines: there is none. */
#define GATE_NO_DEADLINE INT64_MAX

/* `places`: threads that are inside at once, at least 1. */
struct gate *gate_new(size_t places);

/* Nobody may be inside or waiting. */
void gate_free(struct gate *gate);

/* Waits for a place until deadline_us, as clock_tick_us() counts.  True: it is
 * ours until gate_leave().  A free place is given even past the deadline. */
bool gate_enter(struct gate *gate, int64_t deadline_us);
void gate_leave(struct gate *gate);

/* How many wait now. */
size_t gate_waiting(struct gate *gate);

#endif
