/* A growing run of bytes with a maximum. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

enum { FIRST_BYTES = 256 };

static void
release(void *ptr)
{
    buf_release(ptr);
}

struct buf *
buf_new(struct arena *a, size_t max)
{
    struct buf *b = arena_new(a, struct buf);

    *b = BUF_INIT(max);
    arena_defer(a, release, b);
    return b;
}

void
buf_release(struct buf *b)
{
    free(b->ptr);
    *b = BUF_INIT(b->max);
}

void
buf_clear(struct buf *b)
{
    b->len = 0;
    b->full = false;
}

/* True when `more` bytes may be written at ptr + len. */
static bool
reserve(struct buf *b, size_t more)
{
    size_t room = b->room ? b->room : FIRST_BYTES;

    if (b->full || more > b->max - b->len) {
        b->full = true;
        return false;
    }
    if (b->len + more <= b->room)
        return true;
    while (room < b->len + more)
        room *= 2;
    if (room > b->max)
        room = b->max;
    b->ptr = realloc_or_die(b->ptr, room);
    b->room = room;
    return true;
}

void
buf_add(struct buf *b, struct str s)
{
    if (s.len == 0 || !reserve(b, s.len))
        return;
    memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
}

void
buf_add_byte(struct buf *b, char byte)
{
    if (!reserve(b, 1))
        return;
    b->ptr[b->len++] = byte;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
    char    few[256];
    va_list args;
    int     len;
    char   *text = few;

    va_start(args, format);
    len = vsnprintf(few, sizeof(few), format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len >= sizeof(few)) {
        text = alloc_or_die((size_t)len + 1);
        va_start(args, format);
        (void)vsnprintf(text, (size_t)len + 1, format, args); /* it fits */
        va_end(args);
    }
    buf_add(b, (struct str){ text, (size_t)len });
    if (text != few)
        free(text);
}

void
buf_drop(struct buf *b, size_t count)
{
    if (count >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->ptr, b->ptr + count, b->len - count);
    b->len -= count;
}

struct str
buf_str(const struct buf *b)
{
    return (struct str){ b->ptr, b->len };
}

enum status
buf_finish(const struct buf *b, const char *what, struct error *err)
{
    if (!b->full)
        return OK;
    return failed(err, ERR_TOO_LARGE, "%s is larger than %zu bytes", what,
                  b->max);
}
