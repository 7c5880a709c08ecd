/*
 * The layers of an encoder, run over the tokens of several texts at once.
 *
 * Tokens of all texts are rows of one matrix, which keeps products efficient
 * for short texts; only attention looks at one text at a time.  As each row is
 * quantised by itself, a text gives the same numbers alone and in company.
 */
#ifndef MEMORY_LAYERS_H
#define MEMORY_LAYERS_H

#include "memory/weights.h"

/* Where a text stands among the rows. */
struct layers_text {
    size_t first;   /* row */
    size_t tokens;  /* 1..positions */
};

/*
 * From the embeddings of the tokens to their last hidden state, in place.
 *
 * hidden   rows of w->padded floats; the padding is 0
 * Takes about 8 KiB of memory a row besides, for a width of 384.
 */
void layers_run(const struct weights *w, const struct kernels *k,
                const struct layers_text *texts, size_t count, float *hidden,
                size_t rows);

#endif
