/* What all dialects share. */
#include "provider/dialect.h"

#include "base/banned.h"

/* The names that clients of the compatible service send, of all its
 * generations. */
const char *const dialect_fields[] = {
    "memory", "memory_mode", "memory_store", "memory_store_response",
    "memory_limit", "context_limit", "session_id", "store_input",
    "store_response", "azure_endpoint", "api_version", "ollama_base_url",
};
const size_t dialect_field_count = COUNT(dialect_fields);

void
reading_init(struct reading *r)
{
    *r = (struct reading){ ARENA_INIT, BUF_INIT(CAPTURE_MAX_BYTES), -1, -1,
                           false };
}

void
reading_release(struct reading *r)
{
    arena_release(&r->scratch);
    buf_release(&r->text);
}

void
dialect_add_hint(struct buf *b, const struct error *err)
{
    if (!err->hint)
        return;
    buf_add(b, STR(",\"hint\":"));
    json_add_string(b, str_from(err->hint));
}

/* An object with message, type and code is what all SDKs show; a hint stands
 * beside it. */
struct str
dialect_openai_error(struct arena *a, const struct error *err)
{
    struct buf *b = buf_new(a, 8192);

    buf_add(b, STR("{\"error\":{\"message\":"));
    json_add_string(b, str_from(error_sentence(err)));
    buf_printf(b, ",\"type\":\"%s\",\"param\":null,\"code\":\"%s\"}",
               error_type(err->status), err->code);
    dialect_add_hint(b, err);
    buf_add(b, STR("}"));
    return buf_str(b);
}

struct str
dialect_event(struct arena *a, const char *name, struct str data)
{
    return arena_printf(a, "%sdata: %.*s\n\n", name, STR_ARG(data));
}
