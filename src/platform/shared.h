/*
 * Memory that all processes of this node share, and that outlives them: a
 * file in state_dir, mapped.  Zero at first; a file that is longer keeps its
 * length.  Pages that nobody wrote take no place on disk.
 */
#ifndef PLATFORM_SHARED_H
#define PLATFORM_SHARED_H

#include <stddef.h>

#include "base/error.h"

/* Maps `len` bytes of the file `name`, until shared_close().
 * Errors: ERR_CONFIG (state_dir is no place to write). */
enum status shared_open(const char *state_dir, const char *name, size_t len,
                        void **bytes, struct error *err) MUST_CHECK;
void shared_close(void *bytes, size_t len);

#endif
