/* Revisions of the Model Context Protocol. */
#include "unit/check.h"

#include "api/mcp_version.h"

#include "base/banned.h"

#define META(version) \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" version \
    "\",\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define REQUEST(method, params) \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" \
    params "}}"

static struct arena     a;
static struct error     err;
static enum mcp_version version;

static int
tear_down(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static enum status
of_request(const char *text, const char *header, const char *method,
           const char *name)
{
    struct mcp_headers     headers = { str_from(header), str_from(method),
                                       str_from(name) };
    struct jsonrpc_message m;
    struct json            value;

    assert_int_equal(json_parse(str_from(text), 64, &value, &err), OK);
    assert_int_equal(jsonrpc_read(&a, &value, &m, &err), OK);
    return mcp_version_of_request(&a, &headers, &m, &version, &err);
}

static void
check_refused(enum status st, const char *code)
{
    assert_int_equal(st, ERR_INPUT);
    assert_string_equal(err.code, code);
}

static void
what_is_agreed_on_is_what_both_speak(void **state)
{
    (void)state;
    assert_int_equal(mcp_version_agreed(STR("2025-03-26")), MCP_2025_03_26);
    assert_int_equal(mcp_version_agreed(STR("2025-06-18")), MCP_2025_06_18);
    assert_int_equal(mcp_version_agreed(STR("2025-11-25")), MCP_2025_11_25);
    assert_int_equal(mcp_version_agreed(STR("2026-07-28")), MCP_2025_11_25);
    assert_int_equal(mcp_version_agreed(STR("2024-11-05")), MCP_2025_11_25);
    assert_int_equal(mcp_version_agreed(STR("")), MCP_2025_11_25);
}

static void
the_header_names_the_revision(void **state)
{
    (void)state;
    assert_int_equal(of_request(REQUEST("ping", ""), "", "", ""), OK);
    assert_int_equal(version, MCP_2025_03_26);
    assert_int_equal(of_request(REQUEST("ping", ""), "2025-06-18", "", ""),
                     OK);
    assert_int_equal(version, MCP_2025_06_18);
    check_refused(of_request(REQUEST("ping", ""), "2025-06-19", "", ""),
                  "unsupported_protocol_version");
    check_refused(of_request(REQUEST("ping", ""), " ", "", ""),
                  "unsupported_protocol_version");
}

static void
initialize_needs_no_revision_yet(void **state)
{
    (void)state;
    assert_int_equal(of_request(REQUEST("initialize", ""), "", "", ""), OK);
    assert_int_equal(of_request(REQUEST("initialize", ""), "1999-01-01", "",
                                ""), OK);
    check_refused(of_request(REQUEST("initialize", ""), "2026-07-28", "", ""),
                  "invalid_params");
}

static void
a_stateless_request_says_the_same_twice(void **state)
{
    static const char list[] = REQUEST("tools/list", META("2026-07-28"));
    static const char call[] =
        REQUEST("tools/call", "\"name\":\"t\"," META("2026-07-28"));

    (void)state;
    assert_int_equal(of_request(list, "2026-07-28", "tools/list", ""), OK);
    assert_int_equal(version, MCP_2026_07_28);
    assert_int_equal(of_request(call, "2026-07-28", "tools/call", "t"), OK);
    check_refused(of_request(list, "", "tools/list", ""), "header_mismatch");
    check_refused(of_request(list, "2025-11-25", "tools/list", ""),
                  "header_mismatch");
    check_refused(of_request(list, "2026-07-28", "", ""), "header_mismatch");
    check_refused(of_request(list, "2026-07-28", "Tools/List", ""),
                  "header_mismatch");
    check_refused(of_request(call, "2026-07-28", "tools/call", ""),
                  "header_mismatch");
    check_refused(of_request(call, "2026-07-28", "tools/call", "T"),
                  "header_mismatch");
    check_refused(of_request(REQUEST("tools/list", META("2027-01-01")),
                             "2027-01-01", "tools/list", ""),
                  "unsupported_protocol_version");
    check_refused(of_request(REQUEST("tools/list", "\"_meta\":5"),
                             "2026-07-28", "tools/list", ""),
                  "invalid_params");
}

/* The examples of the specification, "Value Encoding". */
static void
names_may_come_encoded(void **state)
{
    static const struct {
        const char *name;
        const char *header;
    } rows[] = {
        { "Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=" },
        { " padded ", "=?base64?IHBhZGRlZCA=?=" },
        { "line1\\nline2", "=?base64?bGluZTEKbGluZTI=?=" },
        { "abc", "=?base64?YWJj?=" },
        { "", "=?base64?" "?=" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str text = arena_printf(
            &a, REQUEST("tools/call", "\"name\":\"%s\"," META("2026-07-28")),
            rows[i].name);

        assert_int_equal(of_request(text.ptr, "2026-07-28", "tools/call",
                                    rows[i].header), OK);
        check_refused(of_request(text.ptr, "2026-07-28", "tools/call",
                                 "=?base64?AAAA?="), "header_mismatch");
    }
}

static void
all_are_listed_the_newest_first(void **state)
{
    struct buf *b = buf_new(&a, 4096);

    (void)state;
    mcp_version_add_names(b);
    check_str(buf_str(b), "[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\","
              "\"2025-03-26\"]");
    for (size_t i = 0; i < MCP_VERSION_COUNT; i++)
        assert_non_null(mcp_version_name((enum mcp_version)i));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_agreed_on_is_what_both_speak),
        cmocka_unit_test(the_header_names_the_revision),
        cmocka_unit_test(initialize_needs_no_revision_yet),
        cmocka_unit_test(a_stateless_request_says_the_same_twice),
        cmocka_unit_test(names_may_come_encoded),
        cmocka_unit_test(all_are_listed_the_newest_first),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
