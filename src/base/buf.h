/*
 * A growing run of bytes that was born with a maximum.
 *
 * Appending returns nothing: past the maximum the buffer becomes *full*, drops
 * what does not fit, and buf_finish() says ERR_TOO_LARGE.  Many writes, one
 * check.  The bytes move when the buffer grows; a pointer into it is good
 * until the next append.  One thread at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct buf {
    char  *ptr;
    size_t len;
    size_t room;
    size_t max;
    bool   full;
};

/* An empty buffer for at most `max_bytes`; allocates nothing yet. */
#define BUF_INIT(max_bytes) ((struct buf){ NULL, 0, 0, (max_bytes), false })

/* A buffer that the arena releases. */
struct buf *buf_new(struct arena *a, size_t max);

void buf_release(struct buf *b);

/* Empty and not full; keeps its memory. */
void buf_clear(struct buf *b);

void buf_add(struct buf *b, struct str s);
void buf_add_byte(struct buf *b, char byte);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Removes the first `count` bytes (at most all of them). */
void buf_drop(struct buf *b, size_t count);

/* What is in it, borrowed until the next change. */
struct str buf_str(const struct buf *b);

/* OK, or ERR_TOO_LARGE when something did not fit; `what` names it. */
enum status buf_finish(const struct buf *b, const char *what,
                       struct error *err) MUST_CHECK;

#endif
