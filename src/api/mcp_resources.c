/* Resources, each the answer of a tool that needs no arguments. */
#include "api/mcp_resources.h"

#include "api/mcp_read.h"

#include "base/banned.h"

static const struct resource {
    const char   *uri;
    const char   *name;
    const char   *title;
    const char   *about;
    enum status (*read)(struct mcp *m, const struct json *arguments,
                        struct buf *b, struct error *err);
} resources[] = {
    { "memory://vault/stats", "stats", "Memory statistics",
      "How much is remembered, and from when to when.", mcp_read_status },
    { "memory://vault/recent", "recent", "Recent memories",
      "What was remembered last, newest first.", mcp_read_recent },
};

void
mcp_resources_add_list(struct buf *b, int rights, enum mcp_version version)
{
    buf_add_byte(b, '[');
    for (size_t i = 0; i < COUNT(resources) && rights & MCP_READ; i++) {
        const struct resource *r = &resources[i];

        buf_printf(b, "%s{\"uri\":\"%s\",\"name\":\"%s\",\"description\":"
                   "\"%s\",\"mimeType\":\"application/json\"",
                   i ? "," : "", r->uri, r->name, r->about);
        if (version >= MCP_2025_06_18)
            buf_printf(b, ",\"title\":\"%s\"", r->title);
        buf_add_byte(b, '}');
    }
    buf_add_byte(b, ']');
}

static const struct resource *
find(struct str uri)
{
    for (size_t i = 0; i < COUNT(resources); i++)
        if (str_equal(uri, str_from(resources[i].uri)))
            return &resources[i];
    return NULL;
}

/* The number of this error changed with 2026-07-28. */
static enum status
not_found(const struct mcp *m, struct error *err)
{
    return refused(err, ERR_INPUT, m->version < MCP_2026_07_28
                                       ? "resource_not_found"
                                       : "invalid_params",
                   "The method resources/list names all resources.",
                   "There is no such resource");
}

enum status
mcp_resources_read(struct mcp *m, const struct json *params, struct buf *b,
                   struct error *err)
{
    struct json            uri = json_member(params, "uri");
    const struct resource *r = find(json_text(m->arena, &uri));
    struct json            none = { JSON_NONE, STR_NONE };
    struct buf            *text = buf_new(m->arena, MCP_RESULT_MAX_BYTES);
    enum status            st;

    if (!r)
        return not_found(m, err);
    if (!(m->rights & MCP_READ))
        return refused(err, ERR_FORBIDDEN, "insufficient_rights",
                       "Use a key that may read.",
                       "This key may not read memories");
    if ((st = r->read(m, &none, text, err)) != OK ||
        (st = buf_finish(text, r->name, err)) != OK)
        return st;
    buf_printf(b, "\"contents\":[{\"uri\":\"%s\",\"mimeType\":"
               "\"application/json\",\"text\":", r->uri);
    json_add_string(b, buf_str(text));
    buf_add(b, STR("}]"));
    return OK;
}
