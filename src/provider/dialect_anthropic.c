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
instruct(const struct prompt *p, struct str text, struct splice *s)
{
    struct json old = json_member(&p->root, "system");

    if (old.type == JSON_NONE)
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
read_usage(struct reading *r, const struct json *message)
{
    static const char *const inputs[] = {
        "input_tokens", "cache_creation_input_tokens",
        "cache_read_input_tokens",
    };
    struct json usage = json_member(message, "usage");
    struct json out = json_member(&usage, "output_tokens");
    int64_t     number, sum = 0;
    bool        said = false;

    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct json in = json_member(&usage, inputs[i]);

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
read_delta(struct reading *r, const struct json *root)
{
    struct json delta = json_member(root, "delta");
    struct json type = json_member(&delta, "type");
    struct json text = json_member(&delta, "text");

    if (str_equal(json_text(&r->scratch, &type), STR("text_delta")))
        buf_add(&r->text, json_text(&r->scratch, &text));
}

/* The data say their type too. */
static void
read_event(struct reading *r, const struct json *root)
{
    struct json type = json_member(root, "type");
    struct str  name = json_text(&r->scratch, &type);

    if (str_equal(name, STR("content_block_delta"))) {
        read_delta(r, root);
    } else if (str_equal(name, STR("message_start"))) {
        struct json message = json_member(root, "message");

        read_usage(r, &message);
    } else if (str_equal(name, STR("message_delta"))) {
        read_usage(r, root);
    } else if (str_equal(name, STR("message_stop"))) {
        r->done = true;
    }
}

static void
read_body(struct reading *r, const struct json *root)
{
    struct json  content = json_member(root, "content");
    struct place place;

    buf_add(&r->text, message_text(&r->scratch, &shape, &content, &place));
    read_usage(r, root);
}

/* Errors. */

static struct str
error_json(struct arena *a, const struct error *err)
{
    struct buf *b = buf_new(a, 8192);

    buf_printf(b, "{\"type\":\"error\",\"error\":{\"type\":\"%s\","
               "\"message\":", error_type(err->status));
    json_add_string(b, str_from(error_sentence(err)));
    buf_printf(b, ",\"code\":\"%s\"", err->code);
    dialect_end_error(b, err);
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
    .shape = &shape,
    .read = read_request,
    .instruct = instruct,
    .read_event = read_event,
    .read_body = read_body,
    .error_body = error_json,
    .error_event = error_event,
};
