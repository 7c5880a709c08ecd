/*
 * The float arithmetic of kernels.h, written with vectors of LANES floats.
 * Each kernels_*.c includes it once, after it has told the compiler which
 * instructions it may use; LANES, MAX, MIN, and SUM and MOST of the lanes are
 * then those of the processor.
 */
#ifndef MEMORY_KERNELS_BODY_H
#define MEMORY_KERNELS_BODY_H

#include <math.h>
#include <string.h>

#include "memory/kernels.h"

#ifndef LANES
#define LANES 4
#endif

/* These may stand at any float and are other names for what is there. */
#define VECTOR(type, count) \
    __attribute__((vector_size((count) * sizeof(type)), \
                   aligned(sizeof(type)), may_alias)) type
typedef VECTOR(float, LANES) floats;
typedef VECTOR(int32_t, LANES) ints;
typedef VECTOR(uint32_t, LANES) uints;
typedef VECTOR(uint8_t, LANES) bytes;

#define FLOATS(ptr)       (*(floats *)(void *)(ptr))
#define CONST_FLOATS(ptr) (*(const floats *)(const void *)(ptr))
#define CONST_INTS(ptr)   (*(const ints *)(const void *)(ptr))
#define ALL(value)        ((floats){ 0 } + (value))

#ifndef MAX
#define SELECT(mask, a, b) \
    ((floats)(((mask) & (ints)(a)) | (~(mask) & (ints)(b))))
#define MAX(a, b) SELECT((a) > (b), (a), (b))
#define MIN(a, b) SELECT((a) < (b), (a), (b))
#define SUM(v)    ((v)[0] + (v)[1] + ((v)[2] + (v)[3]))
#define MOST(v)   fmaxf(fmaxf((v)[0], (v)[1]), fmaxf((v)[2], (v)[3]))
#endif

/* Adding it rounds a small float to a whole number in the low bits. */
#define ROUNDER 12582912.0F

static void
dense(const struct kernels_dense *d, const int32_t *products,
      struct kernels_scale scale, float *row)
{
    for (size_t i = 0; i < d->matrix.out; i += LANES) {
        ints sums = CONST_INTS(products + i) -
                    CONST_INTS(d->sums + i) * scale.zero;

        FLOATS(row + i) = __builtin_convertvector(sums, floats) *
                              (CONST_FLOATS(d->scales + i) * scale.scale) +
                          CONST_FLOATS(d->bias + i);
    }
}

static struct kernels_scale
range_scale(const float *row, size_t length)
{
    floats high = ALL(0.0F), low = ALL(0.0F);
    float  most, least;

    for (size_t i = 0; i < length; i += LANES) {
        floats x = CONST_FLOATS(row + i);

        high = MAX(x, high);
        low = MIN(x, low);
    }
    low = -low;
    most = MOST(high);
    least = -MOST(low);
    if (!(most - least > 1e-30F && most - least < 1e30F))
        return (struct kernels_scale){ 1, 0 };
    return (struct kernels_scale){
        .scale = (most - least) / 255,
        .zero = (int32_t)lrintf(-least * 255 / (most - least)),
    };
}

static struct kernels_scale
quantise(const float *row, size_t length, uint8_t *to)
{
    struct kernels_scale scale = range_scale(row, length);
    const float          steps = 1 / scale.scale;
    const float          zero = (float)scale.zero;

    for (size_t i = 0; i < length; i += LANES) {
        floats x = CONST_FLOATS(row + i) * steps + zero;
        bytes  b;

        x = MIN(MAX(x, ALL(0.0F)), ALL(255.0F)) + ROUNDER;
        b = __builtin_convertvector((uints)x & 255, bytes);
        memcpy(to + i, &b, sizeof(b));
    }
    return scale;
}

/*
 * x/2 (1 + erf(x / sqrt 2)), where erf(x / sqrt 2) is x times a polynomial of
 * x * x, fitted on |x| < 4.5 for the least greatest error of the whole, and
 * 1 beyond.
 */
