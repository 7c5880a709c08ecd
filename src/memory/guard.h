/*
 * Stored text made harmless: whatever it says, it cannot open or close one of
 * the fences of render.c, nor look like the head of another entry.
 */
#ifndef MEMORY_GUARD_H
#define MEMORY_GUARD_H

#include "base/buf.h"

/*
 * Appends the text without control and invisible characters, where a
 * character that begins the imitation of a fence, a rule or an entry's head is
 * replaced by one that looks like it.  Everything else stays, line ends too.
 * At most GUARD_GROWTH times as long as the text.
 */
void guard_text(struct buf *out, struct str text);

/* The same in one line, for names. */
void guard_name(struct buf *out, struct str name);

enum { GUARD_GROWTH = 3 };

#endif
