/* When a vault needs a new generation. */
#include "unit/check.h"

#include "memory/learn_build.h"

#include "base/banned.h"

enum { MODEL = 3 };

static struct learn_facts
have(int64_t rows)
{
    return (struct learn_facts){ .name = "00000001-00000000",
                                 .model_id = MODEL, .base_seq = rows,
                                 .items = rows, .purge_epoch = 5 };
}

static bool
is_due(const struct learn_facts *facts, int64_t base_seq,
       enum learn_cause cause)
{
    struct vault_state now = { .purge_epoch = 5, .model_id = MODEL };

    return learn_build_is_due(facts, &now, MODEL, base_seq, cause);
}

static void
the_first_one_is_due_at_64_rows(void **state)
{
    struct learn_facts none = { .base_seq = 999, .items = 999 };

    (void)state;
    assert_false(is_due(&none, 63, LEARN_CAUSE_ROWS));
    assert_true(is_due(&none, 64, LEARN_CAUSE_ROWS));
    assert_true(is_due(&none, 1, LEARN_CAUSE_WANTED));
    assert_true(is_due(&none, 1, LEARN_CAUSE_FORCED));
}

static void
the_next_one_is_due_at_64_rows_or_5_percent(void **state)
{
    struct learn_facts small = have(100), large = have(100000);

    (void)state;
    assert_false(is_due(&small, 163, LEARN_CAUSE_ROWS));
    assert_true(is_due(&small, 164, LEARN_CAUSE_ROWS));
    assert_false(is_due(&large, 104999, LEARN_CAUSE_ROWS));
    assert_true(is_due(&large, 105000, LEARN_CAUSE_ROWS));
}

static void
a_worker_gets_one_for_half_of_that(void **state)
{
    struct learn_facts small = have(100), large = have(100000);

    (void)state;
    assert_false(is_due(&small, 131, LEARN_CAUSE_WANTED));
    assert_true(is_due(&small, 132, LEARN_CAUSE_WANTED));
    assert_false(is_due(&large, 102499, LEARN_CAUSE_WANTED));
    assert_true(is_due(&large, 102500, LEARN_CAUSE_WANTED));
}

static void
while_many_rows_come_it_doubles(void **state)
{
    struct learn_facts none = { 0 }, some = have(5000);

    (void)state;
    assert_false(is_due(&none, 4095, LEARN_CAUSE_BACKLOG));
    assert_true(is_due(&none, 4096, LEARN_CAUSE_BACKLOG));
    assert_false(is_due(&some, 9999, LEARN_CAUSE_BACKLOG));
    assert_true(is_due(&some, 10000, LEARN_CAUSE_BACKLOG));
}

static void
nothing_new_is_built_for_force_alone(void **state)
{
    struct learn_facts some = have(100);

    (void)state;
    assert_false(is_due(&some, 100, LEARN_CAUSE_ROWS));
    assert_false(is_due(&some, 100, LEARN_CAUSE_WANTED));
    assert_true(is_due(&some, 100, LEARN_CAUSE_FORCED));
}

static void
of_an_empty_vault_there_is_nothing_to_build(void **state)
{
    struct learn_facts none = { 0 };

    (void)state;
    for (int cause = LEARN_CAUSE_ROWS; cause <= LEARN_CAUSE_FORCED; cause++)
        assert_false(is_due(&none, 0, (enum learn_cause)cause));
}

static void
what_was_deleted_makes_it_due(void **state)
{
    struct learn_facts some = have(100);

    (void)state;
    some.purge_epoch = 4;
    assert_true(is_due(&some, 100, LEARN_CAUSE_ROWS));
}

/* The old one is used until the new model has come as far. */
static void
another_model_makes_it_due_when_its_vectors_are_there(void **state)
{
    struct learn_facts some = have(100);

    (void)state;
    some.model_id = MODEL + 1;
    assert_false(is_due(&some, 99, LEARN_CAUSE_ROWS));
    assert_false(is_due(&some, 99, LEARN_CAUSE_WANTED));
    assert_true(is_due(&some, 100, LEARN_CAUSE_ROWS));
    assert_true(is_due(&some, 100, LEARN_CAUSE_BACKLOG));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_one_is_due_at_64_rows),
        cmocka_unit_test(the_next_one_is_due_at_64_rows_or_5_percent),
        cmocka_unit_test(a_worker_gets_one_for_half_of_that),
        cmocka_unit_test(while_many_rows_come_it_doubles),
        cmocka_unit_test(nothing_new_is_built_for_force_alone),
        cmocka_unit_test(of_an_empty_vault_there_is_nothing_to_build),
        cmocka_unit_test(what_was_deleted_makes_it_due),
        cmocka_unit_test(
            another_model_makes_it_due_when_its_vectors_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
