/*
 * Signals as events: blocked in every thread, waited for by one.
 */
#ifndef PLATFORM_SIGNALS_H
#define PLATFORM_SIGNALS_H

#include <stdint.h>

#include "base/error.h"

/* Blocks what the program reacts to, in this thread and all that it starts.
 * Before the first thread. */
void signals_block(void);

/* Waits for the next signal, at most `ms`; its number, or 0. */
int signals_wait(int64_t ms);

/*
 * A descriptor that becomes readable, for good, at the first SIGTERM or
 * SIGINT.  Starts the thread that waits for it.  Once per process.
 */
enum status signals_stop_fd(int *fd, struct error *err) MUST_CHECK;

#endif
