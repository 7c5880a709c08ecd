/* OpenAI's chat dialect: what it finds, what it edits, what it reads. */
#include "unit/check.h"

#include "provider/dialect.h"

#include "base/banned.h"

static struct arena  a;
static struct error  err;
static struct prompt prompt;

static enum status
read_text(const char *body)
{
    arena_reset(&a);
    return dialect_openai_chat.read(&a, arena_copy(&a, str_from(body)), 32,
                                    &prompt, &err);
}

/* The body as it would go up. */
static struct str
edited(const char *model, const char *memory, enum conf_placement placement)
{
    struct splice s;
    struct str    result;

    splice_init(&s, &a, prompt.document);
    dialect_strip(&dialect_openai_chat, &prompt, str_from(model), &s);
    if (memory)
        dialect_inject(&dialect_openai_chat, &prompt, placement,
                       str_from(memory), &s);
    assert_int_equal(splice_finish(&s, &result, &err), OK);
    return result;
}

static void
conformance_33_34_what_is_missing_is_named(void **state)
{
    static const struct { const char *body, *says; } rows[] = {
        { "{", "Invalid JSON body" },
        { "[]", "Invalid JSON body" },
        { "{\"messages\":[{}]}", "Missing required field: model" },
        { "{\"model\":7,\"messages\":[{}]}", "must be a string" },
        { "{\"model\":\"\",\"messages\":[{}]}", "must be a string" },
        { "{\"model\":\"x\"}", "Missing required field: messages" },
        { "{\"model\":\"x\",\"messages\":[]}", "non-empty array" },
        { "{\"model\":\"x\",\"messages\":\"y\"}", "non-empty array" },
        { "{\"model\":\"x\",\"messages\":[7]}", "must be an object" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(read_text(rows[i].body), ERR_INPUT);
        assert_true(err.for_caller);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].body, err.text);
    }
}

static void
conformance_35_36_37_without_our_fields_every_byte_stays(void **state)
{
    const char *body =
        " {\"model\" : \"m\",\n\"temperature\":1.0e0,\"seed\":12345678901234567"
        "890,\"tools\":[{\"x\":[]}],\"x\":1,\"x\":2,\"messages\":[{\"role\":"
        "\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"\\u0061\"}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"4\"},"
        "{\"name\":\"n\",\"role\":\"user\",\"content\":[{\"type\":\"text\","
        "\"text\":\"hi\"}]}] } ";

    (void)state;
    assert_int_equal(read_text(body), OK);
    check_str(edited("m", NULL, PLACE_TAIL), body);
}

static void
conformance_38_our_fields_go_with_their_commas(void **state)
{
    static const struct { const char *body, *up; } rows[] = {
        { "{\"memory\":true,\"model\":\"m\",\"messages\":[{}]}",
          "{\"model\":\"m\",\"messages\":[{}]}" },
        { "{\"model\":\"m\",\"messages\":[{}],\"session_id\":\"s\"}",
          "{\"model\":\"m\",\"messages\":[{}]}" },
        { "{\"model\":\"m\", \"memory\":1 , \"session_id\":2, "
          "\"messages\":[{}]}", "{\"model\":\"m\", \"messages\":[{}]}" },
        { "{\"model\":\"m\",\"memory_mode\":\"off\",\"messages\":[{}],"
          "\"memory_limit\":1,\"memory\":null}",
          "{\"model\":\"m\",\"messages\":[{}]}" },
        { "{\"memory\":1,\"memory\":2,\"model\":\"m\",\"messages\":"
          "[{\"memory\":false},{\"role\":\"user\",\"memory\":true,"
          "\"content\":[{\"memory\":false}]}]}",
          "{\"model\":\"m\",\"messages\":[{},{\"role\":\"user\","
          "\"content\":[{}]}]}" },
        { "{\"model\":\"m\",\"\\u006demory\":1,\"messages\":[{}],"
          "\"metadata\":{\"memory\":1}}",
          "{\"model\":\"m\",\"messages\":[{}],\"metadata\":{\"memory\":1}}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(read_text(rows[i].body), OK);
        check_str(edited("m", NULL, PLACE_TAIL), rows[i].up);
    }
}

static void
the_model_is_renamed_in_its_place(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"x\":{\"model\":\"openai/m\"},\"model\" : "
                               "\"openai\\/m\" ,\"messages\":[{}]}"), OK);
    check_str(prompt.model, "openai/m");
    check_str(edited("m", NULL, PLACE_TAIL),
              "{\"x\":{\"model\":\"openai/m\"},\"model\" : \"m\" ,"
              "\"messages\":[{}]}");
}

static void
memory_stands_at_the_end_of_the_last_user_text(void **state)
{
    (void)state;
    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
        "{\"role\":\"assistant\",\"content\":null},"
        "{\"role\":\"tool\",\"content\":\"t\"}]}"), OK);
    check_str(edited("m", "\"M\"", PLACE_TAIL),
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"a\\n\\n\\\"M\\\"\"},{\"role\":\"assistant\",\"content\":null},"
        "{\"role\":\"tool\",\"content\":\"t\"}]}");
    assert_false(prompt.storable);

    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\"},"
        "{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"image_url\"}]}]}"),
        OK);
    check_str(prompt.question, "a\nb");
    assert_true(prompt.storable);
    assert_non_null(strstr(edited("m", "M", PLACE_TAIL).ptr,
                           "\"text\":\"b\\n\\nM\""));
}

