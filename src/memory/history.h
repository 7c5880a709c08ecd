/*
 * What a memory said before it was edited, as JSON: a list of objects, oldest
 * first, as GET /v1/memories/{id}/history and the lines of an export have it.
 *
 *     [{"version":1,"content":"I moved to Bergen.","role":"user","name":null,
 *       "timestamp":1770600000000,"metadata":null,
 *       "replaced_at":1770700000000}]
 *
 * Pure functions.
 */
#ifndef MEMORY_HISTORY_H
#define MEMORY_HISTORY_H

#include "memory/entry.h"

/* Appends the list. */
void history_add(struct buf *b, const struct version *list, size_t count);

/*
 * Reads a list into e->history, owned by `a`.  A version may leave out what a
 * memory may; its time is then e's, its number the next.
 * Errors   ERR_INPUT for the caller, with what is wrong in which version
 */
enum status history_read(struct arena *a, const struct json *list,
                         struct entry *e, struct error *err) MUST_CHECK;

#endif
