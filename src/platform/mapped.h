/*
 * A whole file as bytes, mapped read-only until the arena ends.
 *
 * For files that an administrator names: one that is cut short while it is
 * read ends the process.
 */
#ifndef PLATFORM_MAPPED_H
#define PLATFORM_MAPPED_H

#include "base/arena.h"

/* Errors: ERR_CONFIG (missing, no regular file, empty). */
enum status mapped_file(struct arena *a, const char *path, struct str *bytes,
                        struct error *err) MUST_CHECK;

#endif
