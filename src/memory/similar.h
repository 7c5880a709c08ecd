/*
 * How near each memory's vector is to the question's: in deviations from the
 * mean of the vault, so that it can be added to other evidence, and centred on
 * what the model gives for any text, which tells whether two have to do with
 * each other also in a vault of three memories.
 *
 * Small vaults are scanned whole.  Large ones have mean and deviation in
 * closed form and the cosine of one memory when it is asked for.
 */
#ifndef MEMORY_SIMILAR_H
#define MEMORY_SIMILAR_H

#include "memory/embed.h"
#include "memory/index.h"
#include "memory/scratch.h"

struct similar {
    const struct index *index;
    const float        *question;  /* NULL: there is none, all z are 0 */
    const float        *scores;    /* cosines of all; NULL: ask one by one */
    double              mean;
    double              deviation;
};

/* A question as a vector; NULL, or with other dimensions than the index has:
 * words only. */
struct similar_query {
    const float        *vector;
    struct embed_centre centre;
};

/* Uses scratch->scores as long as the result is used. */
struct similar similar_of(const struct index *ix,
                          const struct similar_query *q,
                          struct scratch *scratch);

/* The cosine, or NAN where the memory has no vector. */
float similar_cosine(const struct similar *s, uint32_t item);

/* The cosine in deviations from the mean; 0 where there is no vector. */
double similar_z(const struct similar *s, uint32_t item);

/* The cosine of the two less the model's means of questions and of passages;
 * NAN where there is no vector. */
float similar_centred(const struct similar *s,
                      const struct embed_centre *centre, uint32_t item);

#endif
