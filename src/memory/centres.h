/*
 * The centres (centre.h) of the models that an embedder has used.
 *
 * Copies that stay until the embedder closes, whatever becomes of the model:
 * whoever was handed one may go on using it.  That of a model behind an
 * endpoint is measured part by part, as calls have room for sentences.  One
 * mutex, held inside only; any thread may call.
 */
#ifndef MEMORY_CENTRES_H
#define MEMORY_CENTRES_H

#include "memory/embed.h"

struct centres;  /* one per embedder */

/* From so many pairs on there is a centre, rough as yet: much better than none,
 * and nobody waits for the rest. */
enum { CENTRES_ENOUGH = 8 };

/* What an endpoint gave for some of the sentences. */
struct centres_part {
    size_t       first;       /* of centre_pairs */
    size_t       count;       /* may be 0: only the dimensions are told */
    size_t       dimensions;
    const float *rows;        /* of the questions, then of the passages; these
                                 may be those of other pairs */
};

struct centres *centres_new(void);
void centres_free(struct centres *c);

/* What is known of the model: dimensions 0: nothing yet; no vectors: they are
 * not measured far enough. */
struct embed_centre centres_find(struct centres *c, struct str model);

/* The same centre as a copy that stays.  A model that was replaced by another
 * one of its name has a new copy. */
struct embed_centre centres_keep(struct centres *c, struct str model,
                                 const struct embed_centre *centre);

/* How many of centre_pairs are measured: the next part begins there. */
size_t centres_measured(struct centres *c, struct str model);

/* Takes a part, unless another thread was faster, and returns what is known
 * then. */
struct embed_centre centres_measure(struct centres *c, struct str model,
                                    const struct centres_part *part);

#endif
