/* What all dialects share. */
#include "provider/dialect.h"

#include "provider/message.h"

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
                           false, false };
}

void
reading_release(struct reading *r)
{
    arena_release(&r->scratch);
    buf_release(&r->text);
}

void
dialect_strip(const struct dialect *d, const struct prompt *p,
              struct str model, struct splice *s)
{
    message_strip(d->shape, p, model, s);
}

void
dialect_inject(const struct dialect *d, const struct prompt *p,
               enum conf_placement placement, struct str text,
               struct splice *s)
{
    const struct place *place = placement == PLACE_TAIL ? &p->tail
                                                        : &p->instructions;

    if (place->in_text)
        message_insert(d->shape, place, text, s);
    else
        d->instruct(p, text, s);
}

static void
read_json(struct reading *r, struct str data,
          void (*read)(struct reading *r, const struct json *root))
{
    struct json  root;
    struct error ignored;

    if (json_parse(data, STREAM_JSON_DEPTH, &root, &ignored) == OK)
        read(r, &root);
    arena_reset(&r->scratch);
}

void
dialect_read_event(const struct dialect *d, struct reading *r, struct str data)
{
    r->usage_only = false;
    if (d->end_mark && str_equal(str_trim(data), str_from(d->end_mark)))
        r->done = true;
    else
        read_json(r, data, d->read_event);
}

void
dialect_read_body(const struct dialect *d, struct reading *r, struct str body)
{
    read_json(r, body, d->read_body);
}

void
dialect_end_error(struct buf *b, const struct error *err)
{
    if (err->members[0])
        buf_printf(b, ",%s", err->members);
    buf_add_byte(b, '}');
    if (!err->hint)
        return;
    buf_add(b, STR(",\"hint\":"));
    json_add_string(b, str_from(err->hint));
}

/* An object with message, type and code is what all SDKs show. */
struct str
dialect_openai_error(struct arena *a, const struct error *err)
{
    struct buf *b = buf_new(a, 8192);

    buf_add(b, STR("{\"error\":{\"message\":"));
    json_add_string(b, str_from(error_sentence(err)));
    buf_printf(b, ",\"type\":\"%s\",\"param\":null,\"code\":\"%s\"",
               error_type(err->status), err->code);
    dialect_end_error(b, err);
    buf_add(b, STR("}"));
    return buf_str(b);
}

struct str
dialect_event(struct arena *a, const char *name, struct str data)
{
    return arena_printf(a, "%sdata: %.*s\n\n", name, STR_ARG(data));
}
