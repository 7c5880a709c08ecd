/*
 * Which revision.  Source: "Versioning and Compatibility" and "Streamable
 * HTTP" in the specification of MCP, revision 2026-07-28; "Lifecycle" and
 * "Transports" in those before.
 */
#include "api/mcp_version.h"

#include "base/banned.h"

#define META_VERSION "io.modelcontextprotocol/protocolVersion"
#define META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"

static const char *const names[] = {
    [MCP_2025_03_26] = "2025-03-26",
    [MCP_2025_06_18] = "2025-06-18",
    [MCP_2025_11_25] = "2025-11-25",
    [MCP_2026_07_28] = "2026-07-28",
};

const char *
mcp_version_name(enum mcp_version version)
{
    return names[version];
}

static bool
find(struct str name, enum mcp_version *version)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!str_equal(name, str_from(names[i])))
            continue;
        *version = (enum mcp_version)i;
        return true;
    }
    return false;
}

enum mcp_version
mcp_version_agreed(struct str wanted)
{
    enum mcp_version version;

    /* A client that cannot speak what we offer will leave. */
    if (!find(wanted, &version) || version > MCP_2025_11_25)
        return MCP_2025_11_25;
    return version;
}

void
mcp_version_add_names(struct buf *b)
{
    for (size_t i = MCP_VERSION_COUNT; i-- > 0;)
        buf_printf(b, "%s\"%s\"", i + 1 < MCP_VERSION_COUNT ? "," : "[",
                   names[i]);
    buf_add_byte(b, ']');
}

static enum status
unsupported(struct error *err)
{
    return refused(err, ERR_INPUT, "unsupported_protocol_version", NULL,
                   "Unsupported protocol version");
}

static enum status
mismatch(struct error *err, const char *header, const char *what)
{
    return refused(err, ERR_INPUT, "header_mismatch", NULL,
                   "Header mismatch: %s is not the %s of the body", header,
                   what);
}

enum status
mcp_version_of_headers(const struct mcp_headers *headers,
                       enum mcp_version *version, struct error *err)
{
    *version = MCP_2025_03_26;
    if (headers->version.len && !find(headers->version, version))
        return unsupported(err);
    return OK;
}

/* As a header carries what is no plain ASCII. */
static struct str
encoded(struct arena *a, struct str plain)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf *b = buf_new(a, plain.len * 2 + 32);

    buf_add(b, STR("=?base64?"));
    for (size_t i = 0; i < plain.len; i += 3) {
        size_t   left = plain.len - i;
        uint32_t bits = (uint32_t)(unsigned char)plain.ptr[i] << 16;

        if (left > 1)
            bits |= (uint32_t)(unsigned char)plain.ptr[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)plain.ptr[i + 2];
        buf_add_byte(b, digits[bits >> 18]);
        buf_add_byte(b, digits[bits >> 12 & 63]);
        buf_add_byte(b, left > 1 ? digits[bits >> 6 & 63] : '=');
        buf_add_byte(b, left > 2 ? digits[bits & 63] : '=');
    }
    buf_add(b, STR("?="));
    return buf_str(b);
}

/* Methods whose name or address is repeated in a header. */
static const struct {
    const char *method;
    const char *param;
} named[] = {
    { "tools/call", "name" },
    { "prompts/get", "name" },
    { "resources/read", "uri" },
};

static enum status
check_headers(struct arena *a, const struct mcp_headers *headers,
              const struct jsonrpc_message *m, struct error *err)
{
    if (!str_equal(headers->method, m->method))
        return mismatch(err, "Mcp-Method", "method");
    for (size_t i = 0; i < COUNT(named); i++) {
        struct json param = json_member(&m->params, named[i].param);
        struct str  name = json_text(a, &param);

        if (!str_equal(m->method, str_from(named[i].method)) ||
            param.type != JSON_STRING)
            continue;
        if (!str_equal(headers->name, name) &&
            !str_equal(headers->name, encoded(a, name)))
            return mismatch(err, "Mcp-Name", named[i].param);
    }
    return OK;
}

/* What the revision says of itself, when it does. */
static enum status
check_meta(const struct json *meta, const struct json *named_version,
           struct error *err)
{
    if (named_version->type != JSON_STRING ||
        json_member(meta, META_CAPABILITIES).type != JSON_OBJECT)
        return refused(err, ERR_INPUT, "invalid_params", NULL,
                       "params._meta must have " META_VERSION " and "
                       META_CAPABILITIES);
    return OK;
}

enum status
mcp_version_of_request(struct arena *a, const struct mcp_headers *headers,
                       const struct jsonrpc_message *m,
                       enum mcp_version *version, struct error *err)
{
    struct json meta = json_member(&m->params, "_meta");
    struct json said = json_member(&meta, META_VERSION);
    enum status st;

    if (str_equal(m->method, STR("initialize")) && said.type == JSON_NONE &&
        !str_equal(headers->version, str_from(names[MCP_2026_07_28]))) {
        *version = MCP_2025_11_25;  /* nothing is agreed on yet */
        return OK;
    }
    if (said.type != JSON_NONE &&
        !str_equal(headers->version, json_text(a, &said)))
        return mismatch(err, "MCP-Protocol-Version", META_VERSION);
    if ((st = mcp_version_of_headers(headers, version, err)) != OK ||
        *version < MCP_2026_07_28)
        return st;
    if ((st = check_meta(&meta, &said, err)) != OK)
        return st;
    return check_headers(a, headers, m, err);
}
