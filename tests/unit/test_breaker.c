/* The circuit breaker: when it opens, and when one may try again. */
#include "unit/check.h"

#include "memory/breaker.h"

#include "base/banned.h"

enum { NOW = 1000000 };

static struct breaker
opened(void)
{
    struct breaker b = BREAKER_INIT;

    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_fail(&b, NOW, 0);
    return b;
}

static void
it_opens_after_some_failures_in_a_row(void **state)
{
    struct breaker b = BREAKER_INIT;

    (void)state;
    for (int i = 0; i < BREAKER_FAILURES - 1; i++)
        breaker_fail(&b, NOW, 0);
    assert_true(breaker_admits(&b, NOW));
    breaker_fail(&b, NOW, 0);
    assert_false(breaker_admits(&b, NOW));
    assert_true(breaker_is_open(&b));
}

static void
a_success_between_them_starts_the_count_anew(void **state)
{
    struct breaker b = BREAKER_INIT;

    (void)state;
    for (int i = 0; i < 3 * BREAKER_FAILURES; i++) {
        if (i % (BREAKER_FAILURES - 1) == 0)
            breaker_succeed(&b);
        breaker_fail(&b, NOW, 0);
    }
    assert_true(breaker_admits(&b, NOW));
}

static void
after_the_pause_one_may_try_and_the_others_wait(void **state)
{
    struct breaker b = opened();

    (void)state;
    assert_false(breaker_admits(&b, NOW + BREAKER_PAUSE_US - 1));
    assert_true(breaker_admits(&b, NOW + BREAKER_PAUSE_US));
    assert_false(breaker_admits(&b, NOW + BREAKER_PAUSE_US));
    breaker_succeed(&b);
    assert_true(breaker_admits(&b, NOW + BREAKER_PAUSE_US));
    assert_false(breaker_is_open(&b));
}

static void
one_that_fails_in_its_trial_shuts_it_again(void **state)
{
    struct breaker b = opened();
    int64_t        later = NOW + BREAKER_PAUSE_US;

    (void)state;
    assert_true(breaker_admits(&b, later));
    breaker_fail(&b, later, 0);
    assert_false(breaker_admits(&b, later + BREAKER_PAUSE_US - 1));
    assert_true(breaker_admits(&b, later + BREAKER_PAUSE_US));
}

static void
one_that_never_comes_back_is_followed_by_another(void **state)
{
    struct breaker b = opened();

    (void)state;
    assert_true(breaker_admits(&b, NOW + BREAKER_PAUSE_US));
    assert_true(breaker_admits(&b, NOW + 2 * BREAKER_PAUSE_US));
}

static void
a_service_that_asks_for_a_pause_gets_it_at_once(void **state)
{
    struct breaker b = BREAKER_INIT;

    (void)state;
    breaker_fail(&b, NOW, 2 * BREAKER_PAUSE_US);
    assert_false(breaker_admits(&b, NOW + 2 * BREAKER_PAUSE_US - 1));
    assert_true(breaker_admits(&b, NOW + 2 * BREAKER_PAUSE_US));
    breaker_fail(&b, NOW, INT64_MAX);
    assert_true(breaker_admits(&b, NOW + BREAKER_PAUSE_MAX_US));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_after_some_failures_in_a_row),
        cmocka_unit_test(a_success_between_them_starts_the_count_anew),
        cmocka_unit_test(after_the_pause_one_may_try_and_the_others_wait),
        cmocka_unit_test(one_that_fails_in_its_trial_shuts_it_again),
        cmocka_unit_test(one_that_never_comes_back_is_followed_by_another),
        cmocka_unit_test(a_service_that_asks_for_a_pause_gets_it_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
