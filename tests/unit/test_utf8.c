/* UTF-8, well-formed and not. */
#include "unit/check.h"

#include "base/utf8.h"

#include "base/banned.h"

static void
well_formed_text_is_valid(void **state)
{
    (void)state;
    assert_true(utf8_valid(STR("")));
    assert_true(utf8_valid(STR("plain ascii, longer than eight bytes")));
    assert_true(utf8_valid(STR("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")));
    assert_true(utf8_valid(STR("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF")));
}

static void
malformed_text_is_not(void **state)
{
    static const char *const bad[] = {
        "\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE2\x82",
        "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5", "\xFF",
        "12345678\xFF", "\xE2\x28\xA1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(utf8_valid(str_from(bad[i])));
}

static void
every_code_point_comes_back(void **state)
{
    struct buf b = BUF_INIT(16);

    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        struct str s;

        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        buf_clear(&b);
        utf8_add(&b, cp);
        s = buf_str(&b);
        if (!utf8_valid(s) || utf8_next(&s) != cp || s.len != 0)
            fail_msg("U+%04X", (unsigned)cp);
    }
    buf_release(&b);
}

static void
a_prefix_ends_between_code_points(void **state)
{
    struct str s = STR("a\xC3\xA4\xE2\x82\xAC");

    (void)state;
    assert_int_equal(utf8_prefix(s, 6).len, 6);
    assert_int_equal(utf8_prefix(s, 5).len, 3);
    assert_int_equal(utf8_prefix(s, 2).len, 1);
    assert_int_equal(utf8_prefix(s, 0).len, 0);
    assert_int_equal(utf8_count(s), 3);
}

static void
what_is_no_code_point_becomes_the_replacement(void **state)
{
    struct buf b = BUF_INIT(16);
    struct str s = STR("\xFFz");

    (void)state;
    utf8_add(&b, 0xD800);
    utf8_add(&b, 0x110000);
    check_str(buf_str(&b), "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_int_equal(utf8_next(&s), 0xFFFD);
    assert_int_equal(utf8_next(&s), 'z');
    buf_release(&b);
}

static void
bytes_that_are_no_utf8_are_latin_1(void **state)
{
    struct arena a = ARENA_INIT;

    (void)state;
    check_str(utf8_from_bytes(&a, STR("caf\xE9 \xFF")),
              "caf\xC3\xA9 \xC3\xBF");
    check_str(utf8_from_bytes(&a, STR("caf\xC3\xA9")), "caf\xC3\xA9");
    check_str(utf8_from_bytes(&a, STR("\xE9")), "\xC3\xA9");
    check_str(utf8_from_bytes(&a, STR("")), "");
    arena_release(&a);
}

static void
a_mark_is_taken_off_once(void **state)
{
    (void)state;
    assert_true(str_equal(utf8_without_mark(STR("\xEF\xBB\xBF" "a")),
                          STR("a")));
    assert_true(str_equal(
        utf8_without_mark(STR("\xEF\xBB\xBF\xEF\xBB\xBF")),
        STR("\xEF\xBB\xBF")));
    assert_true(str_equal(utf8_without_mark(STR("\xEF\xBB")),
                          STR("\xEF\xBB")));
    assert_int_equal(utf8_without_mark(STR_NONE).len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_valid),
        cmocka_unit_test(malformed_text_is_not),
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(a_prefix_ends_between_code_points),
        cmocka_unit_test(what_is_no_code_point_becomes_the_replacement),
        cmocka_unit_test(bytes_that_are_no_utf8_are_latin_1),
        cmocka_unit_test(a_mark_is_taken_off_once),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
