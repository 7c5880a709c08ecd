/* Anthropic's dialect: what it finds, what it edits, what it reads. */
#include "unit/dialect.h"

#include "base/banned.h"

static struct dialect_test t = { .dialect = &dialect_anthropic };

#define BODY(rest) "{\"model\":\"m\"," rest "}"
#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define USERS(content) BODY("\"messages\":[" USER(content) "]")
#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define MARKED(text) "{\"type\":\"text\",\"text\":\"" text \
                     "\",\"cache_control\":{\"type\":\"ephemeral\"}}"
#define CALL "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\"," \
             "\"id\":\"t\",\"name\":\"f\",\"input\":{}}]}"
#define RESULT "{\"type\":\"tool_result\",\"tool_use_id\":\"t\"," \
               "\"content\":\"r\"}"

static void
conformance_46_what_is_missing_is_named(void **state)
{
    (void)state;
    check_refused(&t, "{", "Invalid JSON body");
    check_refused(&t, "[]", "Invalid JSON body");
    check_refused(&t, "{\"messages\":[{}]}", "model");
    check_refused(&t, "{\"model\":7,\"messages\":[{}]}", "must be a string");
    check_refused(&t, "{\"model\":\"m\"}", "messages");
    check_refused(&t, "{\"model\":\"m\",\"messages\":[]}", "messages");
    check_refused(&t, "{\"model\":\"m\",\"messages\":{}}", "messages");
    check_refused(&t, "{\"model\":\"m\",\"messages\":[1]}", "an object");
    assert_string_equal(dialect_anthropic.required, "max_tokens");
}

static void
without_our_fields_every_byte_stays(void **state)
{
    const char *body =
        " {\"max_tokens\" : 1.0e2,\"x\":1,\"x\":2,\"model\":\"m\",\"thinking\""
        ":{\"budget_tokens\":1},\n\"messages\":[" CALL "," USER("[" RESULT "]")
        ",{\"content\":\"\\u0061\",\"role\":\"user\"}]} ";

    (void)state;
    check_edited(&t, body, NULL, PLACE_TAIL, body);
}

static void
conformance_51_our_fields_go_and_the_model_is_renamed(void **state)
{
    (void)state;
    check_edited(&t, "{\"memory\":{\"a\":[1]},\"model\":\"anthropic/m\","
                 "\"metadata\":{\"memory\":1},\"messages\":[{\"memory\":false,"
                 "\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
                 "\"a\",\"memory\":1}]}],\"session_id\":\"s\"}", NULL,
                 PLACE_TAIL, "{\"model\":\"m\",\"metadata\":{\"memory\":1},"
                 "\"messages\":[" USER("[" TEXT("a") "]") "]}");
    assert_false(t.prompt.storable);
}

static void
memory_stands_behind_the_last_human_text(void **state)
{
    (void)state;
    check_edited(&t, USERS("\"a\""), "M\"", PLACE_TAIL,
                 USERS("\"a\\n\\nM\\\"\""));
    assert_true(t.prompt.storable);
    check_edited(&t, USERS("[" TEXT("a") ",{\"type\":\"image\"}]"), "M",
                 PLACE_TAIL,
                 USERS("[" TEXT("a\\n\\nM") ",{\"type\":\"image\"}]"));
}

static void
a_part_that_ends_a_cached_prefix_stays_as_it_is(void **state)
{
    (void)state;
    check_edited(&t, USERS("[" TEXT("a") "," MARKED("b") "]"), "M",
                 PLACE_TAIL,
                 USERS("[" TEXT("a") "," MARKED("b") "," TEXT("M") "]"));
    check_edited(&t, BODY("\"system\":[" MARKED("s") "],\"messages\":["
                          USER("\"a\"") "]"), "M", PLACE_SYSTEM,
                 BODY("\"system\":[" MARKED("s") "," TEXT("M")
                      "],\"messages\":[" USER("\"a\"") "]"));
}

static void
memory_never_stands_between_a_call_and_its_result(void **state)
{
    (void)state;
    check_edited(&t, BODY("\"messages\":[" USER("\"a\"") "," CALL ","
                          USER("[" RESULT "]") "]"), "M", PLACE_TAIL,
                 BODY("\"messages\":[" USER("\"a\\n\\nM\"") "," CALL ","
                      USER("[" RESULT "]") "]"));
    assert_false(t.prompt.storable);
    check_edited(&t, BODY("\"messages\":[" USER("\"a\"") "," CALL ","
                          USER("[" RESULT "," TEXT("b") "]") "]"), "M",
                 PLACE_TAIL,
                 BODY("\"messages\":[" USER("\"a\"") "," CALL ","
                      USER("[" RESULT "," TEXT("b\\n\\nM") "]") "]"));
    check_str(t.prompt.question, "b");
    assert_true(t.prompt.storable);
}

