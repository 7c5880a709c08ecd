/* A folder of a test's own, and vectors in it. */
#ifndef UNIT_FOLDER_H
#define UNIT_FOLDER_H

#include <ftw.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory/dot.h"

static inline int
folder_remove_one(const char *path, const struct stat *about, int kind,
                  struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline void
folder_remove(const char *path)
{
    (void)nftw(path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Between 0 and 1, the same every time. */
static inline float
folder_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (float)(*state >> 40) / (float)(1 << 24);
}

/*
 * The i-th vector of `width`, of length 1: topics around topics, as texts are,
 * not noise.
 */
static inline void
folder_vector(size_t i, size_t width, float *vector)
{
    uint64_t topic = i % 97 + 1, own = i + 1000000;
    float    length;

    for (size_t k = 0; k < width; k++)
        vector[k] = 0.6F + folder_random(&topic) - 0.5F +
                    0.8F * (folder_random(&own) - 0.5F);
    length = sqrtf(dot_product(vector, vector, width));
    for (size_t k = 0; k < width; k++)
        vector[k] /= length;
}

#endif
