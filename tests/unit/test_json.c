/* The JSON scanner. */
#include "unit/check.h"

#include "base/buf.h"
#include "platform/json.h"

#include "base/banned.h"

static struct error err;

static enum status
parse(const char *text, struct json *root)
{
    return json_parse(str_from(text), 8, root, &err);
}

static void
json_is_told_from_what_is_none(void **state)
{
    static const char *const good[] = {
        "{}", "[]", " {\"a\" : [1, -2.5e+10, true, false, null]} ", "0", "-0.0",
        "\"\"", "\"\\u00e4\\n\\\\\\/\"", "[[[[[[[[]]]]]]]]", "{\"a\":{}}",
        "[1,[],{}]", "1E5",
    };
    static const char *const bad[] = {
        "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "01",
        "1.", ".5", "-", "1e", "+1", "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"",
        "\"\x01\"", "[1 2]", "{} {}", "[1]]", "{\"a\":1 \"b\":2}",
        "\xEF\xBB\xBF{}",
        "\"\xFF\"", "NaN", "'a'", "[1,,2]", "{,}", "//x", "{\"a\" 1}",
    };
    struct json root;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (parse(good[i], &root) != OK)
            fail_msg("%s: %s", good[i], err.text);
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (parse(bad[i], &root) != ERR_INPUT)
            fail_msg("taken for JSON: %s", bad[i]);
        assert_string_equal(err.code, "invalid_json");
    }
    assert_int_equal(json_parse((struct str){ "[1\0]", 4 }, 8, &root, &err),
                     ERR_INPUT);
}

static void
depth_has_a_limit(void **state)
{
    struct json root;

    (void)state;
    assert_int_equal(parse("[[[[[[[[[]]]]]]]]]", &root), ERR_INPUT);
    assert_string_equal(err.code, "json_too_deep");
    assert_int_equal(parse("[[],[],[[[[[[[]]]]]]]]", &root), OK);
}

static void
members_are_ranges_of_the_document(void **state)
{
    const char      *text = "{ \"a\" : 1.50 , \"b\":[ \"x\" ,"
                            "{\"c\":\"}\\\"\"}],\"a\":\"last\"}";
    struct json      root, b, inner;
    struct json_item item = { 0 };

    (void)state;
    assert_int_equal(parse(text, &root), OK);
    assert_true(json_next(&root, &item));
    check_str(item.key, "a");
    check_str(item.value.raw, "1.50");
    assert_ptr_equal(item.start, text + 2);
    b = json_member(&root, "b");
    check_str(b.raw, "[ \"x\" ,{\"c\":\"}\\\"\"}]");
    check_str(json_member(&root, "a").raw, "\"last\"");
    assert_int_equal(json_member(&root, "z").type, JSON_NONE);
    memset(&item, 0, sizeof(item));
    assert_true(json_next(&b, &item) && json_next(&b, &item));
    inner = json_member(&item.value, "c");
    check_str(inner.raw, "\"}\\\"\"");
    assert_false(json_next(&b, &item));
    assert_int_equal(json_member(&inner, "c").type, JSON_NONE);
}

static void
strings_lose_their_escapes(void **state)
{
    struct arena a = ARENA_INIT;
    struct json  root;

    (void)state;
    assert_int_equal(parse("\"a\\u00e4\\ud83d\\ude00\\ud800x\\\"\\n\\u0041\"",
                           &root), OK);
    check_str(json_text(&a, &root),
              "a\xC3\xA4\xF0\x9F\x98\x80\xEF\xBF\xBDx\"\nA");
    assert_int_equal(parse("{\"\\u0061b\":true}", &root), OK);
    assert_int_equal(json_member(&root, "ab").type, JSON_BOOL);
    arena_release(&a);
}

static void
text_that_is_written_is_read_back(void **state)
{
    struct arena a = ARENA_INIT;
    struct buf   b = BUF_INIT(4096);
    struct json  root;
    char         all[512];
    size_t       len = 0;

    (void)state;
    for (int c = 0; c < 128; c++)
        all[len++] = (char)c;
    memcpy(all + len, "\xE2\x82\xAC", 3);
    len += 3;
    json_add_string(&b, (struct str){ all, len });
    assert_int_equal(json_parse(buf_str(&b), 8, &root, &err), OK);
    assert_true(str_equal(json_text(&a, &root), (struct str){ all, len }));
    buf_clear(&b);
    json_add_string(&b, STR("\xFF"));
    check_str(buf_str(&b), "\"\xEF\xBF\xBD\"");
    buf_release(&b);
    arena_release(&a);
}

static void
numbers_and_literals(void **state)
{
    struct json root;
    int64_t     n = 0;

    (void)state;
    assert_int_equal(parse("42", &root), OK);
    assert_true(json_int(&root, &n) && n == 42);
    assert_int_equal(parse("4.2", &root), OK);
    assert_false(json_int(&root, &n));
    assert_int_equal(parse("-5.0", &root), OK);
    assert_true(json_int(&root, &n) && n == -5);
    assert_int_equal(parse("12e2", &root), OK);
    assert_true(json_int(&root, &n) && n == 1200);
    assert_int_equal(parse("9007199254740991.0", &root), OK);
    assert_true(json_int(&root, &n) && n == 9007199254740991);
    assert_int_equal(parse("9007199254740993.0", &root), OK);
    assert_false(json_int(&root, &n));
    assert_int_equal(parse("1e300", &root), OK);
    assert_false(json_int(&root, &n));
    assert_int_equal(parse("9223372036854775807", &root), OK);
    assert_true(json_int(&root, &n) && n == INT64_MAX);
    assert_int_equal(parse("9223372036854775808", &root), OK);
    assert_false(json_int(&root, &n));
    assert_int_equal(parse("\"42\"", &root), OK);
    assert_false(json_int(&root, &n));
    assert_int_equal(parse("true", &root), OK);
    assert_true(json_is_true(&root) && !json_is_false(&root));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_told_from_what_is_none),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(members_are_ranges_of_the_document),
        cmocka_unit_test(strings_lose_their_escapes),
        cmocka_unit_test(text_that_is_written_is_read_back),
        cmocka_unit_test(numbers_and_literals),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
