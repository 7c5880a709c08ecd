/*
 * The learner's process: stores what waits in the spool, learns
 * (memory/learn.h), sweeps away what was kept for a while only, and logs what
 * happens.
 */
#ifndef TURN_LEARNING_H
#define TURN_LEARNING_H

#include "memory/learn.h"
#include "turn/service.h"

/* Until stop_fd becomes readable.  Lowers the priority of the process. */
void learning_run(const struct service *s, int stop_fd);

/* Logs one thing that a learner tells: ids and counts, never texts. */
void learning_log(void *owner, const struct learn_news *news);

#endif
