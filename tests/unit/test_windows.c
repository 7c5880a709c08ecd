/* Windows of time and their shares. */
#include "unit/check.h"

#include "memory/windows.h"

#include "base/banned.h"

enum { NOW = 1000000 };

static const struct windows windows = {
    .most_ms = { 40, 300, 9000 }, .share_percent = 20, .now_ms = NOW };

static void
ages_have_their_windows(void **state)
{
    static const struct {
        int64_t     age;
        enum window window;
    } rows[] = {
        { 0, WINDOW_HOT },          { 40, WINDOW_HOT },
        { 41, WINDOW_WORKING },     { 300, WINDOW_WORKING },
        { 301, WINDOW_LONGTERM },   { 9000, WINDOW_LONGTERM },
        { 9001, WINDOW_ARCHIVE },   { 999999, WINDOW_ARCHIVE },
        { -5000, WINDOW_HOT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(windows_find(&windows, NOW - rows[i].age),
                         rows[i].window);
}

static void
shares_never_add_up_to_more_than_all(void **state)
{
    struct windows w = windows;

    (void)state;
    assert_int_equal(windows_share(&w, 30), 6);
    assert_int_equal(windows_share(&w, 4), 0);
    for (w.share_percent = 0; w.share_percent <= 25; w.share_percent++)
        for (size_t all = 0; all < 500; all++) {
            assert_true(WINDOW_COUNT * windows_share(&w, all) <= all);
            assert_true(windows_share(&w, all) <= windows_share(&w, all + 1));
        }
}

static void
windows_have_names(void **state)
{
    (void)state;
    assert_string_equal(windows_name(WINDOW_HOT), "hot");
    assert_string_equal(windows_name(WINDOW_WORKING), "working");
    assert_string_equal(windows_name(WINDOW_LONGTERM), "longterm");
    assert_string_equal(windows_name(WINDOW_ARCHIVE), "archive");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_have_their_windows),
        cmocka_unit_test(shares_never_add_up_to_more_than_all),
        cmocka_unit_test(windows_have_names),
    };

    return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
