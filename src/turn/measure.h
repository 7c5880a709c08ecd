/*
 * What is counted of turns and of this process, for GET /metrics
 * (platform/meters.h).  Nothing is, unless the option `metrics` wants it.
 */
#ifndef TURN_MEASURE_H
#define TURN_MEASURE_H

#include "turn/turn.h"

/* A request came, or its end did. */
void measure_request(const struct service *s, int by);

/* Its answer: any endpoint's. */
void measure_answer(const struct service *s, int status);

/* A stream opened, or ended. */
void measure_stream(const struct turn *t, int by);

/* A turn that is done: by dialect, vendor and status; its stages; what was
 * recalled and stored. */
void measure_turn(const struct turn *t);

/* Pools and tails of this process, as they are now. */
void measure_process(const struct service *s);

#endif