static void
gelu(float *row, size_t length)
{
    static const float c[] = {
        7.974251755e-1F,  -1.319692526e-1F, 1.917037363e-2F,
        -2.075174032e-3F, 1.628490721e-4F,  -8.903350454e-6F,
        3.181939938e-7F,  -6.629175628e-9F, 6.072676093e-11F,
    };

    for (size_t i = 0; i < length; i += LANES) {
        floats x = CONST_FLOATS(row + i);
        floats near = MIN(MAX(x, ALL(-4.5F)), ALL(4.5F));
        floats square = near * near;
        floats p = ALL(c[8]);

        p = p * square + c[7];
        p = p * square + c[6];
        p = p * square + c[5];
        p = p * square + c[4];
        p = p * square + c[3];
        p = p * square + c[2];
        p = p * square + c[1];
        p = p * square + c[0];
        x *= 0.5F;
        FLOATS(row + i) = x + x * (near * p);
    }
}

static void
add_norm(const struct kernels_norm *n, const float *more, float *row)
{
    floats sum = ALL(0.0F), squares = ALL(0.0F);
    float  mean, variance, factor;

    for (size_t i = 0; i < n->padded; i += LANES) {
        floats x = CONST_FLOATS(row + i) + CONST_FLOATS(more + i);

        FLOATS(row + i) = x;
        sum += x;
    }
    mean = SUM(sum) / (float)n->width;
    for (size_t i = 0; i < n->padded; i += LANES) {
        floats x = CONST_FLOATS(row + i) - mean;

        squares += x * x;
    }
    /* The padding is 0, and so counted mean * mean. */
    variance = (SUM(squares) -
                (float)(n->padded - n->width) * mean * mean) /
               (float)n->width;
    factor = 1 / sqrtf(variance + n->epsilon);
    for (size_t i = 0; i < n->padded; i += LANES)
        FLOATS(row + i) = (CONST_FLOATS(row + i) - mean) * factor *
                              CONST_FLOATS(n->gain + i) +
                          CONST_FLOATS(n->bias + i);
}

/*
 * e^x in place for x <= 0, and their sum.  2^n times a polynomial of the rest;
 * its coefficients are those of Cephes' expf().
 */
static float
exp_and_sum(float *row, size_t length, float most)
{
    floats sum = ALL(0.0F);

    for (size_t i = 0; i < length; i += LANES) {
        floats x = MAX(CONST_FLOATS(row + i) - most, ALL(-87.0F));
        floats shifted = x * 1.44269504F + ROUNDER;
        floats whole = shifted - ROUNDER;
        floats rest = x - whole * 0.693359375F + whole * 2.12194440e-4F;
        floats p = rest * 1.9875691500e-4F + 1.3981999507e-3F;

        p = p * rest + 8.3334519073e-3F;
        p = p * rest + 4.1665795894e-2F;
        p = p * rest + 1.6666665459e-1F;
        p = p * rest + 5.0000001201e-1F;
        p = p * (rest * rest) + rest + 1.0F;
        x = (floats)((uints)p + ((uints)shifted << 23));
        FLOATS(row + i) = x;
        sum += x;
    }
    return SUM(sum);
}

static float
greatest(const float *row, size_t length)
{
    floats high = CONST_FLOATS(row);

    for (size_t i = LANES; i < length; i += LANES)
        high = MAX(CONST_FLOATS(row + i), high);
    return MOST(high);
}

/* Queries are taken four at a time, keys and outputs by two vectors. */
enum { QUERIES = 4, STEP = 2 * LANES };

/*
 * to[QUERIES][to_stride] = weights[QUERIES][count] * rows[count][stride], for
 * `columns`, a multiple of STEP.  Both products of attention are of this
 * form, once the keys are turned.
 */
