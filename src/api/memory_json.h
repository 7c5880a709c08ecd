/*
 * One memory as the endpoints under /v1/memories show it, and its id in a
 * path.
 */
#ifndef API_MEMORY_JSON_H
#define API_MEMORY_JSON_H

#include "api/caller.h"
#include "store/memory.h"

/* Appends the whole row as an object. */
void memory_json_add(struct buf *b, const struct memory_row *row);

/*
 * The id in /v1/memories/ID, with `end` behind it ("", "/history").
 * Errors   ERR_NOT_FOUND for the caller: what stands there is none
 */
enum status memory_json_id(const struct request *r, const char *end,
                           int64_t *id, struct error *err) MUST_CHECK;

/* The whole row with this id, from the caller's vault.
 * Errors: ERR_NOT_FOUND for the caller; ERR_STORE. */
enum status memory_json_fetch(const struct caller *who, int64_t id,
                              struct memory_row *row,
                              struct error *err) MUST_CHECK;

#endif
