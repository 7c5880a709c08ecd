/*
 * Spherical k-means: centroids of unit length, nearest by inner product.
 *
 * A fixed seed and one thread: the same rows give the same centroids.  Pure;
 * takes memory of the sample, which is bounded, while it runs.
 */
#ifndef MEMORY_KMEANS_H
#define MEMORY_KMEANS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds `lists` centroids of `width` floats for `count` rows (at least one).
 * Looks at an even sample of them.
 */
void kmeans_run(const float *rows, size_t count, size_t width, size_t lists,
                float *centroids);

/* The nearest of the centroids; `products` is room for one float each. */
uint32_t kmeans_nearest(const float *centroids, size_t lists, size_t width,
                        const float *row, float *products);

#endif