static void
combine(const float *const weights[QUERIES], const float *rows, size_t stride,
        size_t count, size_t columns, float *to, size_t to_stride)
{
    for (size_t c = 0; c < columns; c += STEP) {
        floats s00 = ALL(0.0F), s01 = s00, s10 = s00, s11 = s00;
        floats s20 = s00, s21 = s00, s30 = s00, s31 = s00;

        for (size_t i = 0; i < count; i++) {
            floats a = CONST_FLOATS(rows + i * stride + c);
            floats b = CONST_FLOATS(rows + i * stride + c + LANES);

            s00 += a * weights[0][i];
            s01 += b * weights[0][i];
            s10 += a * weights[1][i];
            s11 += b * weights[1][i];
            s20 += a * weights[2][i];
            s21 += b * weights[2][i];
            s30 += a * weights[3][i];
            s31 += b * weights[3][i];
        }
        FLOATS(to + c) = s00;
        FLOATS(to + c + LANES) = s01;
        FLOATS(to + to_stride + c) = s10;
        FLOATS(to + to_stride + c + LANES) = s11;
        FLOATS(to + 2 * to_stride + c) = s20;
        FLOATS(to + 2 * to_stride + c + LANES) = s21;
        FLOATS(to + 3 * to_stride + c) = s30;
        FLOATS(to + 3 * to_stride + c + LANES) = s31;
    }
}

/* Rounded up to whole steps. */
static size_t
steps(size_t length)
{
    return (length + STEP - 1) / STEP * STEP;
}

/* Scores of a query become weights; returns their sum. */
static float
weigh(float *scores, size_t tokens, size_t wide)
{
    for (size_t i = tokens; i < wide; i++)
        scores[i] = -1e30F;
    return exp_and_sum(scores, wide, greatest(scores, wide));
}

/* One head: keys are turned[head_width][steps(tokens)], values are
 * [tokens][steps(head_width)]. */
static void
attend_head(const struct kernels_attention *a, size_t head,
            const float *turned, const float *values, float *scores)
{
    const size_t wide = steps(a->tokens), deep = steps(a->head_width);
    const size_t column = head * a->head_width;
    float       *mixed = scores + QUERIES * wide;

    for (size_t q = 0; q < a->tokens; q += QUERIES) {
        const float *weights[QUERIES];
        float        sums[QUERIES];

        /* The last may stand in for queries that are not there. */
        for (size_t k = 0; k < QUERIES; k++) {
            size_t row = q + k < a->tokens ? q + k : a->tokens - 1;

            weights[k] = a->queries + row * a->stride + column;
        }
        combine(weights, turned, wide, a->head_width, wide, scores, wide);
        for (size_t k = 0; k < QUERIES; k++) {
            weights[k] = scores + k * wide;
            sums[k] = weigh(scores + k * wide, a->tokens, wide);
        }
        combine(weights, values, deep, a->tokens, deep, mixed, deep);
        for (size_t k = 0; k < QUERIES && q + k < a->tokens; k++) {
            for (size_t i = 0; i < deep; i += LANES)
                FLOATS(mixed + k * deep + i) *= 1 / sums[k];
            memcpy(a->mixed + (q + k) * a->mixed_stride + column,
                   mixed + k * deep, a->head_width * sizeof(float));
        }
    }
}

static void
attend(const struct kernels_attention *a)
{
    const size_t wide = steps(a->tokens), deep = steps(a->head_width);
    const float  factor = 1 / sqrtf((float)a->head_width);
    float       *turned = a->scratch;
    float       *values = turned + a->head_width * wide;
    float       *scores = values + a->tokens * deep;

    memset(turned, 0, (a->head_width * wide + a->tokens * deep) *
                          sizeof(float));
    for (size_t head = 0; head < a->heads; head++) {
        size_t column = head * a->head_width;

        for (size_t t = 0; t < a->tokens; t++) {
            const float *key = a->keys + t * a->stride + column;

            for (size_t i = 0; i < a->head_width; i++)
                turned[i * wide + t] = key[i] * factor;
            memcpy(values + t * deep, a->values + t * a->stride + column,
                   a->head_width * sizeof(float));
        }
        attend_head(a, head, turned, values, scores);
    }
}

#define KERNELS_WITH(kind, multiply_by) \
    { .name = (kind), .multiply = (multiply_by), .dense = dense, \
      .quantise = quantise, .gelu = gelu, .add_norm = add_norm, \
      .attend = attend }

#endif
