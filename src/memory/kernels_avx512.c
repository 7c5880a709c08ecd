/* The arithmetic of an encoder for x86 processors with AVX-512 and its
 * dot-product instructions (VNNI), and for those with a matrix unit besides. */
#include "memory/kernels.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target(                       \
    "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))),          \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
#endif

#define LANES     16
#define MAX(a, b) ((floats)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define MIN(a, b) ((floats)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define SUM(v)    _mm512_reduce_add_ps((__m512)(v))
#define MOST(v)   _mm512_reduce_max_ps((__m512)(v))
#include "memory/kernels_amx.h"
#include "memory/kernels_body.h"

#include "base/banned.h"

static __m512i
spread(const uint8_t *row)
{
    int32_t four;

    memcpy(&four, row, sizeof(four));
    return _mm512_set1_epi32(four);
}

/* What one row of four adds to its 64 sums. */
#define ADD(n)                                          \
    do {                                                \
        __m512i four = spread(rows + (n) * m->in + i);  \
                                                        \
        a##n = _mm512_dpbusd_epi32(a##n, four, left);   \
        b##n = _mm512_dpbusd_epi32(b##n, four, middle); \
        c##n = _mm512_dpbusd_epi32(c##n, four, next);   \
        d##n = _mm512_dpbusd_epi32(d##n, four, right);  \
    } while (0)

#define STORE(n)                                               \
    do {                                                       \
        _mm512_storeu_si512(products + (n) * m->out, a##n);      \
        _mm512_storeu_si512(products + (n) * m->out + 16, b##n); \
        _mm512_storeu_si512(products + (n) * m->out + 32, c##n); \
        _mm512_storeu_si512(products + (n) * m->out + 48, d##n); \
    } while (0)

/* Four rows and a panel of 64 columns. */
static void
four_rows(const struct kernels_matrix *m, const int8_t *panel,
          const uint8_t *rows, int32_t *products)
{
    __m512i a0 = _mm512_setzero_si512(), b0 = a0, c0 = a0, d0 = a0;
    __m512i a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    __m512i a2 = a0, b2 = a0, c2 = a0, d2 = a0;
    __m512i a3 = a0, b3 = a0, c3 = a0, d3 = a0;

    for (size_t i = 0; i < m->in; i += 4) {
        __m512i left = _mm512_loadu_si512(panel + i * 64);
        __m512i middle = _mm512_loadu_si512(panel + i * 64 + 64);
        __m512i next = _mm512_loadu_si512(panel + i * 64 + 128);
        __m512i right = _mm512_loadu_si512(panel + i * 64 + 192);

        ADD(0);
        ADD(1);
        ADD(2);
        ADD(3);
    }
    STORE(0);
    STORE(1);
    STORE(2);
    STORE(3);
}

static void
multiply(const struct kernels_matrix *m, const uint8_t *rows, size_t count,
         int32_t *products)
{
    for (size_t c = 0; c < m->out; c += 64)
        for (size_t r = 0; r < count; r += 4)
            four_rows(m, m->panels + c * m->in, rows + r * m->in,
                      products + r * m->out + c);
}

const struct kernels kernels_avx512 = KERNELS_WITH("avx512", multiply);
const struct kernels kernels_avx512_amx =
    KERNELS_WITH("avx512+amx", kernels_amx_multiply);

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
