/*
 * Vectors of length 1, so that a product of two is their cosine.
 */
#ifndef MEMORY_NORMALISE_H
#define MEMORY_NORMALISE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* False for a vector that points nowhere, which stays as it is. */
static inline bool
normalise_row(float *row, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (double)row[i] * (double)row[i];
    if (!(sum > 1e-12))
        return false;
    for (size_t i = 0; i < count; i++)
        row[i] = (float)((double)row[i] / sqrt(sum));
    return true;
}

#endif
