/*
 * The arithmetic of an encoder, once for each kind of processor.
 *
 * Activations are unsigned bytes with one scale and one zero point a row
 * (value = scale * (byte - zero)), so that the result for a text does not
 * depend on what runs beside it.  Products are exact in 32 bits on every
 * processor; floats may differ in their last bits from one kind to another.
 *
 * Every length is a multiple of KERNELS_PAD; what stands in the padding of a
 * matrix, a bias or a norm is 0.  Rows that go into a product are padded to a
 * multiple of KERNELS_ROWS; what those hold does not matter.  Pure functions.
 */
#ifndef MEMORY_KERNELS_H
#define MEMORY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KERNELS_PAD = 64, KERNELS_ROWS = 16 };

/*
 * A matrix of signed bytes, packed by kernels_pack(): panels of 64 columns,
 * in each the rows by fours, so that four bytes of one column stand together
 * as dot-product instructions want them.
 */
struct kernels_matrix {
    const int8_t *panels;
    size_t        in;   /* padded */
    size_t        out;  /* padded */
};

/* A dense layer as it lies in the model file; all arrays have matrix.out. */
struct kernels_dense {
    struct kernels_matrix matrix;
    const float          *scales;
    const int32_t        *sums;   /* of the bytes of each column */
    const float          *bias;
};

struct kernels_norm {
    const float *gain;
    const float *bias;
    size_t       width;    /* without padding */
    size_t       padded;
    float        epsilon;
};

/* A quantised row's meaning. */
struct kernels_scale {
    float   scale;
    int32_t zero;
};

/* One text before attention: rows of queries, keys and values. */
struct kernels_attention {
    const float *queries;  /* first row; keys and values likewise */
    const float *keys;
    const float *values;
    size_t       stride;   /* from row to row of all three */
    size_t       tokens;
    size_t       heads;
    size_t       head_width;
    float       *mixed;    /* result: a row a token */
    size_t       mixed_stride;
    float       *scratch;  /* kernels_attention_floats() */
};

struct kernels {
    const char *name;

    /* products[count][out] = rows[count][in] * matrix; both have room for
     * rows up to a multiple of KERNELS_ROWS. */
    void (*multiply)(const struct kernels_matrix *m, const uint8_t *rows,
                     size_t count, int32_t *products);

    /* row[out] = what a row of products stands for, plus bias. */
    void (*dense)(const struct kernels_dense *d, const int32_t *products,
                  struct kernels_scale scale, float *row);

    /* bytes[length] and their meaning, as ONNX's DynamicQuantizeLinear: the
     * range from the least to the greatest value and 0 in 255 steps. */
    struct kernels_scale (*quantise)(const float *row, size_t length,
                                     uint8_t *bytes);

    /* GELU in place; at most 6e-5 off. */
    void (*gelu)(float *row, size_t length);

    /* row = norm(row + more) */
    void (*add_norm)(const struct kernels_norm *n, const float *more,
                     float *row);

    /* mixed = softmax(queries * keys' / sqrt(head_width)) * values, a head at
     * a time. */
    void (*attend)(const struct kernels_attention *a);
};

extern const struct kernels kernels_portable;
extern const struct kernels kernels_avx2;
extern const struct kernels kernels_avx512;
extern const struct kernels kernels_avx512_amx;

/* The best that this processor can run; asks the system for AMX. */
const struct kernels *kernels_best(void);

/* All that this processor can run, the best last; 1..4 of them. */
size_t kernels_list(const struct kernels *list[4]);

static inline size_t
kernels_padded(size_t length)
{
    return (length + KERNELS_PAD - 1) / KERNELS_PAD * KERNELS_PAD;
}

static inline size_t
kernels_padded_rows(size_t count)
{
    return (count + KERNELS_ROWS - 1) / KERNELS_ROWS * KERNELS_ROWS;
}

/* Floats of scratch memory that attend() wants for a text. */
size_t kernels_attention_floats(size_t tokens, size_t head_width);

/* Where byte (row, column) of a matrix with `in` padded rows is packed. */
static inline size_t
kernels_place(size_t in, size_t row, size_t column)
{
    return column / 64 * 64 * in + row / 4 * 256 + column % 64 * 4 + row % 4;
}

#endif
