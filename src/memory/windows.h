/*
 * Windows of time: how long ago a memory was said.  Each gets a share of what
 * is injected, so that what is new cannot push out all that is old.  Pure.
 */
#ifndef MEMORY_WINDOWS_H
#define MEMORY_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

enum window { WINDOW_HOT, WINDOW_WORKING, WINDOW_LONGTERM, WINDOW_ARCHIVE,
              WINDOW_COUNT };

/* Up to which age, and what each window gets if it has as much to say. */
struct windows {
    int64_t most_ms[WINDOW_COUNT - 1];
    int64_t share_percent;  /* of limit and token budget, 0..25 */
    int64_t now_ms;
};

/* The window of what was said then; the future is hot. */
enum window windows_find(const struct windows *w, int64_t occurred_ms);

/* What one window has for sure of `all`. */
size_t windows_share(const struct windows *w, size_t all);

/* "hot", "working", "longterm", "archive". */
const char *windows_name(enum window window);

#endif
