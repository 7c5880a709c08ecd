/*
 * What a process gives up before it reads its first foreign byte.  Each step
 * that the kernel does not know is left out; what was left out is told, so
 * that the log can say it.
 */
#ifndef PLATFORM_SANDBOX_H
#define PLATFORM_SANDBOX_H

#include "base/error.h"

/* Becomes `user` ("" changes nothing).  Errors: ERR_CONFIG. */
enum status sandbox_become(const char *user, struct error *err) MUST_CHECK;

/* As many descriptors as the hard limit allows; no core dumps. */
void sandbox_set_limits(void);

/*
 * No new privileges, no ptrace by others, and no writing to files outside
 * `state_dir`.  True when all of it was possible.
 */
bool sandbox_enter(const char *state_dir);

#endif
