/* Reading the providers' own lists of models. */
#include "unit/check.h"

#include "provider/listing.h"

#include "base/banned.h"

static struct arena        a;
static struct error        err;
static struct providers    providers;
static struct listing_page page;

static int
set_up(void **state)
{
    struct conf *conf = arena_new(&a, struct conf);
    const char  *text = "provider local url=http://127.0.0.1:8000/base\n"
                        "provider plain url=http://h dialects=anthropic\n"
                        "provider answers url=http://h "
                        "dialects=openai_responses\n";

    (void)state;
    if (conf_parse(&a, "test.conf", str_from(text), conf, &err) != OK)
        return -1;
    return providers_init(&a, conf, &providers, &err) == OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static void
check_url(const char *name, const char *after, const char *want)
{
    const struct provider *row = providers_row(&providers, str_from(name));
    struct str             url;

    assert_int_equal(listing_url(&a, row, listing_dialect(row),
                                 str_from(after), &url, &err), OK);
    check_str(url, want);
    assert_int_equal(url.ptr[url.len], '\0');
}

static void
addresses_stand_beside_the_calls(void **state)
{
    (void)state;
    check_url("openai", "", "https://api.openai.com/v1/models");
    check_url("groq", "", "https://api.groq.com/openai/v1/models");
    check_url("openrouter", "", "https://openrouter.ai/api/v1/models");
    check_url("perplexity", "", "https://api.perplexity.ai/models");
    check_url("anthropic", "",
              "https://api.anthropic.com/v1/models?limit=1000");
    check_url("google", "", "https://generativelanguage.googleapis.com"
              "/v1beta/models?pageSize=1000");
    check_url("local", "", "http://127.0.0.1:8000/base/v1/models");
    check_url("plain", "", "http://h/v1/models?limit=1000");
}

static void
further_pages_are_asked_for_with_escaped_tokens(void **state)
{
    (void)state;
    check_url("anthropic", "claude-1",
              "https://api.anthropic.com/v1/models?limit=1000"
              "&after_id=claude-1");
    check_url("google", "a/b+c&d=", "https://generativelanguage.googleapis.com"
              "/v1beta/models?pageSize=1000&pageToken=a%2Fb%2Bc%26d%3D");
    check_url("openai", "ignored", "https://api.openai.com/v1/models");
}

static void
a_row_without_a_list_says_so(void **state)
{
    const struct provider *row = providers_row(&providers, STR("answers"));
    struct str             url;

    (void)state;
    assert_int_equal(listing_url(&a, row, listing_dialect(row), STR(""), &url,
                                 &err), ERR_INPUT);
}

static void
read_list(const char *body, size_t want)
{
    assert_int_equal(listing_read(&a, str_from(body), &page, &err), OK);
    assert_int_equal(page.count, want);
}

static void
every_shape_of_list_is_read(void **state)
{
    (void)state;
    read_list("{\"data\":[{\"id\":\"m\",\"context_window\":5}]}", 1);
    check_str(page.list[0].name, "m");
    assert_int_equal(page.list[0].context_tokens, 5);
    assert_int_equal(page.list[0].input_price, -1);
    read_list("[{\"id\":\"org/m\",\"type\":\"chat\","
              "\"context_length\":7}]", 1);
    assert_int_equal(page.list[0].context_tokens, 7);
    read_list("{\"models\":[{\"name\":\"models/m-1\",\"inputTokenLimit\":9,"
              "\"supportedGenerationMethods\":[\"generateContent\"]}]}", 1);
    check_str(page.list[0].name, "m-1");
    assert_int_equal(page.list[0].context_tokens, 9);
    read_list("{\"data\":[]}", 0);
}

static void
what_does_not_chat_is_left_out(void **state)
{
    (void)state;
    read_list("{\"data\":[{\"id\":\"text-embedding-3\"},{\"id\":\"gpt-image"
              "-1\"},{\"id\":\"tts-1-hd\"},{\"id\":\"m\",\"type\":\"image\"},"
              "{\"id\":\"m\",\"capabilities\":{\"completion_chat\":false}},"
              "{\"id\":\"m\",\"supportedGenerationMethods\":[\"embedContent\"]"
              "},{\"id\":\"\"},{\"id\":\"a b\"},{\"id\":7},{},null,"
              "{\"id\":\"imagenary-llm\"}]}", 1);
    check_str(page.list[0].name, "imagenary-llm");
}

static void
prices_by_the_token_become_millionths_by_the_million(void **state)
{
    (void)state;
    read_list("{\"data\":[{\"id\":\"m\",\"pricing\":{\"prompt\":"
              "\"0.0000025\",\"completion\":\"-1\"}},{\"id\":\"n\",\"pricing\""
              ":{\"prompt\":\"x\",\"completion\":\"0\"}}]}", 2);
    assert_int_equal(page.list[0].input_price, 2500000);
    assert_int_equal(page.list[0].output_price, -1);
    assert_int_equal(page.list[1].input_price, -1);
    assert_int_equal(page.list[1].output_price, 0);
}

static void
the_next_page_is_named(void **state)
{
    (void)state;
    read_list("{\"data\":[],\"has_more\":true,\"last_id\":\"x\"}", 0);
    check_str(page.next, "x");
    read_list("{\"data\":[],\"has_more\":false,\"last_id\":\"x\"}", 0);
    check_str(page.next, "");
    read_list("{\"models\":[],\"nextPageToken\":\"t\"}", 0);
    check_str(page.next, "t");
}

static void
anything_else_is_refused(void **state)
{
    static const char *const bodies[] = {
        "", "<html>", "{}", "7", "null", "{\"data\":{}}", "{\"data\":[",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        assert_int_equal(listing_read(&a, str_from(bodies[i]), &page, &err),
                         ERR_UPSTREAM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_stand_beside_the_calls),
        cmocka_unit_test(further_pages_are_asked_for_with_escaped_tokens),
        cmocka_unit_test(a_row_without_a_list_says_so),
        cmocka_unit_test(every_shape_of_list_is_read),
        cmocka_unit_test(what_does_not_chat_is_left_out),
        cmocka_unit_test(prices_by_the_token_become_millionths_by_the_million),
        cmocka_unit_test(the_next_page_is_named),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests_name("listing", tests, set_up, tear_down);
}
