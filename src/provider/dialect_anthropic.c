/* Anthropic's messages. */
#include "provider/message.h"

#include "base/banned.h"

static const struct shape shape = {
    .content = "content",
    .text_types = "text",
    .user_roles = "user",
    .model_roles = "assistant",
    .system_roles = "",
    .text_part = "{\"type\":\"text\",\"text\":\"",
};

/* Reading a request. */

/* What a tool gave comes as a user message; text beside it is the user's. */
static bool
is_tool_result(struct arena *a, const struct json *message)
{
    struct json      content = json_member(message, "content");
    struct json_item part = { 0 };
    bool             has_result = false, has_text = false;

    if (content.type != JSON_ARRAY)
        return false;
    while (json_next(&content, &part)) {
        struct json type = json_member(&part.value, "type");

        if (str_equal(json_text(a, &type), STR("tool_result")))
            has_result = true;
        if (str_equal(json_text(a, &type), STR("text")))
            has_text = true;
    }
    return has_result && !has_text;
}

static enum status
read_request(struct arena *a, struct str body, size_t depth, struct prompt *p,
             struct error *err)
{
    struct json instructions;
    enum status st = message_read_root(a, body, depth, true, p, err);

    if (st != OK)
        return st;
    p->list = json_member(&p->root, "messages");
    st = message_check_list(p, "s: model, messages, max_tokens",
                            "Send messages as [{\"role\": \"user\", "
                            "\"content\": \"...\"}].", err);
    if (st != OK)
        return st;
    instructions = json_member(&p->root, "system");
    (void)message_text(a, &shape, &instructions, &p->instructions);
    message_scan(a, &shape, is_tool_result, p);
    return OK;
}

/* Editing it. */

static void
strip(const struct prompt *p, struct str model, struct splice *s)
{
    message_strip(&shape, p, model, s);
}

static void
inject(const struct prompt *p, enum conf_placement placement, struct str text,
       struct splice *s)
{
    const struct place *place = placement == PLACE_TAIL ? &p->tail
                                                        : &p->instructions;
    struct json         old = json_member(&p->root, "system");

    if (place->in_text)
        message_insert(&shape, place, text, s);
    else if (old.type == JSON_NONE)
        splice_insert(s, p->root.raw.ptr + 1,
                      message_quote(s->arena, "\"system\":\"", text, "\","));
    else if (old.type == JSON_ARRAY)
        message_append(&shape, &old, text, s);
    else
        splice_replace(s, old.raw,
                       message_quote(s->arena, "\"", text, "\""));
}

/* Reading a reply. */

/* Tokens of the prompt, cached ones included. */
static void
read_usage(struct reading *r, const struct json *usage)
{
    static const char *const inputs[] = {
        "input_tokens", "cache_creation_input_tokens",
        "cache_read_input_tokens",
    };
    struct json out = json_member(usage, "output_tokens");
    int64_t     number, sum = 0;
    bool        said = false;

    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct json in = json_member(usage, inputs[i]);

        if (json_int(&in, &number) && number >= 0 &&
            !__builtin_add_overflow(sum, number, &sum))
            said = true;
    }
    if (said && sum > 0)
        r->input_tokens = sum;
    if (json_int(&out, &number) && number >= 0)
        r->output_tokens = number;
}

static void
read_event(struct reading *r, struct str event, struct str data)
{
    struct json  root, part, usage;
    struct error ignored;

    (void)event; /* the data say their type too */
    /* What is no JSON was relayed and says nothing to us. */
    if (json_parse(data, STREAM_JSON_DEPTH, &root, &ignored) == OK) {
        struct json type = json_member(&root, "type");
        struct str  name = json_text(&r->scratch, &type);

        if (str_equal(name, STR("content_block_delta"))) {
            part = json_member(&root, "delta");
            type = json_member(&part, "type");
            if (str_equal(json_text(&r->scratch, &type), STR("text_delta"))) {
                part = json_member(&part, "text");
                buf_add(&r->text, json_text(&r->scratch, &part));
            }
        } else if (str_equal(name, STR("message_start"))) {
            part = json_member(&root, "message");
            usage = json_member(&part, "usage");
            read_usage(r, &usage);
        } else if (str_equal(name, STR("message_delta"))) {
            usage = json_member(&root, "usage");
            read_usage(r, &usage);
        } else if (str_equal(name, STR("message_stop"))) {
            r->done = true;
        }
    }
    arena_reset(&r->scratch);
}

static void
read_body(struct reading *r, struct str body)
{
    struct json  root, content, usage;
    struct place place;
    struct error ignored;

    /* What is no JSON was relayed and says nothing to us. */
    if (json_parse(body, STREAM_JSON_DEPTH, &root, &ignored) == OK) {
        content = json_member(&root, "content");
        usage = json_member(&root, "usage");
        buf_add(&r->text, message_text(&r->scratch, &shape, &content, &place));
        read_usage(r, &usage);
    }
    arena_reset(&r->scratch);
}

/* Errors. */

static struct str
error_json(struct arena *a, const struct error *err)
{
    struct buf *b = buf_new(a, 8192);

    buf_printf(b, "{\"type\":\"error\",\"error\":{\"type\":\"%s\","
               "\"message\":", error_type(err->status));
    json_add_string(b, str_from(error_sentence(err)));
    buf_printf(b, ",\"code\":\"%s\"}", err->code);
    dialect_add_hint(b, err);
    buf_add(b, STR("}"));
    return buf_str(b);
}

static struct str
error_event(struct arena *a, const struct error *err)
{
    return dialect_event(a, "event: error\n", error_json(a, err));
}

const struct dialect dialect_anthropic = {
    .id = DIALECT_ANTHROPIC,
    .name = "anthropic",
    .required = "max_tokens",
    .read = read_request,
    .strip = strip,
    .inject = inject,
    .read_event = read_event,
    .read_body = read_body,
    .error_body = error_json,
    .error_event = error_event,
};
