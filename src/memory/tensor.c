/* Numbers of foreign model files. */
#include "memory/tensor.h"

#include <assert.h>
#include <math.h>
#include <stdalign.h>

#include "base/banned.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the numbers of model files are little-endian");

enum { TILE = 32 };  /* rows and columns that stay in the cache */

size_t
tensor_width(enum tensor_type type)
{
    switch (type) {
    case TENSOR_F32: return 4;
    case TENSOR_F16: case TENSOR_BF16: return 2;
    case TENSOR_I8: case TENSOR_U8: return 1;
    case TENSOR_OTHER: break;
    }
    return 0;
}

enum status
tensor_shape(struct tensor *t, const uint64_t *sizes, size_t count,
             struct error *err)
{
    uint64_t bytes = tensor_width(t->type);

    t->rows = t->columns = 1;
    if (t->type == TENSOR_OTHER)
        return OK; /* nobody reads it */
    if (count > 2)
        return failed(err, ERR_INPUT, "%.*s has %zu dimensions",
                      STR_ARG(str_slice(t->name, 0, 80)), count);
    for (size_t i = 0; i < count; i++)
        if (__builtin_mul_overflow(bytes, sizes[i], &bytes))
            bytes = UINT64_MAX;
    if (bytes != t->bytes.len)
        return failed(err, ERR_INPUT, "%.*s has %zu bytes where its shape "
                      "has %llu", STR_ARG(str_slice(t->name, 0, 80)),
                      t->bytes.len, (unsigned long long)bytes);
    if (count > 0)
        t->columns = (size_t)sizes[count - 1];
    if (count > 1)
        t->rows = (size_t)sizes[0];
    return OK;
}

const struct tensor *
tensor_find(const struct tensor_set *set, struct str name)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(set->list[i].name, name))
            return &set->list[i];
    return NULL;
}

/* IEEE 754 half precision. */
static float
from_half(uint16_t half)
{
    int   exponent = half >> 10 & 31;
    float part = (float)(half & 1023);
    float value;

    if (exponent == 31)
        value = part > 0 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexpf(part, -24);
    else
        value = ldexpf(part + 1024, exponent - 25);
    return half & 0x8000 ? -value : value;
}

/* The i-th number as it is stored. */
static float
number(const struct tensor *t, size_t i)
{
    const char *at = t->bytes.ptr + i * tensor_width(t->type);
    uint16_t    half;
    uint32_t    bits;
    float       value = 0;

    switch (t->type) {
    case TENSOR_F32:
        memcpy(&value, at, sizeof(value));
        break;
    case TENSOR_F16:
        memcpy(&half, at, sizeof(half));
        return from_half(half);
    case TENSOR_BF16:
        memcpy(&half, at, sizeof(half));
        bits = (uint32_t)half << 16;
        memcpy(&value, &bits, sizeof(value));
        break;
    case TENSOR_I8:
        return (float)(signed char)*at;
    case TENSOR_U8:
        return (float)(unsigned char)*at;
    case TENSOR_OTHER:
        break;
    }
    return value;
}

/* Of a scale or a zero point: its only number, or the column's. */
static float
of_column(const struct tensor *t, size_t column, float otherwise)
{
    if (!t)
        return otherwise;
    return number(t, t->columns == 1 ? 0 : column);
}

const float *
tensor_floats(struct arena *a, const struct tensor *t)
{
    size_t count = t->rows * t->columns;
    float *floats;

    if (t->type == TENSOR_F32 &&
        (uintptr_t)t->bytes.ptr % alignof(float) == 0)
        return (const float *)(const void *)t->bytes.ptr;
    floats = arena_array(a, float, count);
    if (t->type == TENSOR_F32) {
        memcpy(floats, t->bytes.ptr, count * sizeof(float));
        return floats;
    }
    for (size_t row = 0, i = 0; row < t->rows; row++)
        for (size_t column = 0; column < t->columns; column++, i++)
            floats[i] = (number(t, i) - of_column(t->zero, column, 0)) *
                        of_column(t->scale, column, 1);
    return floats;
}

const float *
tensor_transpose(struct arena *a, const float *floats, size_t rows,
                 size_t columns)
{
    float *turned = arena_array(a, float, rows * columns);

    for (size_t top = 0; top < rows; top += TILE)
        for (size_t column = 0; column < columns; column++)
            for (size_t row = top; row < rows && row < top + TILE; row++)
                turned[column * rows + row] = floats[row * columns + column];
    return turned;
}

bool
tensor_is_zero(const struct tensor *t)
{
    for (size_t i = 0; t && i < t->rows * t->columns; i++)
        if (number(t, i) < 0 || number(t, i) > 0)
            return false;
    return true;
}
