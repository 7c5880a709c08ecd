/*
 * All memory of one request: taken piece by piece, given back at once.
 *
 * A thread owns one arena and resets it after each request, so that almost no
 * function needs cleanup code.  What other libraries allocate is tied to the
 * arena with arena_defer(); these cleanups run last first.
 *
 * Allocation never returns NULL: running out of memory ends the process with a
 * message, and the master starts a new one.  Hostile sizes never get that far,
 * because every entry point has a limit.  One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct arena_block;
struct arena_cleanup;

struct arena {
    struct arena_block   *blocks;    /* newest first */
    struct arena_cleanup *cleanups;  /* newest first */
    char                 *next;
    char                 *end;
};

#define ARENA_INIT ((struct arena){ NULL, NULL, NULL, NULL })

/* Runs the cleanups and keeps one block for the next request. */
void arena_reset(struct arena *a);

/* Runs the cleanups and frees everything; the arena may be used again. */
void arena_release(struct arena *a);

/* `size` zeroed bytes, aligned for any type, living until reset. */
void *arena_alloc(struct arena *a, size_t size);

/* `count` zeroed elements of `size` bytes; an overflow ends the process. */
void *arena_alloc_array(struct arena *a, size_t count, size_t size);

#define arena_new(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, count) \
    ((type *)arena_alloc_array((a), (count), sizeof(type)))

/* A copy owned by the arena, with a NUL behind it (not counted in len), so
 * that .ptr may go where a C string is wanted if s holds no NUL. */
struct str arena_copy(struct arena *a, struct str s);

/* Formatted text owned by the arena; NUL-terminated likewise. */
struct str arena_printf(struct arena *a, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Calls cleanup(ptr) at the next reset or release. */
void arena_defer(struct arena *a, void (*cleanup)(void *ptr), void *ptr);

/*
 * For objects that outlive requests: malloc, calloc and realloc that end the
 * process instead of returning NULL.  The caller frees.
 */
void *alloc_or_die(size_t size);
void *alloc_array_or_die(size_t count, size_t size);
void *realloc_or_die(void *ptr, size_t size);

#endif
