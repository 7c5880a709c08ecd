/*
 * Reads a stream of server-sent events in whatever pieces it arrives.
 *
 * Lines end in LF, CR or CRLF; an empty line ends an event; comments and
 * fields other than `event` and `data` are skipped.  The same bytes give the
 * same events wherever they are cut.  An event longer than the maximum is
 * skipped whole; the bytes themselves are somebody else's to relay.
 * Source: HTML Living Standard, 9.2.6 (2026-10).
 */
#ifndef PLATFORM_SSE_H
#define PLATFORM_SSE_H

#include "base/buf.h"

/* Gets each event that has data; both are good until it returns. */
typedef void sse_event_fn(void *owner, struct str event, struct str data);

struct sse {
    struct buf    line;
    struct buf    event;
    struct buf    data;
    bool          after_cr;    /* the last byte was a CR that ended a line */
    bool          line_open;   /* bytes since the last line end            */
    bool          has_data;
    bool          in_event;    /* a line since the last empty one          */
    bool          too_long;
    sse_event_fn *fn;
    void         *owner;
};

/* `max`: longest event in bytes. */
void sse_init(struct sse *s, size_t max, sse_event_fn *fn, void *owner);
void sse_release(struct sse *s);

void sse_feed(struct sse *s, struct str bytes);

/* The stream ended: an event without its empty line is given after all, as
 * real clients do. */
void sse_end(struct sse *s);

/* True between events, where something may be put into the stream. */
bool sse_at_boundary(const struct sse *s);

#endif
