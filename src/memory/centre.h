/*
 * The middle of what a model gives for any text.
 *
 * Vectors of most models lie in a narrow cone: .75 is much for the cosine of
 * one model and little for another.  Less the mean of questions that have
 * nothing to do with each other, and that of such passages, they tell also in
 * a vault of three memories what belongs together.  The means are measured
 * with each model, over sentences of our own; 10 pairs are too few, 50 enough.
 */
#ifndef MEMORY_CENTRE_H
#define MEMORY_CENTRE_H

#include <stddef.h>

enum { CENTRE_PAIRS = 56 };

/* Each is about something that no other is about. */
struct centre_pair {
    const char *question;
    const char *passage;   /* as passage.h writes it */
};

extern const struct centre_pair centre_pairs[CENTRE_PAIRS];

/* Adds `count` rows to a sum of them. */
void centre_add(float *sum, const float *rows, size_t count,
                size_t dimensions);

/* Makes the sum of `count` rows their mean. */
void centre_divide(float *sum, size_t count, size_t dimensions);

#endif
