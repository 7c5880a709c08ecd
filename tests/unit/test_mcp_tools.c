/* The tables of tools and of their arguments. */
#include "unit/check.h"

#include "api/mcp_arguments.h"
#include "api/mcp_tools.h"

#include "base/banned.h"

static struct arena a;
static struct error err;

static const struct mcp_argument table[] = {
    { "text", ARGUMENT_TEXT, true, 1, 5, NULL, "A text." },
    { "choice", ARGUMENT_TEXT, false, 1, 9, "one|two", "One \"of\" two." },
    { "whole", ARGUMENT_WHOLE, false, -1, 7, NULL, "A number." },
    { "number", ARGUMENT_NUMBER, false, 0, 1, NULL, "Another." },
    { "time", ARGUMENT_TIME, false, 0, 0, NULL, "A time." },
    { "ids", ARGUMENT_IDS, false, 1, 3, NULL, "Ids." },
    { "object", ARGUMENT_OBJECT, false, 0, 9, NULL, "An object." },
    { NULL, ARGUMENT_TEXT, false, 0, 0, NULL, NULL },
};

static int
tear_down(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static struct json
parsed(struct str text)
{
    struct json value;

    assert_int_equal(json_parse(text, 64, &value, &err), OK);
    return value;
}

static enum status
check(const char *text)
{
    struct json values = parsed(str_from(text));

    return mcp_arguments_check(&a, table, &values, &err);
}

static void
arguments_that_fit_their_table_are_taken(void **state)
{
    static const char *const good[] = {
        "{\"text\":\"x\"}",
        "{\"text\":\"\\u00e9\\u00e9\"}",
        "{\"text\":\"x\",\"choice\":\"two\",\"whole\":-1,\"number\":1}",
        "{\"text\":\"x\",\"whole\":null,\"ids\":null}",
        "{\"text\":\"x\",\"time\":\"2026-11-23\",\"number\":0.5}",
        "{\"text\":\"x\",\"time\":1770600000000,\"ids\":[1,2,2]}",
        "{\"text\":\"x\",\"object\":{\"a\":1}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(check(good[i]), OK);
}

static void
others_are_refused_with_what_would_be_right(void **state)
{
    static const struct {
        const char *text;
        const char *part;
    } wrong[] = {
        { "[]", "must be an object" },
        { "{}", "text is missing" },
        { "{\"text\":null}", "text is missing" },
        { "{\"text\":\"\"}", "not empty" },
        { "{\"text\":\" \\n\"}", "not empty" },
        { "{\"text\":\"123456\"}", "longer than 5 bytes" },
        { "{\"text\":\"a\\u0000\"}", "NUL" },
        { "{\"text\":1}", "a string" },
        { "{\"text\":\"x\",\"choice\":\"on\"}", "one|two" },
        { "{\"text\":\"x\",\"choice\":\"one|two\"}", "one|two" },
        { "{\"text\":\"x\",\"whole\":8}", "from -1 to 7" },
        { "{\"text\":\"x\",\"whole\":1.5}", "whole number" },
        { "{\"text\":\"x\",\"number\":1.01}", "from 0 to 1" },
        { "{\"text\":\"x\",\"number\":1e999}", "from 0 to 1" },
        { "{\"text\":\"x\",\"time\":\"now\"}", "a date like" },
        { "{\"text\":\"x\",\"time\":true}", "a date like" },
        { "{\"text\":\"x\",\"ids\":[]}", "1 to 3 ids" },
        { "{\"text\":\"x\",\"ids\":[1,2,3,4]}", "1 to 3 ids" },
        { "{\"text\":\"x\",\"ids\":{\"a\":1}}", "1 to 3 ids" },
        { "{\"text\":\"x\",\"ids\":[0]}", "array of ids" },
        { "{\"text\":\"x\",\"object\":[]}", "an object" },
        { "{\"text\":\"x\",\"object\":{\"a\":1234}}", "an object" },
        { "{\"text\":\"x\",\"more\":1}", "no argument more" },
        { "{\"text\":5,\"text\":\"x\"}", "a string" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(check(wrong[i].text), ERR_INPUT);
        assert_true(err.for_caller);
        if (!strstr(err.text, wrong[i].part))
            fail_msg("%s: %s", wrong[i].text, err.text);
    }
}

static void
values_are_those_that_were_sent(void **state)
{
    struct json v = parsed(STR("{\"text\":\"a\\u00e9\",\"whole\":3,\"number\""
                               ":0.25,\"time\":\"1970-01-01T00:00:01Z\","
                               "\"ids\":[7,5,7,9,5],\"choice\":null}"));
    struct json none = { JSON_NONE, STR_NONE };
    size_t      count;
    int64_t    *ids = mcp_arguments_ids(&a, &v, "ids", &count);

    (void)state;
    check_str(mcp_arguments_text(&a, &v, "text"), "a\xc3\xa9");
    assert_int_equal(mcp_arguments_whole(&v, "whole", 1), 3);
    assert_int_equal(mcp_arguments_whole(&v, "other", 1), 1);
    assert_true(mcp_arguments_number(&v, "number", 1) == 0.25);
    assert_int_equal(mcp_arguments_time(&a, &v, "time", 5), 1000);
    assert_int_equal(mcp_arguments_time(&a, &v, "other", 5), 5);
    assert_int_equal(count, 3);
    assert_int_equal(ids[0], 7);
    assert_int_equal(ids[1], 5);
    assert_int_equal(ids[2], 9);
    assert_false(mcp_arguments_have(&v, "choice"));
    assert_false(mcp_arguments_have(&none, "text"));
}

static void
a_table_gives_a_schema(void **state)
{
    struct buf *b = buf_new(&a, 65536);
    struct json schema, properties, required;

    (void)state;
    mcp_arguments_add_schema(b, table);
    schema = parsed(buf_str(b));
    properties = json_member(&schema, "properties");
    required = json_member(&schema, "required");
    for (const struct mcp_argument *one = table; one->about; one++)
        assert_int_equal(json_member(&properties, one->name).type,
                         JSON_OBJECT);
    check_str(required.raw, "[\"text\"]");
    check_str(json_member(&properties, "choice").raw,
              "{\"type\":\"string\",\"minLength\":1,\"enum\":[\"one\","
              "\"two\"],\"description\":\"One \\\"of\\\" two.\"}");
}

static size_t
listed(int rights, enum mcp_version version)
{
    struct buf      *b = buf_new(&a, MCP_RESULT_MAX_BYTES);
    struct json_item item = { 0 };
    struct json      list;
    size_t           count = 0;

    mcp_tools_add_list(b, rights, version);
    list = parsed(buf_str(b));
    assert_int_equal(list.type, JSON_ARRAY);
    while (json_next(&list, &item)) {
        assert_int_equal(json_member(&item.value, "inputSchema").type,
                         JSON_OBJECT);
        assert_int_equal(json_member(&item.value, "outputSchema").type,
                         version < MCP_2025_06_18 ? JSON_NONE : JSON_OBJECT);
        count++;
    }
    return count;
}

static void
each_key_sees_the_tools_that_it_may_use(void **state)
{
    size_t      reads = 0, writes = 0;
    const char *name;
    int         needs;

    (void)state;
    for (size_t i = 0; (name = mcp_tools_name(i, &needs)); i++) {
        assert_true(needs == MCP_READ || needs == MCP_WRITE);
        reads += needs == MCP_READ;
        writes += needs == MCP_WRITE;
    }
    assert_int_equal(reads, 6);
    assert_int_equal(writes, 3);
    for (int version = 0; version < MCP_VERSION_COUNT; version++) {
        enum mcp_version v = (enum mcp_version)version;

        assert_int_equal(listed(MCP_READ, v), reads);
        assert_int_equal(listed(MCP_WRITE, v), writes);
        assert_int_equal(listed(MCP_READ | MCP_WRITE, v), reads + writes);
        assert_int_equal(listed(0, v), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_that_fit_their_table_are_taken),
        cmocka_unit_test(others_are_refused_with_what_would_be_right),
        cmocka_unit_test(values_are_those_that_were_sent),
        cmocka_unit_test(a_table_gives_a_schema),
        cmocka_unit_test(each_key_sees_the_tools_that_it_may_use),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
