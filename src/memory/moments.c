/* Sums in blocks, so that they are inner products of long rows. */
#include "memory/moments.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "memory/dot.h"

#include "base/banned.h"

enum {
    BLOCK      = 512,      /* vectors at once */
    SAMPLE_MAX = 1 << 18,  /* their covariance is known to .2 % then */
    ROWS       = 256,      /* of the covariance at once */
};

void
moments_mean(const float *rows, size_t count, size_t width, float *mean)
{
    double *sums = alloc_array_or_die(width, sizeof(*sums));

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < width; k++)
            sums[k] += (double)rows[i * width + k];
    for (size_t k = 0; k < width; k++)
        mean[k] = (float)(sums[k] / (double)count);
    free(sums);
}

/* Adds the products of one transposed block to the upper half. */
static void
add_block(const float *block, size_t width, float *products,
          float *covariance)
{
    for (size_t i = 0; i < width; i++) {
        float *to = covariance + i * width + i;

        dot_rows(block + i * BLOCK, block + i * BLOCK, width - i, BLOCK,
                 products);
        for (size_t k = 0; k < width - i; k++)
            to[k] += products[k];
    }
}

/* Divides, and copies the upper half to the lower. */
static void
finish(float *covariance, size_t width, size_t count)
{
    for (size_t i = 0; i < width; i++)
        for (size_t k = i; k < width; k++) {
            covariance[i * width + k] /= (float)count;
            covariance[k * width + i] = covariance[i * width + k];
        }
}

void
moments_covariance(const float *rows, size_t count, size_t width,
                   const float *mean, float *covariance)
{
    size_t step = (count + SAMPLE_MAX - 1) / SAMPLE_MAX, used = 0, column = 0;
    float *block = alloc_array_or_die(width * BLOCK, sizeof(*block));
    float *products = alloc_array_or_die(width, sizeof(*products));

    memset(covariance, 0, width * width * sizeof(*covariance));
    for (size_t i = 0; i < count; i += step, used++) {
        for (size_t k = 0; k < width; k++)
            block[k * BLOCK + column] = rows[i * width + k] - mean[k];
        if (++column == BLOCK) {
            add_block(block, width, products, covariance);
            memset(block, 0, width * BLOCK * sizeof(*block));
            column = 0;
        }
    }
    add_block(block, width, products, covariance);
    finish(covariance, width, used);
    free(block);
    free(products);
}

double
moments_variance(const float *covariance, size_t width, const float *question)
{
    float  products[ROWS];
    double sum = 0;

    for (size_t i = 0; i < width; i += ROWS) {
        size_t count = width - i < ROWS ? width - i : ROWS;

        dot_rows(question, covariance + i * width, count, width, products);
        sum += (double)dot_product(question + i, products, count);
    }
    return sum > 0 ? sum : 0;
}
