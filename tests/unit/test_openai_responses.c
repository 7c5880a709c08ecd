/* OpenAI's responses dialect: what it finds, what it edits, what it reads. */
#include "unit/dialect.h"

#include "base/banned.h"

static struct dialect_test t = { .dialect = &dialect_openai_responses };

#define BODY(rest) "{\"model\":\"m\"," rest "}"
#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define TEXT(text) "{\"type\":\"input_text\",\"text\":\"" text "\"}"
#define LOOP "{\"type\":\"reasoning\",\"summary\":[{\"text\":\"r\"}]}," \
             "{\"type\":\"function_call\",\"arguments\":\"{}\"}," \
             "{\"type\":\"function_call_output\",\"output\":\"o\"}"

static void
wrong_types_are_refused(void **state)
{
    (void)state;
    check_refused(&t, "{", "Invalid JSON body");
    check_refused(&t, "{\"input\":\"x\"}", "model");
    check_refused(&t, BODY("\"input\":7"), "input");
    check_refused(&t, BODY("\"input\":{}"), "input");
    check_refused(&t, BODY("\"input\":false"), "input");
}

static void
what_has_no_text_goes_up_as_it_is(void **state)
{
    static const char *const bodies[] = {
        "{\"model\":\"m\"}", BODY("\"input\":null"), BODY("\"input\":[]"),
        BODY("\"input\":[7,\"x\",[],null]"), BODY("\"prompt\":{\"id\":\"p\"}"),
        " {\"n\":1.0e0,\"model\" : \"m\",\"x\":1,\"x\":2,\n\"input\":["
        USER("\"\\u0061\"") "," LOOP "]} ",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        check_edited(&t, bodies[i], NULL, PLACE_TAIL, bodies[i]);
    assert_int_equal(read_text(&t, BODY("\"input\":\" \"")), OK);
    assert_false(t.prompt.storable);
}

static void
our_fields_go_and_the_model_is_renamed(void **state)
{
    (void)state;
    check_edited(&t, "{\"session_id\":1,\"model\":\"openai/m\",\"input\":[{"
                 "\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                 "\"text\":\"a\",\"memory\":1}],\"memory\":false}],\"memory\":"
                 "true,\"metadata\":{\"memory\":1}}", NULL, PLACE_TAIL,
                 BODY("\"input\":[" USER("[" TEXT("a") "]")
                      "],\"metadata\":{\"memory\":1}"));
    assert_false(t.prompt.storable);
}

static void
memory_stands_behind_the_last_human_text(void **state)
{
    (void)state;
    check_edited(&t, BODY("\"input\":\"a\""), "M\"", PLACE_TAIL,
                 BODY("\"input\":\"a\\n\\nM\\\"\""));
    check_str(t.prompt.question, "a");
    assert_true(t.prompt.storable);
    check_edited(&t, BODY("\"input\":[" USER("\"a\"") "," LOOP "]"), "M",
                 PLACE_TAIL,
                 BODY("\"input\":[" USER("\"a\\n\\nM\"") "," LOOP "]"));
    assert_false(t.prompt.storable);
    check_edited(&t, BODY("\"input\":[" USER("[" TEXT("a")
                          ",{\"type\":\"input_image\"}]") "]"), "M",
                 PLACE_TAIL, BODY("\"input\":[" USER("[" TEXT("a\\n\\nM")
                                  ",{\"type\":\"input_image\"}]") "]"));
}

static void
memory_stands_behind_the_instructions_when_asked(void **state)
{
    static const struct { const char *body, *up; } rows[] = {
        { BODY("\"instructions\":\"i\",\"input\":\"a\""),
          BODY("\"instructions\":\"i\\n\\nM\",\"input\":\"a\"") },
        { BODY("\"instructions\":null,\"input\":\"a\""),
          BODY("\"instructions\":\"M\",\"input\":\"a\"") },
        { BODY("\"input\":\"a\""),
          "{\"instructions\":\"M\",\"model\":\"m\",\"input\":\"a\"}" },
        { "{\"memory\":1,\"model\":\"m\",\"input\":\"a\"}",
          "{\"instructions\":\"M\",\"model\":\"m\",\"input\":\"a\"}" },
        { BODY("\"input\":[{\"role\":\"developer\",\"content\":\"d\"},"
               USER("\"a\"") "]"),
          BODY("\"input\":[{\"role\":\"developer\",\"content\":\"d\\n\\nM\"},"
               USER("\"a\"") "]") },
        { BODY("\"instructions\":\"i\",\"input\":[{\"role\":\"system\","
               "\"content\":\"d\"}," USER("\"a\"") "]"),
          BODY("\"instructions\":\"i\\n\\nM\",\"input\":[{\"role\":\"system\","
               "\"content\":\"d\"}," USER("\"a\"") "]") },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_edited(&t, rows[i].body, "M", PLACE_SYSTEM, rows[i].up);
}

static void
text_and_usage_are_read_from_replies(void **state)
{
    (void)state;
    check_body(&t, "{\"output\":[{\"type\":\"reasoning\",\"content\":[{"
               "\"type\":\"text\",\"text\":\"r\"}]},{\"type\":\"message\","
               "\"content\":[{\"type\":\"output_text\",\"text\":\"a\"},{"
               "\"type\":\"refusal\",\"refusal\":\"n\"}]},{\"type\":"
               "\"function_call\",\"arguments\":\"{}\"}],\"usage\":{"
               "\"input_tokens\":3,\"output_tokens\":4}}", "a", 3, 4, false);
    check_body(&t, "{\"status\":\"queued\",\"output\":[],\"usage\":null}", "",
               -1, -1, false);
    check_body(&t, "no json", "", -1, -1, false);
}

static void
conformance_106_a_stream_says_the_same_wherever_it_is_cut(void **state)
{
    static const char *const ends[] = {
        "completed", "incomplete", "failed",
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct str stream = arena_printf(&a,
            "event: response.output_text.delta\r\ndata: {\"type\":"
            "\"response.output_text.delta\",\"delta\":\"\xc3\xa9\"}\r\n\r\n"
            "data: {\"type\":\"response.reasoning_text.delta\",\"delta\":\"r\""
            "}\n\ndata: {\"type\":\"response.output_text.delta\",\"delta\":"
            "\"\\ud83d\\ude00\"}\n\ndata: {\"type\":\"response.%s\","
            "\"response\":{\"output\":[{\"type\":\"message\",\"content\":[{"
            "\"type\":\"output_text\",\"text\":\"again\"}]}],\"usage\":{"
            "\"input_tokens\":3,\"output_tokens\":4}}}\n\n", ends[i]);

        check_stream(&t, stream.ptr, "\xc3\xa9\xf0\x9f\x98\x80", 3, 4, true);
    }
    arena_release(&a);
}

static void
errors_are_in_openais_shape(void **state)
{
    (void)state;
    check_error_body(&t, ERR_AUTH, "c", "h", "no", "{\"error\":{\"message\":"
                     "\"no\",\"type\":\"authentication_error\",\"param\":null,"
                     "\"code\":\"c\"},\"hint\":\"h\"}");
    check_str(dialect_openai_responses.error_event(&t.arena, &t.err),
              "event: error\ndata: {\"type\":\"error\",\"sequence_number\":0,"
              "\"code\":\"c\",\"message\":\"no\",\"param\":null,\"error\":{"
              "\"type\":\"authentication_error\",\"code\":\"c\","
              "\"param\":null,\"message\":\"no\"}}\n\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_types_are_refused),
        cmocka_unit_test(what_has_no_text_goes_up_as_it_is),
        cmocka_unit_test(our_fields_go_and_the_model_is_renamed),
        cmocka_unit_test(memory_stands_behind_the_last_human_text),
        cmocka_unit_test(memory_stands_behind_the_instructions_when_asked),
        cmocka_unit_test(text_and_usage_are_read_from_replies),
        cmocka_unit_test(
            conformance_106_a_stream_says_the_same_wherever_it_is_cut),
        cmocka_unit_test(errors_are_in_openais_shape),
    };
    int failures = cmocka_run_group_tests_name("openai_responses", tests, NULL,
                                               NULL);

    arena_release(&t.arena);
    return failures;
}
