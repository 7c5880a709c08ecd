/*
 * OpenAI's embeddings dialect: what a request says, and what its reply must
 * hold.  Source: OpenAI API reference, "Create embeddings", 2025.
 *
 * Pure functions.
 */
#ifndef MEMORY_EMBED_WIRE_H
#define MEMORY_EMBED_WIRE_H

#include "base/buf.h"

/* The body of a request; `dimensions` 0: whatever the model gives. */
void embed_wire_request(struct buf *b, struct str model, size_t dimensions,
                        const struct str *texts, size_t count);

/* Most bytes that a good reply about so many texts has; `dimensions` 0: not
 * known. */
size_t embed_wire_reply_max(size_t count, size_t dimensions);

/*
 * The vectors of a reply, each made to length 1.  They may come in any order,
 * as numbers or as base64 of little-endian floats.
 *
 * dimensions  what they must have; 0: they all have as many as the first, which
 *             is written here
 * rows        room for count rows of so many floats, of EMBED_DIMENSIONS_MAX
 *             when that is not known
 * Errors      ERR_UPSTREAM: not JSON, not one vector for each text, other
 *             dimensions, a number that is not finite, a vector of length 0.
 *             The text repeats nothing of the reply
 */
enum status embed_wire_reply(struct arena *a, struct str body, size_t count,
                             size_t *dimensions, float *rows,
                             struct error *err) MUST_CHECK;

#endif
