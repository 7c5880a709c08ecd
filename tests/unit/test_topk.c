/* The best of many. */
#include "unit/check.h"

#include <math.h>

#include "memory/topk.h"

#include "base/banned.h"

static void
the_best_come_first_equal_ones_by_number(void **state)
{
    uint32_t    items[5];
    float       scores[5];
    struct topk b = { items, scores, 5, 0 };

    (void)state;
    /* Scores 0 .. 9, each ten times. */
    for (uint32_t i = 0; i < 100; i++)
        topk_offer(&b, (i * 37 + 11) % 100, (float)((i * 37 + 11) % 10));
    topk_sort(&b);
    assert_int_equal(b.count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(items[i], i * 10 + 9);
        assert_true(scores[i] == 9);
    }
}

static void
fewer_than_wanted_are_all(void **state)
{
    uint32_t    items[5];
    float       scores[5];
    struct topk b = { items, scores, 5, 0 };

    (void)state;
    topk_sort(&b);
    assert_int_equal(b.count, 0);
    topk_offer(&b, 3, -1);
    topk_offer(&b, 4, NAN);
    topk_offer(&b, 5, INFINITY);
    topk_offer(&b, 6, -INFINITY);
    topk_sort(&b);
    assert_int_equal(b.count, 3);
    assert_int_equal(items[0], 5);
    assert_int_equal(items[1], 3);
    assert_int_equal(items[2], 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_come_first_equal_ones_by_number),
        cmocka_unit_test(fewer_than_wanted_are_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
