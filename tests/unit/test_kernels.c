/* Every kind of arithmetic that this processor can do, beside plain sums. */
#include "unit/check.h"

#include <math.h>
#include <stdlib.h>

#include "memory/kernels.h"

#include "base/banned.h"

enum { ROOM = 48 * 256, TOKENS_MAX = 40 };

static uint32_t state;

static float
number(float size)
{
    state = state * 1664525U + 1013904223U;
    return ((float)(state >> 8) / 8388608.0F - 1) * size;
}

static float *
numbers(size_t count, float size)
{
    float *row = aligned_alloc(64, (count * sizeof(*row) + 63) / 64 * 64);

    for (size_t i = 0; i < count; i++)
        row[i] = number(size);
    return row;
}

/* Calls the test with each kind. */
static void
with_each(void (*test)(const struct kernels *k))
{
    const struct kernels *list[4];
    size_t                count = kernels_list(list);

    assert_in_range(count, 1, 4);
    assert_ptr_equal(kernels_best(), list[count - 1]);
    for (size_t i = 0; i < count; i++) {
        state = 17;
        print_message("# %s\n", list[i]->name);
        test(list[i]);
    }
}

/* A product whose shape reaches every part of the loops, with the greatest
 * bytes where `most`. */
static void
check_product(const struct kernels *k, size_t in, size_t out, size_t count,
              bool most)
{
    static int8_t         panels[2112 * 64];
    static uint8_t        rows[48 * 2112];
    static int32_t        products[48 * 192];
    struct kernels_matrix m = { panels, in, out };

    for (size_t i = 0; i < in * out; i++)
        panels[i] = most ? -128 : (int8_t)number(127);
    for (size_t i = 0; i < count * in; i++)
        rows[i] = most ? 255 : (uint8_t)(128 + number(127));
    k->multiply(&m, rows, count, products);
    for (size_t r = 0; r < count; r++)
        for (size_t c = 0; c < out; c++) {
            int32_t want = 0;

            for (size_t i = 0; i < in; i++)
                want += rows[r * in + i] * panels[kernels_place(in, i, c)];
            assert_int_equal(products[r * out + c], want);
        }
}

static void
check_products(const struct kernels *k)
{
    static const size_t counts[] = { 1, 2, 4, 15, 16, 17, 31, 32, 33, 48 };

    for (size_t i = 0; i < COUNT(counts); i++) {
        check_product(k, 64, 64, counts[i], false);
        check_product(k, 256, 192, counts[i], false);
        check_product(k, 128, 128, counts[i], true);
        check_product(k, 2112, 64, counts[i], true);
    }
}

static void
products_are_exact(void **unused)
{
    (void)unused;
    with_each(check_products);
}

static void
check_bytes(const struct kernels *k)
{
    float   *row = numbers(128, 3);
    uint8_t  bytes[128];
    int32_t  zero;

    for (int round = 0; round < 40; round++) {
        struct kernels_scale s;

        for (size_t i = 0; i < 128; i++)
            row[i] = number(3) + (float)(round - 20) * .2F;
        s = k->quantise(row, 128, bytes);
        for (size_t i = 0; i < 128; i++)
            assert_true(fabsf(s.scale * (float)(bytes[i] - s.zero) - row[i]) <=
                        s.scale * 1.001F);
        assert_in_range(s.zero, 0, 255);
    }
    memset(row, 0, 128 * sizeof(*row));
    zero = k->quantise(row, 128, bytes).zero;
    for (size_t i = 0; i < 128; i++)
        assert_int_equal(bytes[i], zero);
    row[7] = NAN;
    (void)k->quantise(row, 128, bytes); /* anything, but no crash */
    free(row);
}

static void
bytes_stand_for_their_floats(void **unused)
{
    (void)unused;
    with_each(check_bytes);
}

static void
check_gelu(const struct kernels *k)
{
    float *row = numbers(4096, 1);

    for (size_t i = 0; i < 4096; i++)
        row[i] = ((float)i - 2048) / 200;
    k->gelu(row, 4096);
    for (size_t i = 0; i < 4096; i++) {
        double x = (double)(((float)i - 2048) / 200);

        assert_true(fabs((double)row[i] - x / 2 * (1 + erf(x / sqrt(2)))) <
                    6e-5);
    }
    free(row);
}

static void
gelu_is_near(void **unused)
{
    (void)unused;
    with_each(check_gelu);
}