static void
conformance_52_each_form_of_system_gets_the_memory_once(void **state)
{
    static const struct { const char *before, *with; } rows[] = {
        { "\"s\"", "\"s\\n\\nM\"" },
        { "\"\"", "\"\\n\\nM\"" },
        { "[" TEXT("s") "]", "[" TEXT("s\\n\\nM") "]" },
        { "[]", "[" TEXT("M") "]" },
        { "[{\"type\":\"x\"}]", "[{\"type\":\"x\"}," TEXT("M") "]" },
        { "null", "\"M\"" },
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static const char format[] = BODY("\"system\":%s,\"messages\":["
                                          USER("\"a\"") "]");

        check_edited(&t, arena_printf(&a, format, rows[i].before).ptr, "M",
                     PLACE_SYSTEM, arena_printf(&a, format, rows[i].with).ptr);
    }
    check_edited(&t, USERS("\"a\""), "M", PLACE_SYSTEM, "{\"system\":\"M\","
                 "\"model\":\"m\",\"messages\":[" USER("\"a\"") "]}");
    check_edited(&t, "{\"memory\":1,\"model\":\"m\",\"messages\":["
                 USER("\"a\"") "]}", "M", PLACE_SYSTEM, "{\"system\":\"M\","
                 "\"model\":\"m\",\"messages\":[" USER("\"a\"") "]}");
    arena_release(&a);
}

static void
text_and_usage_are_read_from_replies(void **state)
{
    (void)state;
    check_body(&t, "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\"},"
               TEXT("a") ",{\"type\":\"tool_use\",\"input\":{\"text\":\"x\"}},"
               TEXT("b") "],\"usage\":{\"input_tokens\":1,"
               "\"cache_creation_input_tokens\":20,"
               "\"cache_read_input_tokens\":300,\"output_tokens\":7}}",
               "a\nb", 321, 7, false);
    check_body(&t, "{\"type\":\"error\",\"error\":{}}", "", -1, -1, false);
    check_body(&t, "no json", "", -1, -1, false);
}

static void
conformance_106_a_stream_says_the_same_wherever_it_is_cut(void **state)
{
    (void)state;
    check_stream(&t,
        "event: message_start\r\ndata: {\"type\":\"message_start\",\"message\""
        ":{\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":10,"
        "\"output_tokens\":1}}}\r\n\r\nevent: ping\ndata: {\"type\":\"ping\"}"
        "\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta"
        "\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"t\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":"
        "\"text_delta\",\"text\":\"\xc3\xa9\\ud83d\\ude00\"}}\n\n"
        "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9}}"
        "\n\ndata: {\"type\":\"message_stop\"}\n\n",
        "\xc3\xa9\xf0\x9f\x98\x80", 15, 9, true);
    check_stream(&t, "event: error\ndata: {\"type\":\"error\",\"error\":{"
                 "\"type\":\"overloaded_error\"}}\n\n", "", -1, -1, false);
}

static void
errors_are_in_anthropics_shape(void **state)
{
    (void)state;
    check_error_body(&t, ERR_AUTH, "c", "do it", "no \"x\"",
                     "{\"type\":\"error\",\"error\":{\"type\":"
                     "\"authentication_error\",\"message\":\"no \\\"x\\\"\","
                     "\"code\":\"c\"},\"hint\":\"do it\"}");
    check_error_body(&t, ERR_INPUT, "c", NULL, "no",
                     "{\"type\":\"error\",\"error\":{\"type\":"
                     "\"invalid_request_error\",\"message\":\"no\","
                     "\"code\":\"c\"}}");
    check_str(dialect_anthropic.error_event(&t.arena, &t.err),
              "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
              "\"invalid_request_error\",\"message\":\"no\",\"code\":\"c\"}}"
              "\n\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conformance_46_what_is_missing_is_named),
        cmocka_unit_test(without_our_fields_every_byte_stays),
        cmocka_unit_test(
            conformance_51_our_fields_go_and_the_model_is_renamed),
        cmocka_unit_test(memory_stands_behind_the_last_human_text),
        cmocka_unit_test(a_part_that_ends_a_cached_prefix_stays_as_it_is),
        cmocka_unit_test(memory_never_stands_between_a_call_and_its_result),
        cmocka_unit_test(
            conformance_52_each_form_of_system_gets_the_memory_once),
        cmocka_unit_test(text_and_usage_are_read_from_replies),
        cmocka_unit_test(
            conformance_106_a_stream_says_the_same_wherever_it_is_cut),
        cmocka_unit_test(errors_are_in_anthropics_shape),
    };
    int failures = cmocka_run_group_tests_name("anthropic", tests, NULL, NULL);

    arena_release(&t.arena);
    return failures;
}
