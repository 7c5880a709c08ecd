/*
 * The vectors of one generation, mapped.
 *
 * Two files in the generation's folder: vectors.faiss, a whole FAISS index
 * (IVF,Flat, inner product, ids = numbers of items), and vectors.map, which
 * says where each item's vector stands in it and holds the centroids of the
 * lists, the mean of all vectors and, for large vaults, their covariance.
 * Small vaults are one list, which is scanned whole and exact; large ones are
 * about the square root of their count in lists, of which a search reads a
 * few.
 *
 * Items are 0 .. vectors_items() - 1 in the lexicon's order; some may have no
 * vector.  Both files must have been checked against their sums (segment.h):
 * what is looked at here is the structure, and every place that is read from
 * a file is checked before it is used.  Open vectors are read only; any
 * number of threads may use them.  FAISS and what it is built on start no
 * threads here.
 */
#ifndef MEMORY_VECTORS_H
#define MEMORY_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum {
    VECTORS_EXACT_MAX      = 20000,    /* more of them become several lists */
    VECTORS_DIMENSIONS_MAX = 4096,
    VECTORS_PROBES_MAX     = 64,       /* lists that a search can read */
};

struct vectors;

/* Maps both files.  ERR_NOT_FOUND: one is missing; ERR_INTERNAL: damaged;
 * ERR_BUSY: no descriptors or memory, nothing is said about the files. */
enum status vectors_open(const char *folder, struct vectors **vectors,
                         struct error *err) MUST_CHECK;

/* NULL allowed. */
void vectors_close(struct vectors *v);

uint32_t vectors_items(const struct vectors *v);   /* with or without one */
uint32_t vectors_count(const struct vectors *v);   /* with one */
size_t   vectors_dimensions(const struct vectors *v);
size_t   vectors_lists(const struct vectors *v);
size_t   vectors_mapped_bytes(const struct vectors *v);

/* One list: every search is exact. */
bool vectors_is_exact(const struct vectors *v);

/* The vector of an item, or NULL when it has none; it lives as long as v. */
const float *vectors_at(const struct vectors *v, uint32_t item);

/* Scores of all vectors_items() items; NAN for those without a vector.  Reads
 * every vector, also of large vaults. */
void vectors_scores(const struct vectors *v, const float *question,
                    float *scores);

/* Scores of these items, NAN where there is none. */
void vectors_scores_of(const struct vectors *v, const float *question,
                       const uint32_t *items, size_t count, float *scores);

/*
 * The `k` best items (k >= 1) and their scores, best first, equal ones by
 * number; how many there are.  Exact where vectors_is_exact(), else of the
 * nearest lists.
 */
size_t vectors_nearest(const struct vectors *v, const float *question,
                       size_t k, uint32_t *items, float *scores);

/* The same with `probes` lists, 1..VECTORS_PROBES_MAX, for measurements. */
size_t vectors_nearest_of(const struct vectors *v, const float *question,
                          size_t probes, size_t k, uint32_t *items,
                          float *scores);

/*
 * Mean and standard deviation of the scores of all vectors.  Where lists are
 * many, in closed form: mean = q.m and variance = q'Cq, with C of all vectors
 * or an even sample of them.  Where there is one list it is scanned: whoever
 * has the scores already does better without.  No vectors: 0 and 0.
 */
void vectors_moments(const struct vectors *v, const float *question,
                     double *mean, double *deviation);

#endif
