/*
 * Bytes that wait on disk: a file without a name, that nobody else sees and
 * that is gone with its arena.  Written first, then read from its beginning.
 */
#ifndef PLATFORM_TEMPFILE_H
#define PLATFORM_TEMPFILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* An empty one on the disk of `folder`; the descriptor is owned by `a`.
 * Errors: ERR_STORE. */
enum status tempfile_new(struct arena *a, const char *folder, int *fd,
                         struct error *err) MUST_CHECK;

/* Adds to its end.  Errors: ERR_STORE: no room, for example. */
enum status tempfile_write(int fd, struct str bytes,
                           struct error *err) MUST_CHECK;

/* What follows is read from the beginning on.  Errors: ERR_STORE. */
enum status tempfile_rewind(int fd, struct error *err) MUST_CHECK;

/* The next bytes; *got is 0 at the end.  Errors: ERR_STORE. */
enum status tempfile_read(int fd, char *into, size_t max, size_t *got,
                          struct error *err) MUST_CHECK;

#endif
