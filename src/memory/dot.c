/* Inner products by the widest instructions that there are. */
#include "memory/dot.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2   __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f")))
#endif

#include "base/banned.h"

struct kernel {
    const char *name;
    bool      (*usable)(void);
    float     (*product)(const float *a, const float *b, size_t width);
    void      (*rows)(const float *question, const float *rows, size_t count,
                      size_t width, float *products);
};

enum { AHEAD_FLOATS = 1024 };  /* fetched before they are needed */

#if defined(__x86_64__)

static bool
has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}

AVX512 static float
product_avx512(const float *a, const float *b, size_t width)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 64 <= width; i += 64) {
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i),
                             _mm512_loadu_ps(b + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16),
                             _mm512_loadu_ps(b + i + 16), s1);
        s2 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 32),
                             _mm512_loadu_ps(b + i + 32), s2);
        s3 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 48),
                             _mm512_loadu_ps(b + i + 48), s3);
    }
    for (; i < width; i += 16) {
        unsigned  left = width - i >= 16 ? 16 : (unsigned)(width - i);
        __mmask16 some = (__mmask16)((1U << left) - 1);

        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(some, a + i),
                             _mm512_maskz_loadu_ps(some, b + i), s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1),
                                              _mm512_add_ps(s2, s3)));
}

/* Four rows share each load of the question; two sums a row hide the latency
 * of the additions. */
AVX512 static void
four_avx512(const float *q, const float *r, size_t width, float *products)
{
    const float *rows[4] = { r, r + width, r + 2 * width, r + 3 * width };
    __m512       s[4][2];
    size_t       i = 0;

    for (int k = 0; k < 4; k++)
        s[k][0] = s[k][1] = _mm512_setzero_ps();
    for (; i + 32 <= width; i += 32) {
        __m512 q0 = _mm512_loadu_ps(q + i), q1 = _mm512_loadu_ps(q + i + 16);

        for (int k = 0; k < 4; k++) {
            _mm_prefetch((const char *)(rows[k] + i) +
                         AHEAD_FLOATS * sizeof(float), _MM_HINT_T0);
            _mm_prefetch((const char *)(rows[k] + i + 16) +
                         AHEAD_FLOATS * sizeof(float), _MM_HINT_T0);
            s[k][0] = _mm512_fmadd_ps(q0, _mm512_loadu_ps(rows[k] + i),
                                      s[k][0]);
            s[k][1] = _mm512_fmadd_ps(q1, _mm512_loadu_ps(rows[k] + i + 16),
                                      s[k][1]);
        }
    }
    for (int k = 0; k < 4; k++)
        products[k] = _mm512_reduce_add_ps(_mm512_add_ps(s[k][0], s[k][1])) +
                      product_avx512(q + i, rows[k] + i, width - i);
}

AVX512 static void
rows_avx512(const float *q, const float *rows, size_t count, size_t width,
            float *products)
{
    size_t i = 0;

    for (; i + 4 <= count; i += 4)
        four_avx512(q, rows + i * width, width, products + i);
    for (; i < count; i++)
        products[i] = product_avx512(q, rows + i * width, width);
}

static bool
has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

AVX2 static float
sum_avx2(__m256 s)
{
    __m128 t = _mm_add_ps(_mm256_castps256_ps128(s),
                          _mm256_extractf128_ps(s, 1));

    t = _mm_add_ps(t, _mm_movehl_ps(t, t));
    return _mm_cvtss_f32(_mm_add_ss(t, _mm_shuffle_ps(t, t, 1)));
}

AVX2 static float
product_avx2(const float *a, const float *b, size_t width)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    float  sum;

    for (; i + 32 <= width; i += 32) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i),
                             _mm256_loadu_ps(b + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8),
                             _mm256_loadu_ps(b + i + 8), s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16),
                             _mm256_loadu_ps(b + i + 16), s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24),
                             _mm256_loadu_ps(b + i + 24), s3);
    }
    sum = sum_avx2(_mm256_add_ps(_mm256_add_ps(s0, s1),
                                 _mm256_add_ps(s2, s3)));
    for (; i < width; i++)
        sum += a[i] * b[i];
    return sum;
}