static void
memory_stands_behind_the_system_text_when_asked(void **state)
{
    (void)state;
    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":"
        "\"You are\"},{\"role\":\"user\",\"content\":\"a\"}]}"), OK);
    assert_non_null(strstr(edited("m", "M", PLACE_SYSTEM).ptr,
                           "\"You are\\n\\nM\""));
    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[ {\"role\":\"user\",\"content\":"
        "\"a\"}]}"), OK);
    assert_non_null(strstr(edited("m", "M", PLACE_SYSTEM).ptr,
        "[ {\"role\":\"system\",\"content\":\"M\"},{\"role\":\"user\""));
}

static void
conformance_69_a_flagged_message_is_not_stored_nor_an_older_one(void **state)
{
    (void)state;
    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
        "{\"role\":\"user\",\"content\":\"b\",\"memory\":false}]}"), OK);
    check_str(prompt.question, "b");
    assert_false(prompt.storable);
    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
        "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}"), OK);
    check_str(prompt.question, "a");
    assert_false(prompt.storable);
}

static void
conformance_87_a_short_question_brings_the_conversation(void **state)
{
    (void)state;
    assert_int_equal(read_text(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"Paris\"},{\"role\":\"assistant\",\"content\":\"Tower\"},"
        "{\"role\":\"user\",\"content\":\"tell me more\"}]}"), OK);
    check_str(prompt.query, "Paris\nTower\ntell me more");
}

static void
read_event(struct reading *r, const char *data)
{
    dialect_read_event(&dialect_openai_chat, r, str_from(data));
}

static void
text_and_usage_are_read_from_replies(void **state)
{
    struct reading r;

    (void)state;
    reading_init(&r);
    dialect_read_body(&dialect_openai_chat, &r, STR("{\"choices\":[{"
        "\"index\":0,\"message\":{\"content\":\"one\"}},{\"index\":1,"
        "\"message\":{\"content\":\"two\"}}],\"usage\":{"
        "\"prompt_tokens\":5,\"completion_tokens\":7}}"));
    check_str(buf_str(&r.text), "one");
    assert_int_equal(r.input_tokens, 5);
    assert_int_equal(r.output_tokens, 7);
    reading_release(&r);

    reading_init(&r);
    read_event(&r, "{\"choices\":[{\"delta\":{\"content\":\"a\\u0062\"}}]}");
    read_event(&r, "no json");
    read_event(&r, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                   "\"c\"}}]}");
    assert_false(r.done);
    read_event(&r, "[DONE]");
    assert_true(r.done);
    check_str(buf_str(&r.text), "abc");
    assert_int_equal(r.output_tokens, -1);
    reading_release(&r);
}

static void
conformance_104_an_event_of_usage_alone_is_told_apart(void **state)
{
    struct reading r;

    (void)state;
    reading_init(&r);
    read_event(&r, "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
                   "\"completion_tokens\":2}}");
    assert_true(r.usage_only);
    assert_int_equal(r.output_tokens, 2);
    read_event(&r, "no json");
    assert_false(r.usage_only);
    read_event(&r, "{\"choices\":[{\"delta\":{}}],\"usage\":{"
                   "\"prompt_tokens\":1}}");
    assert_false(r.usage_only);
    read_event(&r, "{\"choices\":[],\"usage\":null}");
    assert_false(r.usage_only);
    reading_release(&r);
}

static void
errors_are_objects_with_a_hint_beside_them(void **state)
{
    struct json root, error, hint;

    (void)state;
    arena_reset(&a);
    assert_int_equal(refused(&err, ERR_AUTH, "c", "do \"this\"", "no"),
                     ERR_AUTH);
    assert_int_equal(json_parse(dialect_openai_chat.error_body(&a, &err), 8,
                                &root, &err), OK);
    error = json_member(&root, "error");
    hint = json_member(&root, "hint");
    check_str(json_member(&error, "message").raw, "\"no\"");
    check_str(json_member(&error, "type").raw, "\"authentication_error\"");
    check_str(json_text(&a, &hint), "do \"this\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conformance_33_34_what_is_missing_is_named),
        cmocka_unit_test(
            conformance_35_36_37_without_our_fields_every_byte_stays),
        cmocka_unit_test(conformance_38_our_fields_go_with_their_commas),
        cmocka_unit_test(the_model_is_renamed_in_its_place),
        cmocka_unit_test(memory_stands_at_the_end_of_the_last_user_text),
        cmocka_unit_test(memory_stands_behind_the_system_text_when_asked),
        cmocka_unit_test(
            conformance_69_a_flagged_message_is_not_stored_nor_an_older_one),
        cmocka_unit_test(
            conformance_87_a_short_question_brings_the_conversation),
        cmocka_unit_test(text_and_usage_are_read_from_replies),
        cmocka_unit_test(
            conformance_104_an_event_of_usage_alone_is_told_apart),
        cmocka_unit_test(errors_are_objects_with_a_hint_beside_them),
    };
    int failures = cmocka_run_group_tests_name("openai_chat", tests, NULL,
                                               NULL);

    arena_release(&a);
    return failures;
}
