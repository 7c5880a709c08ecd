/*
 * Whatever is posted as a message of JSON-RPC: what is taken for one is one,
 * answers to it are JSON and carry its id, and arguments that pass their check
 * are within their limits.
 */
#include <assert.h>

#include "api/mcp_arguments.h"
#include "api/mcp_version.h"
#include "fuzz/fuzz.h"

#include "base/banned.h"

enum { DEPTH = 64, ANSWER_MAX_BYTES = 1 << 20 };

static const struct mcp_argument table[] = {
    { "text", ARGUMENT_TEXT, true, 1, 64, NULL, "A text." },
    { "choice", ARGUMENT_TEXT, false, 1, 8, "one|two", "A choice." },
    { "whole", ARGUMENT_WHOLE, false, 1, 100, NULL, "A number." },
    { "number", ARGUMENT_NUMBER, false, 0, 1, NULL, "A number." },
    { "time", ARGUMENT_TIME, false, 0, 0, NULL, "A time." },
    { "ids", ARGUMENT_IDS, false, 1, 8, NULL, "Ids." },
    { "object", ARGUMENT_OBJECT, false, 0, 64, NULL, "An object." },
    { NULL, ARGUMENT_TEXT, false, 0, 0, NULL, NULL },
};

/* An answer is JSON, with this id. */
static void
check_answer(const struct buf *b, struct str id)
{
    struct json  root;
    struct error err;

    assert(json_parse(buf_str(b), DEPTH * 2, &root, &err) == OK);
    assert(str_equal(json_member(&root, "id").raw,
                     id.len ? id : STR("null")));
}

static void
check_arguments(struct arena *a, const struct json *values)
{
    struct error err;
    struct str   text;
    size_t       count;
    int64_t     *ids;

    if (mcp_arguments_check(a, table, values, &err) != OK) {
        assert(err.for_caller);
        return;
    }
    text = mcp_arguments_text(a, values, "text");
    assert(text.len >= 1 && text.len <= 64);
    assert(mcp_arguments_whole(values, "whole", 1) >= 1);
    assert(mcp_arguments_whole(values, "whole", 1) <= 100);
    assert(mcp_arguments_number(values, "number", 0) >= 0);
    assert(mcp_arguments_number(values, "number", 0) <= 1);
    ids = mcp_arguments_ids(a, values, "ids", &count);
    assert(count <= 8);
    for (size_t i = 0; i < count; i++)
        assert(ids[i] >= 1);
    assert(json_member(values, "object").raw.len <= 64);
}

/* The headers agree with the body, so only the body can be wrong. */
static void
check_version(struct arena *a, const struct jsonrpc_message *m)
{
    struct json        name = json_member(&m->params, "name");
    struct mcp_headers headers = { STR("2026-07-28"), m->method,
                                   json_text(a, &name) };
    enum mcp_version   version;
    struct error       err;

    if (mcp_version_of_request(a, &headers, m, &version, &err) == OK) {
        assert(version == MCP_2026_07_28);
        /* In another revision it is no longer right. */
        headers.version = STR("2025-11-25");
        assert(mcp_version_of_request(a, &headers, m, &version, &err) !=
               OK);
    }
    headers.version = STR_NONE;
    if (mcp_version_of_request(a, &headers, m, &version, &err) == OK)
        assert(version < MCP_2026_07_28);
}

static void
check_message(struct arena *a, const struct json *value)
{
    struct jsonrpc_message m;
    struct error           err;
    struct buf            *b = buf_new(a, ANSWER_MAX_BYTES);
    struct json            arguments;

    if (jsonrpc_read(a, value, &m, &err) != OK) {
        assert(err.for_caller && jsonrpc_number(&err) < 0);
        jsonrpc_add_error(b, m.id, &err, STR_NONE);
        check_answer(b, m.id);
        return;
    }
    assert(m.kind == JSONRPC_RESPONSE || m.method.len);
    assert(m.kind != JSONRPC_REQUEST || m.id.len);
    assert(m.id.len <= JSONRPC_ID_MAX_BYTES);
    jsonrpc_add_result(b, m.id, STR("{}"));
    check_answer(b, m.id);
    check_version(a, &m);
    arguments = json_member(&m.params, "arguments");
    check_arguments(a, &arguments);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena     a = ARENA_INIT;
    struct str       text = { (const char *)bytes, len };
    struct json_item item = { 0 };
    struct json      root;
    struct error     err;

    if (json_parse(text, DEPTH, &root, &err) == OK) {
        check_message(&a, &root);
        if (root.type == JSON_ARRAY)
            while (json_next(&root, &item))
                check_message(&a, &item.value);
    }
    arena_release(&a);
    return 0;
}