AVX2 static void
four_avx2(const float *q, const float *r, size_t width, float *products)
{
    const float *rows[4] = { r, r + width, r + 2 * width, r + 3 * width };
    __m256       s[4][2];
    size_t       i = 0;

    for (int k = 0; k < 4; k++)
        s[k][0] = s[k][1] = _mm256_setzero_ps();
    for (; i + 16 <= width; i += 16) {
        __m256 q0 = _mm256_loadu_ps(q + i), q1 = _mm256_loadu_ps(q + i + 8);

        for (int k = 0; k < 4; k++) {
            _mm_prefetch((const char *)(rows[k] + i) +
                         AHEAD_FLOATS * sizeof(float), _MM_HINT_T0);
            s[k][0] = _mm256_fmadd_ps(q0, _mm256_loadu_ps(rows[k] + i),
                                      s[k][0]);
            s[k][1] = _mm256_fmadd_ps(q1, _mm256_loadu_ps(rows[k] + i + 8),
                                      s[k][1]);
        }
    }
    for (int k = 0; k < 4; k++) {
        products[k] = sum_avx2(_mm256_add_ps(s[k][0], s[k][1]));
        for (size_t j = i; j < width; j++)
            products[k] += q[j] * rows[k][j];
    }
}

AVX2 static void
rows_avx2(const float *q, const float *rows, size_t count, size_t width,
          float *products)
{
    size_t i = 0;

    for (; i + 4 <= count; i += 4)
        four_avx2(q, rows + i * width, width, products + i);
    for (; i < count; i++)
        products[i] = product_avx2(q, rows + i * width, width);
}

#endif

static bool
always(void)
{
    return true;
}

/* Sixteen sums, so that a compiler may put them into vector registers. */
static float
product_portable(const float *a, const float *b, size_t width)
{
    float  sums[16] = { 0 };
    float  sum = 0;
    size_t i = 0;

    for (; i + COUNT(sums) <= width; i += COUNT(sums))
        for (size_t k = 0; k < COUNT(sums); k++)
            sums[k] += a[i + k] * b[i + k];
    for (; i < width; i++)
        sum += a[i] * b[i];
    for (size_t k = 0; k < COUNT(sums); k++)
        sum += sums[k];
    return sum;
}

static void
rows_portable(const float *q, const float *rows, size_t count, size_t width,
              float *products)
{
    for (size_t i = 0; i < count; i++)
        products[i] = product_portable(q, rows + i * width, width);
}

static const struct kernel kernels[] = {
#if defined(__x86_64__)
    { "avx512", has_avx512, product_avx512, rows_avx512 },
    { "avx2", has_avx2, product_avx2, rows_avx2 },
#endif
    { "portable", always, product_portable, rows_portable },
};

/* The chosen one; every thread would choose the same. */
static const struct kernel *_Atomic chosen;

static const struct kernel *
choose(void)
{
    const struct kernel *k = kernels;

    while (!k->usable())
        k++;
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
    return k;
}

static const struct kernel *
kernel(void)
{
    const struct kernel *k = atomic_load_explicit(&chosen,
                                                  memory_order_relaxed);

    return k ? k : choose();
}

float
dot_product(const float *a, const float *b, size_t width)
{
    return kernel()->product(a, b, width);
}

void
dot_rows(const float *question, const float *rows, size_t count, size_t width,
         float *products)
{
    kernel()->rows(question, rows, count, width, products);
}

const char *
dot_kernel(void)
{
    return kernel()->name;
}

const char *
dot_select(size_t i)
{
    for (const struct kernel *k = kernels; k < kernels + COUNT(kernels); k++)
        if (k->usable() && i-- == 0) {
            atomic_store_explicit(&chosen, k, memory_order_relaxed);
            return k->name;
        }
    return NULL;
}

/*
 * What FAISS's inner product becomes (ld --wrap; the name is that of
 * faiss::fvec_inner_product(float const *, float const *, size_t)).
 */
float __wrap__ZN5faiss18fvec_inner_productEPKfS1_m(const float *a,
                                                   const float *b,
                                                   size_t width);

float
__wrap__ZN5faiss18fvec_inner_productEPKfS1_m(const float *a, const float *b,
                                             size_t width)
{
    return dot_product(a, b, width);
}
