/* Pages and bodies of lists of models. */
#include "unit/check.h"

#include "api/model_bodies.h"
#include "platform/json.h"

#include "base/banned.h"

static struct model_entry entries[] = {
    { { "openai/a", 8 }, { "a", 1 }, "openai", 128000, 1000, false },
    { { "openai/b\"\\", 10 }, { "b\"\\", 3 }, "openai", 0, 0, false },
    { { "google/c", 8 }, { "c", 1 }, "google", 5, 3000, true },
};
static const struct model_entries all = { entries, COUNT(entries) };
static const struct model_entries none = { entries, 0 };
static struct arena      a;
static struct error      err;
static struct model_page page;

static int
tear_down(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static void
check_page(const char *limit, const char *after, const char *before,
           size_t first, size_t count, bool more)
{
    assert_int_equal(model_bodies_page(&all, str_from(limit), str_from(after),
                                       str_from(before), &page, &err), OK);
    assert_int_equal(page.first, first);
    assert_int_equal(page.count, count);
    assert_int_equal(page.more, more);
}

static void
pages_have_what_was_asked_for(void **state)
{
    (void)state;
    check_page("", "", "", 0, 3, false);
    check_page("2", "", "", 0, 2, true);
    check_page("3", "", "", 0, 3, false);
    check_page("2", "openai/a", "", 1, 2, false);
    check_page("", "google/c", "", 3, 0, false);
    check_page("1", "", "google/c", 1, 1, true);
    check_page("2", "", "google/c", 0, 2, false);
    check_page("", "openai/a", "google/c", 1, 1, false);
    check_page("", "google/c", "openai/a", 3, 0, false);
}

static void
google_pages_go_on_behind_their_token(void **state)
{
    (void)state;
    assert_int_equal(model_bodies_google_page(&all, STR("2"), STR(""), &page,
                                              &err), OK);
    assert_int_equal(page.count, 2);
    assert_true(page.more);
    assert_int_equal(model_bodies_google_page(&all, STR("0"), entries[1].id,
                                              &page, &err), OK);
    assert_int_equal(page.first, 2);
    assert_int_equal(page.count, 1);
    assert_false(page.more);
}

static void
pages_that_cannot_be_are_refused(void **state)
{
    static const char *const limits[] = { "0", "-1", "1001", "x", "1.5",
                                          "99999999999999999999" };

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++)
        assert_int_equal(model_bodies_page(&all, str_from(limits[i]), STR(""),
                                           STR(""), &page, &err), ERR_INPUT);
    assert_int_equal(model_bodies_page(&all, STR(""), STR("x"), STR(""),
                                       &page, &err), ERR_INPUT);
    assert_int_equal(model_bodies_google_page(&none, STR(""), STR("x"), &page,
                                              &err), ERR_INPUT);
}

static struct str
list_body(const struct model_entries *of)
{
    struct buf *b = buf_new(&a, MODEL_BODIES_MAX_BYTES);
    struct json root;

    page = (struct model_page){ 0, of->count, false };
    model_bodies_list(b, &a, of, &page);
    assert_int_equal(json_parse(buf_str(b), 16, &root, &err), OK);
    return buf_str(b);
}

static void
one_body_serves_two_families_and_the_old_clients(void **state)
{
    struct str body = list_body(&all);

    (void)state;
    assert_true(str_find(body, STR("{\"id\":\"openai/a\",\"object\":\"model\","
        "\"type\":\"model\",\"created\":1,\"created_at\":"
        "\"1970-01-01T00:00:01.000Z\",\"owned_by\":\"openai\","
        "\"display_name\":\"a\",\"context_window\":128000}")) != STR_NOWHERE);
    assert_true(str_find(body, STR("\"context_window\":null")) != STR_NOWHERE);
    assert_true(str_ends(body, STR("\"has_more\":false,\"first_id\":"
        "\"openai/a\",\"last_id\":\"google/c\",\"providers\":[{\"provider\":"
        "\"openai\",\"models\":[\"openai/a\",\"openai/b\\\"\\\\\"]},"
        "{\"provider\":\"google\",\"models\":[\"google/c\"]}],\"models\":["
        "\"openai/a\",\"openai/b\\\"\\\\\",\"google/c\"],\"default\":"
        "\"openai/a\",\"catalog_updated\":\"1970-01-01T00:00:03.000Z\"}")));
}

static void
an_empty_list_is_a_list(void **state)
{
    (void)state;
    check_str(list_body(&none),
              "{\"object\":\"list\",\"data\":[],\"has_more\":false,"
              "\"first_id\":null,\"last_id\":null,\"providers\":[],"
              "\"models\":[],\"default\":\"openai/gpt-4o-mini\","
              "\"catalog_updated\":null}");
}

static void
google_names_its_models_and_what_they_can(void **state)
{
    struct buf *b = buf_new(&a, MODEL_BODIES_MAX_BYTES);

    (void)state;
    page = (struct model_page){ 1, 2, true };
    model_bodies_google_list(b, &all, &page);
    check_str(buf_str(b),
              "{\"models\":[{\"name\":\"models/openai/b\\\"\\\\\","
              "\"displayName\":\"b\\\"\\\\\",\"supportedGenerationMethods\":[]"
              "},{\"name\":\"models/google/c\",\"displayName\":\"c\","
              "\"inputTokenLimit\":5,\"supportedGenerationMethods\":["
              "\"generateContent\",\"countTokens\"]}],\"nextPageToken\":"
              "\"google/c\"}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_have_what_was_asked_for),
        cmocka_unit_test(google_pages_go_on_behind_their_token),
        cmocka_unit_test(pages_that_cannot_be_are_refused),
        cmocka_unit_test(one_body_serves_two_families_and_the_old_clients),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(google_names_its_models_and_what_they_can),
    };

    return cmocka_run_group_tests_name("model_bodies", tests, NULL,
                                       tear_down);
}
