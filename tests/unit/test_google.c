/* Google's dialect: what it finds, what it edits, what it reads. */
#include "unit/dialect.h"

#include "base/banned.h"

static struct dialect_test t = { .dialect = &dialect_google };

#define PARTS(parts) "{\"role\":\"user\",\"parts\":[" parts "]}"
#define TEXT(text) "{\"text\":\"" text "\"}"
#define ASK(text) "{\"contents\":[" PARTS(TEXT(text)) "]}"

static void
conformance_56_what_is_missing_is_named(void **state)
{
    (void)state;
    check_refused(&t, "", "Invalid JSON body");
    check_refused(&t, "[]", "Invalid JSON body");
    check_refused(&t, "{}", "contents");
    check_refused(&t, "{\"contents\":[]}", "contents");
    check_refused(&t, "{\"contents\":\"x\"}", "contents");
    check_refused(&t, "{\"contents\":[\"x\"]}", "an object");
}

static void
without_our_fields_every_byte_stays(void **state)
{
    const char *body =
        " {\"model\":\"kept\",\"contents\" : [{\"parts\":[{\"inlineData\":{}},"
        "{\"text\":\"\\u0061\"}]}],\"x\":1,\"x\":2,\"generationConfig\":{},\n"
        "\"tools\":[{\"functionDeclarations\":[{\"parameters_json_schema\":"
        "{}}]}],\"n\":1.0e0} ";

    (void)state;
    check_edited(&t, body, NULL, PLACE_TAIL, body);
}

static void
our_fields_go_wherever_they_stand(void **state)
{
    (void)state;
    check_edited(&t, "{\"memory\":1,\"contents\":[{\"memory\":false,\"parts\":"
                 "[{\"text\":\"a\",\"memory\":2}]}],\"generationConfig\":{"
                 "\"memory\":3},\"session_id\":4}", NULL, PLACE_TAIL,
                 "{\"contents\":[{\"parts\":[{\"text\":\"a\"}]}],"
                 "\"generationConfig\":{\"memory\":3}}");
    assert_false(t.prompt.storable);
}

static void
memory_stands_behind_the_last_human_text(void **state)
{
    (void)state;
    check_edited(&t, ASK("a"), "M\"", PLACE_TAIL, ASK("a\\n\\nM\\\""));
    assert_true(t.prompt.storable);
    check_edited(&t, "{\"contents\":[{\"parts\":[" TEXT("a") "]}]}", "M",
                 PLACE_TAIL,
                 "{\"contents\":[{\"parts\":[" TEXT("a\\n\\nM") "]}]}");
    check_edited(&t, "{\"contents\":[" PARTS(TEXT("a") ",{\"fileData\":{}}")
                 "]}", "M", PLACE_TAIL,
                 "{\"contents\":[" PARTS(TEXT("a\\n\\nM") ",{\"fileData\":{}}")
                 "]}");
}

static void
memory_never_stands_between_a_call_and_its_result(void **state)
{
    static const char *const results[] = {
        "{\"functionResponse\":{\"name\":\"f\"}}",
        "{\"function_response\":{\"name\":\"f\"}}",
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(results); i++) {
        static const char format[] =
            "{\"contents\":[" PARTS("%s") ",{\"role\":\"model\",\"parts\":["
            "{\"functionCall\":{}}]}," PARTS("%s") "]}";

        check_edited(&t, arena_printf(&a, format, TEXT("a"), results[i]).ptr,
                     "M", PLACE_TAIL,
                     arena_printf(&a, format, TEXT("a\\n\\nM"),
                                  results[i]).ptr);
        check_str(t.prompt.question, "a");
        assert_false(t.prompt.storable);
    }
    arena_release(&a);
}

