/*
 * A tensor of a foreign model file (onnx.h, safetensors.h): a name, a shape,
 * and where its numbers lie in the file.
 *
 * Readers make them, and promise that `bytes` holds just rows * columns
 * numbers of the type.  The numbers are little-endian and may lie anywhere.
 * Names are PyTorch's, "encoder.layer.0.output.dense.bias".
 */
#ifndef MEMORY_TENSOR_H
#define MEMORY_TENSOR_H

#include "base/arena.h"

enum tensor_type {
    TENSOR_F32,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_I8,
    TENSOR_U8,
    TENSOR_OTHER,   /* nothing that weights are made of */
};

enum { TENSOR_COUNT_MAX = 4096 };  /* in a file */

struct tensor {
    struct str           name;
    enum tensor_type     type;
    size_t               rows;     /* 1 for a vector */
    size_t               columns;  /* 1 for a single number */
    struct str           bytes;
    /* Of bytes: value = (byte - zero) * scale, one for all or one a column;
     * NULL: they are just numbers. */
    const struct tensor *scale;
    const struct tensor *zero;
};

struct tensor_set {
    struct tensor *list;
    size_t         count;
    bool           in_first;  /* matrices are [in][out]; PyTorch's are not */
    size_t         heads;     /* of attention, 0: the file does not say */
};

/* Bytes of one number; 0 for TENSOR_OTHER. */
size_t tensor_width(enum tensor_type type);

/*
 * Fills rows and columns.
 * Errors   ERR_INPUT unless the tensor has at most two dimensions (more are
 *          good for TENSOR_OTHER) and its bytes are just what they hold
 */
enum status tensor_shape(struct tensor *t, const uint64_t *sizes, size_t count,
                         struct error *err) MUST_CHECK;

/* The tensor of that name, or NULL. */
const struct tensor *tensor_find(const struct tensor_set *set,
                                 struct str name);

/* The numbers as floats, row by row, of any type but TENSOR_OTHER; owned by
 * `a` or borrowed from the file. */
const float *tensor_floats(struct arena *a, const struct tensor *t);

/* The transpose of `floats`, rows by columns, owned by `a`. */
const float *tensor_transpose(struct arena *a, const float *floats,
                              size_t rows, size_t columns);

/* True when all numbers are 0; `t` may be NULL. */
bool tensor_is_zero(const struct tensor *t);

#endif
