/*
 * What is counted, for Prometheus: one map of the node, STATE/meters, shared by
 * all processes and kept over restarts.
 *
 * A meter is made by its first use.  Its name is that of Prometheus with its
 * labels, `requests_total{status="200"}`; who uses one sees to it that there
 * are not too many values.  What does not fit any more is not counted.  Gauges
 * belong to a process: told is the sum over those that live.  Any thread may
 * call; nothing blocks.  A NULL map counts nothing.
 */
#ifndef PLATFORM_METERS_H
#define PLATFORM_METERS_H

#include "base/buf.h"

struct meters;

/* Maps STATE/meters, creating it.  Errors: ERR_CONFIG. */
enum status meters_open(const char *state_dir, struct meters **m,
                        struct error *err) MUST_CHECK;
void meters_close(struct meters *m);

/* A counter goes up. */
void meters_add(struct meters *m, struct str name, int64_t by);

/* This process's part of a gauge. */
void meters_move(struct meters *m, struct str name, int64_t by);
void meters_set(struct meters *m, struct str name, int64_t value);

/* A histogram of times gets one more. */
void meters_time(struct meters *m, struct str name, int64_t us);

/* All of them, in Prometheus' text format 0.0.4, in order of name. */
void meters_print(struct meters *m, struct arena *a, struct buf *b);

#endif
