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

/* What a request can be refused for. */
enum limit_kind {
    LIMIT_KEY_10S,
    LIMIT_KEY_60S,
    LIMIT_ADDRESS,
    LIMIT_CONCURRENCY,
    LIMIT_KEY_TOKENS,
    LIMIT_ACCOUNT_TOKENS,
    LIMIT_MEMORIES,
    LIMIT_KINDS,
};

/* One was, for this limit. */
void measure_refusal(const struct service *s, enum limit_kind kind);

/* Makes the counters of all limits, so that they are told before the first
 * refusal. */
void measure_limits(const struct service *s);

/* A request took one of its key's places, or gave it back. */
void measure_place(const struct service *s, int by);

/* A stream opened, or ended. */
void measure_stream(const struct turn *t, int by);

/* A turn that is done: by dialect, vendor and status; its stages; what was
 * recalled and stored. */
void measure_turn(const struct turn *t);

/* Pools and tails of this process, as they are now. */
void measure_process(const struct service *s);

#endif
