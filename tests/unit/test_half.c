/* Half precision. */
#include "unit/check.h"

#include <math.h>

#include "store/half.h"

#include "base/banned.h"

static unsigned
written(float value)
{
    unsigned char bytes[HALF_BYTES];

    half_write(&value, 1, bytes);
    return (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
}

static float
read_back(unsigned half)
{
    unsigned char bytes[HALF_BYTES] = { half & 0xFF, half >> 8 & 0xFF };
    float         value;

    half_read(bytes, 1, &value);
    return value;
}

/* What a half means, said in another way. */
static double
meaning(unsigned half)
{
    int    exponent = (int)(half >> 10 & 31);
    int    fraction = (int)(half & 1023);
    double size = exponent == 0 ? ldexp(fraction, -24)
                                : ldexp(1024 + fraction, exponent - 25);

    return half & 0x8000 ? -size : size;
}

static void
every_half_is_read_exactly_and_written_as_it_was(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 0x10000; half++) {
        float value = read_back(half);

        if ((half & 0x7FFF) > 0x7C00) {
            assert_true(isnan(value));
            assert_int_equal(written(value) & 0x7E00, 0x7E00);
            continue;
        }
        if ((half & 0x7FFF) == 0x7C00)
            assert_true(isinf(value));
        else
            assert_true((double)value == meaning(half));
        assert_int_equal(written(value), half);
    }
}

static void
what_lies_between_goes_to_the_nearest_and_ties_to_even(void **state)
{
    (void)state;
    for (unsigned half = 0; half + 1 < 0x7C00; half++) {
        double low = meaning(half), high = meaning(half + 1);
        float  middle = (float)((low + high) / 2); /* exact */

        assert_int_equal(written(middle), half % 2 ? half + 1 : half);
        assert_int_equal(written(nextafterf(middle, 0)), half);
        assert_int_equal(written(nextafterf(middle, 1e9F)), half + 1);
        assert_int_equal(written(-middle),
                         0x8000 | (half % 2 ? half + 1 : half));
    }
}

static void
what_is_too_large_is_infinite_and_what_is_too_small_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(written(65519.0F), 0x7BFF);
    assert_int_equal(written(65520.0F), 0x7C00);
    assert_int_equal(written(-1e30F), 0xFC00);
    assert_int_equal(written(1e-30F), 0);
    assert_int_equal(written(-1e-30F), 0x8000);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_read_exactly_and_written_as_it_was),
        cmocka_unit_test(
            what_lies_between_goes_to_the_nearest_and_ties_to_even),
        cmocka_unit_test(
            what_is_too_large_is_infinite_and_what_is_too_small_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
