/*
 * JSON-RPC messages.  Source: jsonrpc.org/specification, and "Messages" in
 * the specification of MCP, revisions 2025-03-26 to 2026-07-28.
 */
#include "api/jsonrpc.h"

#include "base/banned.h"

static enum status
invalid(struct error *err, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_message",
                   "Send {\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": ..., "
                   "\"params\": {...}}.", "Invalid Request: %s", what);
}

static bool
is_whole(struct str number)
{
    for (size_t i = 0; i < number.len; i++)
        if (number.ptr[i] == '.' || (number.ptr[i] | 0x20) == 'e')
            return false;
    return true;
}

static enum status
read_id(const struct json *object, struct jsonrpc_message *m,
        struct error *err)
{
    struct json id = json_member(object, "id");

    if (id.type == JSON_NONE)
        return OK;
    if ((id.type != JSON_STRING &&
         (id.type != JSON_NUMBER || !is_whole(id.raw))) ||
        id.raw.len > JSONRPC_ID_MAX_BYTES)
        return invalid(err, "the id must be a string or a whole number, not "
                       "longer than 256 bytes");
    m->id = id.raw;
    return OK;
}

static enum status
read_params(const struct json *object, struct jsonrpc_message *m,
            struct error *err)
{
    m->params = json_member(object, "params");
    if (m->params.type == JSON_NONE || m->params.type == JSON_OBJECT)
        return OK;
    if (m->params.type == JSON_ARRAY)
        return refused(err, ERR_INPUT, "invalid_params", NULL,
                       "Invalid params: send an object");
    return invalid(err, "params must be an object");
}

/* A message without a method answers something. */
static enum status
read_response(const struct json *object, struct jsonrpc_message *m,
              struct error *err)
{
    bool has_result = json_member(object, "result").type != JSON_NONE;
    bool has_error = json_member(object, "error").type == JSON_OBJECT;

    m->kind = JSONRPC_RESPONSE;
    return has_result != has_error ? OK : invalid(err, "it has no method");
}

enum status
jsonrpc_read(struct arena *a, const struct json *value,
             struct jsonrpc_message *m, struct error *err)
{
    struct json version = json_member(value, "jsonrpc");
    struct json method = json_member(value, "method");
    enum status st;

    memset(m, 0, sizeof(*m));
    if (value->type != JSON_OBJECT)
        return invalid(err, "a message is an object");
    if ((st = read_id(value, m, err)) != OK)
        return st;
    if (!str_equal(json_text(a, &version), STR("2.0")))
        return invalid(err, "jsonrpc must be \"2.0\"");
    if (method.type == JSON_NONE)
        return read_response(value, m, err);
    m->method = json_text(a, &method);
    if (m->method.len == 0)
        return invalid(err, "the method must be a string");
    m->kind = m->id.len ? JSONRPC_REQUEST : JSONRPC_NOTIFICATION;
    return read_params(value, m, err);
}

static const struct {
    const char *code;
    int         number;
} numbers[] = {
    { "invalid_json",                 -32700 },
    { "json_too_deep",                -32700 },
    { "body_incomplete",              -32700 },
    { "invalid_message",              -32600 },
    { "method_not_found",             -32601 },
    { "invalid_params",               -32602 },
    { "resource_not_found",           -32002 },
    { "header_mismatch",              -32020 },
    { "unsupported_protocol_version", -32022 },
};

int
jsonrpc_number(const struct error *err)
{
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (strcmp(err->code, numbers[i].code) == 0)
            return numbers[i].number;
    return err->status == ERR_INPUT             ? -32600
           : error_http(err->status) >= 500     ? -32603
                                                : error_http(err->status);
}

static void
add_head(struct buf *b, struct str id)
{
    buf_add(b, STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    buf_add(b, id.len ? id : STR("null"));
}

void
jsonrpc_add_result(struct buf *b, struct str id, struct str result)
{
    add_head(b, id);
    buf_add(b, STR(",\"result\":"));
    buf_add(b, result);
    buf_add_byte(b, '}');
}

void
jsonrpc_add_error(struct buf *b, struct str id, const struct error *err,
                  struct str facts)
{
    add_head(b, id);
    buf_printf(b, ",\"error\":{\"code\":%d,\"message\":",
               jsonrpc_number(err));
    json_add_string(b, str_from(error_sentence(err)));
    buf_add(b, STR(",\"data\":"));
    if (facts.len) {
        buf_add(b, facts);
    } else {
        buf_add(b, STR("{\"code\":"));
        json_add_string(b, str_from(err->code));
        if (err->members[0])
            buf_printf(b, ",%s", err->members);
        if (err->hint) {
            buf_add(b, STR(",\"hint\":"));
            json_add_string(b, str_from(err->hint));
        }
        buf_add_byte(b, '}');
    }
    buf_add(b, STR("}}"));
}
