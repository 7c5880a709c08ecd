/*
 * Mean and covariance of many vectors, so that mean and deviation of their
 * products with any question are known without looking at them again:
 * mean = q.m, variance = q'Cq.  Pure.
 */
#ifndef MEMORY_MOMENTS_H
#define MEMORY_MOMENTS_H

#include <stddef.h>

/* The mean of `count` rows (at least one) of `width` floats. */
void moments_mean(const float *rows, size_t count, size_t width, float *mean);

/* Their covariance, width x width; of an even sample when they are very
 * many. */
void moments_covariance(const float *rows, size_t count, size_t width,
                        const float *mean, float *covariance);

/* q'Cq, never below 0. */
double moments_variance(const float *covariance, size_t width,
                        const float *question);

#endif