static void
conformance_57_memory_joins_the_instructions_in_their_spelling(void **state)
{
    static const struct { const char *before, *with; } rows[] = {
        { "\"systemInstruction\":" PARTS(TEXT("a") "," TEXT("b")) ",",
          "\"systemInstruction\":" PARTS(TEXT("a") "," TEXT("b\\n\\nM")) "," },
        { "\"system_instruction\":{\"parts\":[" TEXT("a") "]},",
          "\"system_instruction\":{\"parts\":[" TEXT("a\\n\\nM") "]}," },
        { "\"systemInstruction\":" PARTS("{\"fileData\":{}}") ",",
          "\"systemInstruction\":" PARTS("{\"fileData\":{}}," TEXT("M")) "," },
        { "\"system_instruction\":{\"parts\":[]},",
          "\"system_instruction\":{\"parts\":[" TEXT("M") "]}," },
        { "\"systemInstruction\":null,",
          "\"systemInstruction\":{\"parts\":[" TEXT("M") "]}," },
        { "", "\"systemInstruction\":{\"parts\":[" TEXT("M") "]}," },
        { "\"memory\":1,",
          "\"systemInstruction\":{\"parts\":[" TEXT("M") "]}," },
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static const char format[] =
            "{%s\"contents\":[" PARTS(TEXT("a")) "]}";

        check_edited(&t, arena_printf(&a, format, rows[i].before).ptr, "M",
                     PLACE_SYSTEM, arena_printf(&a, format, rows[i].with).ptr);
    }
    arena_release(&a);
}

static void
text_and_usage_are_read_from_replies(void **state)
{
    (void)state;
    check_body(&t, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"t\","
               "\"thought\":true},{\"text\":\"a\"},{\"functionCall\":{}}]},"
               "\"finishReason\":\"STOP\"},{\"content\":{\"parts\":[{\"text\":"
               "\"second\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,"
               "\"candidatesTokenCount\":4,\"thoughtsTokenCount\":5}}",
               "a", 3, 9, true);
    check_body(&t, "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\""
               "}]}}]},{\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
               "\"b\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{"
               "\"promptTokenCount\":3,\"candidatesTokenCount\":4}}]",
               "ab", 3, 4, true);
    check_body(&t, "{\"error\":{\"code\":503}}", "", -1, -1, false);
    check_body(&t, "[1,null,\"x\"]", "", -1, -1, false);
    check_body(&t, "no json", "", -1, -1, false);
}

static void
conformance_58_a_stream_says_the_same_wherever_it_is_cut(void **state)
{
    (void)state;
    check_stream(&t,
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
        "\"\xc3\xa9\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3}}\r\n\r\n"
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
        "\"\\ud83d\\ude00\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{"
        "\"promptTokenCount\":3,\"candidatesTokenCount\":4}}\n\n",
        "\xc3\xa9\xf0\x9f\x98\x80", 3, 4, true);
}

static void
errors_are_in_googles_shape(void **state)
{
    static const struct { enum status status; const char *body; } rows[] = {
        { ERR_INPUT, "{\"error\":{\"code\":400,\"message\":\"no\",\"status\":"
          "\"INVALID_ARGUMENT\"},\"hint\":\"h\"}" },
        { ERR_AUTH, "{\"error\":{\"code\":401,\"message\":\"no\",\"status\":"
          "\"UNAUTHENTICATED\"},\"hint\":\"h\"}" },
        { ERR_LIMIT, "{\"error\":{\"code\":429,\"message\":\"no\",\"status\":"
          "\"RESOURCE_EXHAUSTED\"},\"hint\":\"h\"}" },
        { ERR_UPSTREAM, "{\"error\":{\"code\":502,\"message\":\"no\","
          "\"status\":\"UNAVAILABLE\"},\"hint\":\"h\"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_error_body(&t, rows[i].status, "c", "h", "no", rows[i].body);
    check_str(dialect_google.error_event(&t.arena, &t.err),
              "data: {\"error\":{\"code\":502,\"message\":\"no\",\"status\":"
              "\"UNAVAILABLE\"},\"hint\":\"h\"}\n\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conformance_56_what_is_missing_is_named),
        cmocka_unit_test(without_our_fields_every_byte_stays),
        cmocka_unit_test(our_fields_go_wherever_they_stand),
        cmocka_unit_test(memory_stands_behind_the_last_human_text),
        cmocka_unit_test(memory_never_stands_between_a_call_and_its_result),
        cmocka_unit_test(
            conformance_57_memory_joins_the_instructions_in_their_spelling),
        cmocka_unit_test(text_and_usage_are_read_from_replies),
        cmocka_unit_test(
            conformance_58_a_stream_says_the_same_wherever_it_is_cut),
        cmocka_unit_test(errors_are_in_googles_shape),
    };
    int failures = cmocka_run_group_tests_name("google", tests, NULL, NULL);

    arena_release(&t.arena);
    return failures;
}
