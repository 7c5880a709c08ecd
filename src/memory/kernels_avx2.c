/* The arithmetic of an encoder for x86 processors with AVX2 and FMA. */
#include "memory/kernels.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#define LANES     8
#define MAX(a, b) ((floats)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define MIN(a, b) ((floats)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define SUM(v)    lanes_sum((__m256)(v))
#define MOST(v)   lanes_most((__m256)(v))

static float
lanes_sum(__m256 v)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v),
                             _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static float
lanes_most(__m256 v)
{
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(v),
                             _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

#include "memory/kernels_body.h"

#include "base/banned.h"

/* Products are of 16-bit numbers: those of bytes (vpmaddubsw) would overflow.
 * Four rows are widened for so many inputs at a time. */
enum { ROWS = 4, INPUTS = 1024 };

/* wide[inputs / 4][ROWS][4] */
static void
widen(const uint8_t *rows, size_t stride, size_t inputs, int16_t *wide)
{
    for (size_t i = 0; i < inputs; i += 4)
        for (size_t r = 0; r < ROWS; r++)
            for (size_t k = 0; k < 4; k++)
                *wide++ = rows[r * stride + i + k];
}

static __m256i
four_columns(const int8_t *columns)
{
    return _mm256_cvtepi8_epi16(
        _mm_loadu_si128((const __m128i *)(const void *)columns));
}

/* Adds to eight columns the two halves of their sums. */
static void
add_sums(int32_t *to, __m256i low, __m256i high)
{
    __m256i *sums = (__m256i *)(void *)to;
    __m256i  more = _mm256_hadd_epi32(low, high);

    more = _mm256_permute4x64_epi64(more, 0xD8);
    _mm256_storeu_si256(sums, _mm256_add_epi32(_mm256_loadu_si256(sums),
                                               more));
}

/* What four inputs of a row add to its eight sums. */
#define ADD(n)                                                            \
    do {                                                                  \
        __m256i four;                                                     \
        int64_t inputs_of_row;                                            \
                                                                          \
        memcpy(&inputs_of_row, wide + (n) * 4, sizeof(inputs_of_row));    \
        four = _mm256_set1_epi64x(inputs_of_row);                         \
        low##n = _mm256_add_epi32(low##n, _mm256_madd_epi16(four, left)); \
        high##n = _mm256_add_epi32(high##n,                               \
                                   _mm256_madd_epi16(four, right));       \
    } while (0)

/* Four rows and eight columns. */
static void
add_products(const int8_t *columns, const int16_t *wide, size_t inputs,
             int32_t *products, size_t stride)
{
    __m256i low0 = _mm256_setzero_si256(), high0 = low0;
    __m256i low1 = low0, high1 = low0, low2 = low0, high2 = low0;
    __m256i low3 = low0, high3 = low0;

    for (size_t i = 0; i < inputs; i += 4, wide += ROWS * 4) {
        __m256i left = four_columns(columns + i * 64);
        __m256i right = four_columns(columns + i * 64 + 16);

        ADD(0);
        ADD(1);
        ADD(2);
        ADD(3);
    }
    add_sums(products, low0, high0);
    add_sums(products + stride, low1, high1);
    add_sums(products + 2 * stride, low2, high2);
    add_sums(products + 3 * stride, low3, high3);
}

static void
multiply(const struct kernels_matrix *m, const uint8_t *rows, size_t count,
         int32_t *products)
{
    int16_t wide[ROWS * INPUTS];

    for (size_t r = 0; r < count; r += ROWS) {
        int32_t *to = products + r * m->out;

        memset(to, 0, ROWS * m->out * sizeof(*to));
        for (size_t i = 0; i < m->in; i += INPUTS) {
            size_t inputs = m->in - i < INPUTS ? m->in - i : INPUTS;

            widen(rows + r * m->in + i, m->in, inputs, wide);
            for (size_t c = 0; c < m->out; c += 8)
                add_products(m->panels + kernels_place(m->in, i, c), wide,
                             inputs, to + c, m->out);
        }
    }
}

const struct kernels kernels_avx2 = KERNELS_WITH("avx2", multiply);

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
