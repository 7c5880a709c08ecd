/* Borrowed runs of bytes. */
#include "unit/check.h"

#include "base/banned.h"

static void
a_slice_is_cut_to_the_length(void **state)
{
    (void)state;
    check_str(str_slice(STR("abcdef"), 2, 4), "cd");
    check_str(str_slice(STR("abc"), 2, 100), "c");
    check_str(str_slice(STR("abc"), 5, 9), "");
    check_str(str_slice(STR("abc"), 2, 1), "");
    check_str(str_slice(STR_NONE, 0, 4), "");
}

static void
cutting_gives_head_and_tail(void **state)
{
    struct str head, tail;

    (void)state;
    assert_true(str_cut(STR("a=b=c"), '=', &head, &tail));
    check_str(head, "a");
    check_str(tail, "b=c");
    assert_false(str_cut(STR("abc"), '=', &head, &tail));
    check_str(head, "abc");
    check_str(tail, "");
}

static void
numbers_must_be_whole_and_fit(void **state)
{
    int64_t n = 7;

    (void)state;
    assert_true(str_to_int(STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    assert_true(str_to_int(STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
    n = 7;
    assert_false(str_to_int(STR("9223372036854775808"), &n));
    assert_false(str_to_int(STR(""), &n));
    assert_false(str_to_int(STR("-"), &n));
    assert_false(str_to_int(STR("12x"), &n));
    assert_false(str_to_int(STR("1 "), &n));
    assert_int_equal(n, 7);
}

static void
numbers_of_rows_have_one_spelling(void **state)
{
    static const char *const bad[] = { "", "0", "-1", "+1", "01", "1x", " 1",
                                       "9223372036854775808" };
    int64_t n = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(str_to_id(str_from(bad[i]), &n));
    assert_int_equal(n, 7);
    assert_true(str_to_id(STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
}

static void
case_is_ignored_for_ascii_alone(void **state)
{
    (void)state;
    assert_true(str_equal_nocase(STR("X-Api-KEY"), STR("x-api-key")));
    assert_false(str_equal_nocase(STR("\xC3\x84"), STR("\xC3\xA4")));
    assert_true(str_starts_nocase(STR("Bearer x"), STR("bearer ")));
    assert_false(str_starts(STR("ab"), STR("abc")));
    assert_true(str_ends(STR("mk_x:read"), STR(":read")));
}

static void
finding_and_trimming(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("hay needle hay"), STR("needle")), 4);
    assert_true(str_find(STR("hay"), STR("needle")) == STR_NOWHERE);
    assert_true(str_find_byte(STR_NONE, 'x') == STR_NOWHERE);
    check_str(str_trim(STR(" \t a b\r\n")), "a b");
    check_str(str_trim(STR(" \n ")), "");
    assert_true(str_compare(STR("ab"), STR("abc")) < 0);
    assert_true(str_compare(STR("b"), STR("abc")) > 0);
    assert_int_equal(str_compare(STR("x"), STR("x")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slice_is_cut_to_the_length),
        cmocka_unit_test(cutting_gives_head_and_tail),
        cmocka_unit_test(numbers_must_be_whole_and_fit),
        cmocka_unit_test(numbers_of_rows_have_one_spelling),
        cmocka_unit_test(case_is_ignored_for_ascii_alone),
        cmocka_unit_test(finding_and_trimming),
    };

    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