static void
check_dense(const struct kernels *k)
{
    float  *scales = numbers(64, .01F), *bias = numbers(64, 1);
    float   row[64];
    int32_t products[64], sums[64];
    const struct kernels_dense d = {
        .matrix = { NULL, 64, 64 }, .scales = scales, .sums = sums,
        .bias = bias,
    };

    for (size_t i = 0; i < 64; i++) {
        products[i] = (int32_t)number(1e6F);
        sums[i] = (int32_t)number(1e4F);
    }
    k->dense(&d, products, (struct kernels_scale){ .02F, 77 }, row);
    for (size_t i = 0; i < 64; i++)
        assert_true(fabsf((float)(products[i] - 77 * sums[i]) * .02F *
                              scales[i] + bias[i] - row[i]) < 1e-2F);
    free(scales);
    free(bias);
}

static void
dense_undoes_scale_and_zero(void **unused)
{
    (void)unused;
    with_each(check_dense);
}

static void
check_norm(const struct kernels *k)
{
    float *row = numbers(64, 2), *more = numbers(64, 2);
    float *gain = numbers(64, 1), *bias = numbers(64, 1);
    const struct kernels_norm n = { gain, bias, 50, 64, 1e-5F };
    double sums[50], mean = 0, variance = 0;

    for (size_t i = 0; i < 64; i++) {
        if (i >= 50)
            row[i] = more[i] = gain[i] = bias[i] = 0;
        else
            sums[i] = (double)row[i] + (double)more[i];
    }
    for (size_t i = 0; i < 50; i++)
        mean += sums[i] / 50;
    for (size_t i = 0; i < 50; i++)
        variance += (sums[i] - mean) * (sums[i] - mean) / 50;
    k->add_norm(&n, more, row);
    for (size_t i = 0; i < 64; i++) {
        double want = i >= 50 ? 0
            : (sums[i] - mean) / sqrt(variance + 1e-5) * (double)gain[i] +
                  (double)bias[i];

        assert_true(fabs(want - (double)row[i]) < 1e-5);
    }
    free(row);
    free(more);
    free(gain);
    free(bias);
}

static void
norms_leave_the_padding_out(void **unused)
{
    (void)unused;
    with_each(check_norm);
}

/* What one token takes from the values of a head. */
static void
plain_attention(const struct kernels_attention *a, size_t head, size_t token,
                double *mixed)
{
    double weights[TOKENS_MAX], sum = 0;
    size_t at = head * a->head_width;

    for (size_t t = 0; t < a->tokens; t++) {
        double score = 0;

        for (size_t i = 0; i < a->head_width; i++)
            score += (double)a->queries[token * a->stride + at + i] *
                     (double)a->keys[t * a->stride + at + i];
        weights[t] = exp(score / sqrt((double)a->head_width));
        sum += weights[t];
    }
    for (size_t i = 0; i < a->head_width; i++) {
        mixed[i] = 0;
        for (size_t t = 0; t < a->tokens; t++)
            mixed[i] += weights[t] / sum *
                        (double)a->values[t * a->stride + at + i];
    }
}

static void
check_attention_of(const struct kernels *k, size_t tokens, size_t heads,
                   size_t head_width)
{
    size_t width = heads * head_width;
    float *rows = numbers(tokens * width * 3, 1.5F);
    float *mixed = numbers(tokens * width, 1);
    float *scratch = numbers(kernels_attention_floats(tokens, head_width), 1);
    double want[64];
    const struct kernels_attention a = {
        .queries = rows, .keys = rows + width, .values = rows + 2 * width,
        .stride = 3 * width, .tokens = tokens, .heads = heads,
        .head_width = head_width, .mixed = mixed, .mixed_stride = width,
        .scratch = scratch,
    };

    k->attend(&a);
    for (size_t head = 0; head < heads; head++)
        for (size_t t = 0; t < tokens; t++) {
            plain_attention(&a, head, t, want);
            for (size_t i = 0; i < head_width; i++)
                assert_true(fabs(want[i] -
                                 (double)mixed[t * width + head * head_width +
                                               i]) < 1e-5);
        }
    free(rows);
    free(mixed);
    free(scratch);
}

static void
check_attention(const struct kernels *k)
{
    static const size_t tokens[] = { 1, 2, 3, 4, 5, 16, 31, 32, 33, 40 };

    for (size_t i = 0; i < COUNT(tokens); i++) {
        check_attention_of(k, tokens[i], 2, 32);
        check_attention_of(k, tokens[i], 3, 8);
        check_attention_of(k, tokens[i], 1, 50);
    }
}

static void
attention_is_that_of_the_definition(void **unused)
{
    (void)unused;
    with_each(check_attention);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact),
        cmocka_unit_test(bytes_stand_for_their_floats),
        cmocka_unit_test(gelu_is_near),
        cmocka_unit_test(dense_undoes_scale_and_zero),
        cmocka_unit_test(norms_leave_the_padding_out),
        cmocka_unit_test(attention_is_that_of_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
