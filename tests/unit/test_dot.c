/* All kernels give the same products. */
#include "unit/check.h"

#include <math.h>
#include <stdlib.h>

#include "memory/dot.h"

#include "base/banned.h"

enum { WIDTH_MAX = 400, ROWS = 11 };

static float
some(size_t i)
{
    return (float)((i * 7919 + 13) % 2001) / 1000.0F - 1.0F;
}

static double
slow(const float *a, const float *b, size_t width)
{
    double sum = 0;

    for (size_t i = 0; i < width; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Exactly as many floats as are used, so that ASan sees what is too much. */
static void
check_width(size_t width, size_t rows)
{
    float *q = alloc_array_or_die(width, sizeof(*q));
    float *r = alloc_array_or_die(width * rows, sizeof(*r));
    float *products = alloc_array_or_die(rows, sizeof(*products));

    for (size_t i = 0; i < width; i++)
        q[i] = some(i);
    for (size_t i = 0; i < width * rows; i++)
        r[i] = some(i * 3 + width);
    dot_rows(q, r, rows, width, products);
    for (size_t i = 0; i < rows; i++) {
        double want = slow(q, r + i * width, width);

        assert_true(fabs((double)products[i] - want) < 1e-3);
        assert_true(fabs((double)dot_product(q, r + i * width, width) - want) <
                    1e-3);
    }
    free(q);
    free(r);
    free(products);
}

static void
every_kernel_is_right_at_every_width(void **state)
{
    (void)state;
    for (size_t k = 0; dot_select(k); k++) {
        assert_string_equal(dot_kernel(), dot_select(k));
        for (size_t width = 0; width <= WIDTH_MAX; width++)
            check_width(width, ROWS);
        for (size_t rows = 0; rows <= ROWS; rows++)
            check_width(384, rows);
    }
    assert_non_null(dot_select(0));
}

static void
the_last_kernel_is_the_portable_one(void **state)
{
    size_t last = 0;

    (void)state;
    while (dot_select(last + 1))
        last++;
    assert_string_equal(dot_select(last), "portable");
    assert_non_null(dot_select(0));
}

static void
numbers_that_are_none_pass_through(void **state)
{
    float q[64] = { 1 }, r[64] = { NAN }, product;

    (void)state;
    dot_rows(q, r, 1, 64, &product);
    assert_true(isnan(product));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_right_at_every_width),
        cmocka_unit_test(the_last_kernel_is_the_portable_one),
        cmocka_unit_test(numbers_that_are_none_pass_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
