/* The table of vendors, and which row a model leads to. */
#include "unit/check.h"

#include "platform/json.h"
#include "provider/providers.h"

#include "base/banned.h"

static struct arena     a;
static struct providers providers;
static struct error     err;

static enum status
configure(const char *text)
{
    struct conf *conf = arena_new(&a, struct conf);
    enum status  st = conf_parse(&a, "test.conf", str_from(text), conf, &err);

    conf->path = "test.conf";
    return st == OK ? providers_init(&a, conf, &providers, &err) : st;
}

static int
set_up(void **state)
{
    (void)state;
    return configure("provider ollama url=http://127.0.0.1:11434\n"
                     "provider azure url=https://x.openai.azure.com\n"
                     "provider local url=http://127.0.0.1:8000/ auth=none\n"
                     "demo = on") == OK ? 0 : -1;
}

static void
every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < providers.count; i++) {
        const struct provider *row = &providers.rows[i];
        size_t                 served = 0;

        assert_true(strlen(row->name) && strlen(row->prefixes));
        assert_non_null(row->whole);
        assert_non_null(row->names);
        assert_non_null(row->key);
        for (size_t d = 0; d < DIALECT_COUNT; d++)
            served += row->paths[d] != NULL;
        assert_true(served > 0);
        assert_ptr_equal(providers_row(&providers, str_from(row->name)), row);
    }
}

static void
conformance_25_to_28_models_lead_to_their_vendor(void **state)
{
    static const struct { const char *model, *row, *sent; } rows[] = {
        { "openai/gpt-4o", "openai", "gpt-4o" },
        { "OpenAI/gpt-4o", "openai", "gpt-4o" },
        { "anthropic/claude-x", "anthropic", "claude-x" },
        { "google/gemini-x", "google", "gemini-x" },
        { "xai/grok-4", "xai", "grok-4" },
        { "x-ai/grok-4", "xai", "grok-4" },
        { "cerebras/llama-3", "cerebras", "llama-3" },
        { "deepseek/deepseek-chat", "deepseek", "deepseek-chat" },
        { "mistral/mistral-large", "mistral", "mistral-large" },
        { "mistralai/mistral-large", "mistral", "mistral-large" },
        { "meta/llama-4", "meta", "llama-4" },
        { "meta-llama/llama-3", "openrouter", "meta-llama/llama-3" },
        { "openrouter/anthropic/claude-x", "openrouter", "anthropic/claude-x" },
        { "nousresearch/hermes", "openrouter", "nousresearch/hermes" },
        { "groq/llama-3", "groq", "llama-3" },
        { "local/my/model", "local", "my/model" },
        { "ollama/llama3", "ollama", "llama3" },
        { "demo/anything", "demo", "anything" },
        { "gpt-4o", "openai", "gpt-4o" },
        { "gpt4o", "openai", "gpt4o" },
        { "o1", "openai", "o1" },
        { "o3-mini", "openai", "o3-mini" },
        { "o4-mini", "openai", "o4-mini" },
        { "chatgpt-4o-latest", "openai", "chatgpt-4o-latest" },
        { "claude-sonnet-5", "anthropic", "claude-sonnet-5" },
        { "Gemini-2.5-pro", "google", "Gemini-2.5-pro" },
        { "grok-4", "xai", "grok-4" },
        { "deepseek-chat", "deepseek", "deepseek-chat" },
        { "mixtral-8x7b", "mistral", "mixtral-8x7b" },
        { "codestral", "mistral", "codestral" },
        { "demo1", "openrouter", "demo1" },
        { "o10", "openrouter", "o10" },
        { "turbo1", "openrouter", "turbo1" },
        { "solo3-x", "openrouter", "solo3-x" },
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (providers_find(&providers, str_from(rows[i].model), &route,
                           &err) != OK)
            fail_msg("%s: %s", rows[i].model, err.text);
        if (strcmp(route.provider->name, rows[i].row) != 0)
            fail_msg("%s went to %s", rows[i].model, route.provider->name);
        check_str(route.model, rows[i].sent);
    }
}

static void
a_model_without_a_row_or_an_address_is_refused(void **state)
{
    struct route route;

    (void)state;
    assert_int_equal(providers_find(&providers, STR("openai/"), &route, &err),
                     ERR_INPUT);
    assert_int_equal(configure(""), OK);
    assert_int_equal(providers_find(&providers, STR("demo/x"), &route, &err),
                     ERR_INPUT);
    assert_string_equal(err.code, "model_not_found");
    assert_int_equal(providers_find(&providers, STR("ollama/x"), &route, &err),
                     ERR_INPUT);
    assert_string_equal(err.code, "provider_not_configured");
    assert_int_equal(set_up(NULL), 0);
}

static void
conformance_32_grok_aliases_are_off_by_default(void **state)
{
    struct route route;

    (void)state;
    assert_int_equal(providers_find(&providers, STR("xai/grok-3"), &route,
                                    &err), OK);
    check_str(route.model, "grok-3");
    assert_int_equal(configure("grok_aliases = on"), OK);
    assert_int_equal(providers_find(&providers, STR("grok-3"), &route, &err),
                     OK);
    check_str(route.model, "grok-3-beta");
    assert_int_equal(providers_find(&providers, STR("x-ai/grok-3-mini"),
                                    &route, &err), OK);
    check_str(route.model, "grok-3-mini-beta");
    assert_int_equal(providers_find(&providers, STR("xai/grok-4"), &route,
                                    &err), OK);
    check_str(route.model, "grok-4");
    assert_int_equal(set_up(NULL), 0);
}

static void
lines_override_rows_and_add_new_ones(void **state)
{
    const struct provider *row;
    struct str             url;

    (void)state;
    assert_int_equal(configure("provider groq url=http://127.0.0.1:9/\n"
                               "provider mine url=https://h/base "
                               "dialects=anthropic auth=x-api-key"), OK);
    row = providers_row(&providers, STR("groq"));
    assert_int_equal(providers_url(&a, row, DIALECT_OPENAI_CHAT, &url, &err),
                     OK);
    check_str(url, "http://127.0.0.1:9/openai/v1/chat/completions");
    row = providers_row(&providers, STR("mine"));
    assert_int_equal(row->auth, AUTH_X_API_KEY);
    assert_int_equal(providers_url(&a, row, DIALECT_ANTHROPIC, &url, &err),
                     OK);
    check_str(url, "https://h/base/v1/messages");
    assert_int_equal(providers_url(&a, row, DIALECT_OPENAI_CHAT, &url, &err),
                     ERR_INPUT);
    assert_int_equal(set_up(NULL), 0);
}

static void
wrong_lines_stop_the_start(void **state)
{
    static const char *const bad[] = {
        "provider mine", "provider mine url=ftp://h",
        "provider mine url=http://h auth=magic",
        "provider mine url=http://h dialects=openai_chat,latin",
        "demo = on\nprovider demo url=http://h",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (configure(bad[i]) != ERR_CONFIG)
            fail_msg("%s", bad[i]);
        assert_non_null(strstr(err.text, "test.conf:"));
    }
    assert_int_equal(set_up(NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(conformance_25_to_28_models_lead_to_their_vendor),
        cmocka_unit_test(a_model_without_a_row_or_an_address_is_refused),
        cmocka_unit_test(conformance_32_grok_aliases_are_off_by_default),
        cmocka_unit_test(lines_override_rows_and_add_new_ones),
        cmocka_unit_test(wrong_lines_stop_the_start),
    };
    int failures = cmocka_run_group_tests_name("providers", tests, set_up,
                                               NULL);

    arena_release(&a);
    return failures;
}
