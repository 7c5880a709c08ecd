/* Messages of JSON-RPC. */
#include "unit/check.h"

#include "api/jsonrpc.h"

#include "base/banned.h"

static struct arena           a;
static struct error           err;
static struct jsonrpc_message m;

static int
tear_down(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static enum status
read_message(const char *text)
{
    struct json value;

    assert_int_equal(json_parse(str_from(text), 64, &value, &err), OK);
    return jsonrpc_read(&a, &value, &m, &err);
}

static void
requests_notifications_and_responses_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(read_message("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                                  "\"a/b\",\"params\":{\"x\":2}}"), OK);
    assert_int_equal(m.kind, JSONRPC_REQUEST);
    check_str(m.id, "1");
    check_str(m.method, "a/b");
    check_str(m.params.raw, "{\"x\":2}");
    assert_int_equal(read_message("{\"jsonrpc\":\"2.0\",\"method\":\"n\"}"),
                     OK);
    assert_int_equal(m.kind, JSONRPC_NOTIFICATION);
    assert_int_equal(m.params.type, JSON_NONE);
    assert_int_equal(read_message("{\"jsonrpc\":\"2.0\",\"id\":\"x\","
                                  "\"result\":null}"), OK);
    assert_int_equal(m.kind, JSONRPC_RESPONSE);
    assert_int_equal(read_message("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":"
                                  "{\"code\":1,\"message\":\"\"}}"), OK);
    assert_int_equal(m.kind, JSONRPC_RESPONSE);
}

static void
names_and_texts_may_be_written_with_escapes(void **state)
{
    (void)state;
    assert_int_equal(read_message("{\"\\u006asonrpc\":\"2\\u002e0\",\"id\":"
                                  "\"\\u0041\",\"method\":\"pin\\u0067\"}"),
                     OK);
    check_str(m.id, "\"\\u0041\"");
    check_str(m.method, "ping");
}

static void
the_last_of_several_members_counts(void **state)
{
    (void)state;
    assert_int_equal(read_message("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,"
                                  "\"method\":\"a\",\"method\":\"b\"}"), OK);
    check_str(m.id, "2");
    check_str(m.method, "b");
}

static void
what_is_no_message_is_refused(void **state)
{
    static const char *const wrong[] = {
        "1", "\"x\"", "null", "[]", "{}",
        "{\"jsonrpc\":\"2.0\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"1.0\",\"method\":\"x\"}",
        "{\"jsonrpc\":2.0,\"method\":\"x\"}",
        "{\"method\":\"x\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":7}",
        "{\"jsonrpc\":\"2.0\",\"method\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"x\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"x\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1e3,\"method\":\"x\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":null}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":\"y\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(read_message(wrong[i]), ERR_INPUT);
        assert_string_equal(err.code, "invalid_message");
        assert_int_equal(jsonrpc_number(&err), -32600);
    }
    assert_int_equal(read_message("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":"
                                  "\"x\",\"params\":[1]}"), ERR_INPUT);
    assert_int_equal(jsonrpc_number(&err), -32602);
    check_str(m.id, "5");
}

static void
an_id_has_a_longest(void **state)
{
    char text[400] = "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"id\":\"";
    size_t begin = strlen(text);

    (void)state;
    memset(text + begin, 'i', JSONRPC_ID_MAX_BYTES - 2);
    memcpy(text + begin + JSONRPC_ID_MAX_BYTES - 2, "\"}", 3);
    assert_int_equal(read_message(text), OK);
    memcpy(text + begin + JSONRPC_ID_MAX_BYTES - 2, "i\"}", 4);
    assert_int_equal(read_message(text), ERR_INPUT);
    assert_int_equal(m.id.len, 0);
}

static void
errors_have_the_numbers_of_their_specifications(void **state)
{
    static const struct {
        enum status status;
        const char *code;
        int         number;
    } rows[] = {
        { ERR_INPUT, "invalid_json", -32700 },
        { ERR_INPUT, "json_too_deep", -32700 },
        { ERR_NOT_FOUND, "method_not_found", -32601 },
        { ERR_INPUT, "header_mismatch", -32020 },
        { ERR_INPUT, "unsupported_protocol_version", -32022 },
        { ERR_INPUT, "anything", -32600 },
        { ERR_AUTH, NULL, 401 },
        { ERR_FORBIDDEN, NULL, 403 },
        { ERR_LIMIT, NULL, 429 },
        { ERR_STORE, NULL, -32603 },
        { ERR_INTERNAL, NULL, -32603 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        error_ignore(refused(&err, rows[i].status, rows[i].code, NULL, "x"));
        assert_int_equal(jsonrpc_number(&err), rows[i].number);
    }
}

static void
answers_are_json(void **state)
{
    struct buf *b = buf_new(&a, 4096);

    (void)state;
    jsonrpc_add_result(b, STR("\"i\""), STR("{\"x\":1}"));
    check_str(buf_str(b), "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"result\":"
              "{\"x\":1}}");
    buf_clear(b);
    error_ignore(refused(&err, ERR_INPUT, "invalid_params", "Do \"so\".",
                         "Not \"this\""));
    jsonrpc_add_error(b, STR_NONE, &err, STR_NONE);
    check_str(buf_str(b), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
              "{\"code\":-32602,\"message\":\"Not \\\"this\\\"\",\"data\":"
              "{\"code\":\"invalid_params\",\"hint\":\"Do \\\"so\\\".\"}}}");
    buf_clear(b);
    error_ignore(failed(&err, ERR_STORE, "host db7 is down"));
    jsonrpc_add_error(b, STR("1"), &err, STR("[7]"));
    assert_int_equal(str_find(buf_str(b), STR("db7")), STR_NOWHERE);
    assert_true(str_ends(buf_str(b), STR(",\"data\":[7]}}")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_notifications_and_responses_are_told_apart),
        cmocka_unit_test(names_and_texts_may_be_written_with_escapes),
        cmocka_unit_test(the_last_of_several_members_counts),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(an_id_has_a_longest),
        cmocka_unit_test(errors_have_the_numbers_of_their_specifications),
        cmocka_unit_test(answers_are_json),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
