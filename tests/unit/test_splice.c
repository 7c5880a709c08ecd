/* Edits of a document by byte ranges. */
#include "unit/check.h"

#include "provider/splice.h"

#include "base/banned.h"

static struct arena  a;
static struct error  err;
static struct splice s;

static void
begin(const char *document)
{
    arena_reset(&a);
    splice_init(&s, &a, arena_copy(&a, str_from(document)));
}

static void
check_result(const char *want)
{
    struct str result;

    assert_int_equal(splice_finish(&s, &result, &err), OK);
    check_str(result, want);
}

/* The range of `part`'s first occurrence. */
static struct str
range(const char *part)
{
    size_t at = str_find(s.document, str_from(part));

    assert_true(at != STR_NOWHERE);
    return str_slice(s.document, at, at + strlen(part));
}

/* Parses the document, and removes the members a and b of its root. */
static void
remove_members(const char *document)
{
    static const char *const names[] = { "a", "b" };
    struct json              root;

    begin(document);
    assert_int_equal(json_parse(s.document, 8, &root, &err), OK);
    splice_remove_members(&s, &root, names, COUNT(names));
}

static void
without_edits_the_document_itself_comes_back(void **state)
{
    struct str result;

    (void)state;
    begin("anything");
    assert_int_equal(splice_finish(&s, &result, &err), OK);
    assert_ptr_equal(result.ptr, s.document.ptr);
    assert_int_equal(result.len, s.document.len);
}

static void
edits_come_in_any_order(void **state)
{
    (void)state;
    begin("one two three");
    splice_replace(&s, range("three"), STR("3"));
    splice_replace(&s, range("one"), STR("1st"));
    splice_insert(&s, range("two").ptr, STR("the "));
    check_result("1st the two 3");
}

static void
insertions_at_one_place_keep_their_order(void **state)
{
    (void)state;
    begin("[]");
    for (const char *c = "abcdefghijklmnopqrstuvwxyz"; *c; c++)
        splice_insert(&s, s.document.ptr + 1, (struct str){ c, 1 });
    check_result("[abcdefghijklmnopqrstuvwxyz]");
}

static void
edits_reach_both_ends(void **state)
{
    (void)state;
    begin("middle");
    splice_insert(&s, s.document.ptr + s.document.len, STR(">"));
    splice_insert(&s, s.document.ptr, STR("<"));
    check_result("<middle>");
    begin("all");
    splice_replace(&s, s.document, STR_NONE);
    check_result("");
}

static void
members_go_with_the_commas_between_them(void **state)
{
    static const struct { const char *document, *rest; } rows[] = {
        { "{\"a\":1}", "{}" },
        { "{ \"a\" : 1 , \"b\" : 2 }", "{  }" },
        { "{\"a\":1,\"x\":2}", "{\"x\":2}" },
        { "{\"x\":2,\"a\":1}", "{\"x\":2}" },
        { "{\"x\":1, \"a\":2, \"b\":3, \"y\":4}", "{\"x\":1, \"y\":4}" },
        { "{\"a\":1,\"x\":2,\"b\":3,\"y\":4,\"a\":5}",
          "{\"x\":2,\"y\":4}" },
        { "{\"\\u0061\":1,\"x\":{\"a\":2}}", "{\"x\":{\"a\":2}}" },
        { "{\"x\":1}", "{\"x\":1}" },
        { "{}", "{}" },
        { "[\"a\",1]", "[\"a\",1]" },
        { "\"a\"", "\"a\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        remove_members(rows[i].document);
        check_result(rows[i].rest);
    }
}

static void
what_stays_may_be_edited_beside_what_goes(void **state)
{
    (void)state;
    remove_members("{\"a\":1,\"x\":\"t\",\"b\":2}");
    splice_insert(&s, range("t").ptr + 1, STR("ext"));
    splice_insert(&s, s.document.ptr + 1, STR("\"new\":0,"));
    check_result("{\"new\":0,\"x\":\"text\"}");
}

static void
too_many_edits_are_refused(void **state)
{
    struct str result;

    (void)state;
    begin("x");
    for (size_t i = 0; i < SPLICE_EDITS_MAX; i++)
        splice_insert(&s, s.document.ptr, STR("y"));
    assert_int_equal(splice_finish(&s, &result, &err), OK);
    assert_int_equal(result.len, SPLICE_EDITS_MAX + 1);
    splice_insert(&s, s.document.ptr, STR("y"));
    assert_int_equal(splice_finish(&s, &result, &err), ERR_INPUT);
    assert_true(err.for_caller);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_edits_the_document_itself_comes_back),
        cmocka_unit_test(edits_come_in_any_order),
        cmocka_unit_test(insertions_at_one_place_keep_their_order),
        cmocka_unit_test(edits_reach_both_ends),
        cmocka_unit_test(members_go_with_the_commas_between_them),
        cmocka_unit_test(what_stays_may_be_edited_beside_what_goes),
        cmocka_unit_test(too_many_edits_are_refused),
    };
    int failures = cmocka_run_group_tests_name("splice", tests, NULL, NULL);

    arena_release(&a);
    return failures;
}
