/* OpenAI's responses. */
#include "provider/message.h"

#include "base/banned.h"

static const struct shape shape = {
    .content = "content",
    .text_types = "input_text|output_text|text",
    .user_roles = "user",
    .model_roles = "assistant",
    .system_roles = "system|developer",
    .text_part = "{\"type\":\"input_text\",\"text\":\"",
};

/* Reading a request. */

/* function_call_output, computer_call_output, custom_tool_call_output ... */
static bool
is_tool_result(struct arena *a, const struct json *item)
{
    struct json type = json_member(item, "type");

    return str_ends(json_text(a, &type), STR("_call_output"));
}

/* The input may be the question itself. */
static void
scan_string(struct arena *a, const struct json *input, struct prompt *p)
{
    p->question = p->query = message_text(a, &shape, input, &p->tail);
    p->storable = str_trim(p->question).len > 0;
    if (p->query.len > QUERY_MAX_BYTES)
        p->query = str_slice(p->query, p->query.len - QUERY_MAX_BYTES,
                             p->query.len);
}

static enum status
read_request(struct arena *a, struct str body, size_t depth, struct prompt *p,
             struct error *err)
{
    struct json instructions;
    enum status st = message_read_root(a, body, depth, true, p, err);

    if (st != OK)
        return st;
    p->list = json_member(&p->root, "input");
    instructions = json_member(&p->root, "instructions");
    if (instructions.type == JSON_STRING)
        (void)message_text(a, &shape, &instructions, &p->instructions);
    if (p->list.type == JSON_STRING)
        scan_string(a, &p->list, p);
    else if (p->list.type == JSON_ARRAY)
        message_scan(a, &shape, is_tool_result, p);
    else if (p->list.type != JSON_NONE && p->list.type != JSON_NULL)
        return refused(err, ERR_INPUT, "invalid_input",
                       "Send input as a string, or as [{\"role\": \"user\", "
                       "\"content\": \"...\"}].",
                       "The field input must be a string or an array");
    return OK;
}

/* Editing it. */

static void
instruct(const struct prompt *p, struct str text, struct splice *s)
{
    struct json old = json_member(&p->root, "instructions");

    if (old.type == JSON_NONE)
        splice_insert(s, p->root.raw.ptr + 1,
                      message_quote(s->arena, "\"instructions\":\"", text,
                                    "\","));
    else
        splice_replace(s, old.raw,
                       message_quote(s->arena, "\"", text, "\""));
}

/* Reading a reply. */

static void
read_output(struct reading *r, const struct json *response)
{
    struct json      output = json_member(response, "output");
    struct json_item item = { 0 };

    while (json_next(&output, &item)) {
        struct json  type = json_member(&item.value, "type");
        struct json  content = json_member(&item.value, "content");
        struct place place;

        if (str_equal(json_text(&r->scratch, &type), STR("message")))
            buf_add(&r->text,
                    message_text(&r->scratch, &shape, &content, &place));
    }
}

static void
read_usage(struct reading *r, const struct json *response)
{
    struct json usage = json_member(response, "usage");
    struct json in = json_member(&usage, "input_tokens");
    struct json out = json_member(&usage, "output_tokens");
    int64_t     number;

    if (json_int(&in, &number) && number >= 0)
        r->input_tokens = number;
    if (json_int(&out, &number) && number >= 0)
        r->output_tokens = number;
}

static bool
is_last(struct str type)
{
    return str_equal(type, STR("response.completed")) ||
           str_equal(type, STR("response.incomplete")) ||
           str_equal(type, STR("response.failed"));
}

/* The data say their type too. */
static void
read_event(struct reading *r, const struct json *root)
{
    struct json type = json_member(root, "type");
    struct json delta = json_member(root, "delta");
    struct json response = json_member(root, "response");
    struct str  name = json_text(&r->scratch, &type);

    if (str_equal(name, STR("response.output_text.delta")))
        buf_add(&r->text, json_text(&r->scratch, &delta));
    if (is_last(name)) {
        read_usage(r, &response);
        r->done = true;
    }
}

static void
read_body(struct reading *r, const struct json *root)
{
    read_output(r, root);
    read_usage(r, root);
}

/* Errors. */

/* The typed event of the API, and the object that its SDKs raise. */
static struct str
error_event(struct arena *a, const struct error *err)
{
    struct buf *b = buf_new(a, 8192);

    buf_printf(b, "{\"type\":\"error\",\"sequence_number\":0,\"code\":"
               "\"%s\",\"message\":", err->code);
    json_add_string(b, str_from(error_sentence(err)));
    buf_printf(b, ",\"param\":null,\"error\":{\"type\":\"%s\",\"code\":"
               "\"%s\",\"param\":null,\"message\":", error_type(err->status),
               err->code);
    json_add_string(b, str_from(error_sentence(err)));
    buf_add(b, STR("}}"));
    return dialect_event(a, "event: error\n", buf_str(b));
}

const struct dialect dialect_openai_responses = {
    .id = DIALECT_OPENAI_RESPONSES,
    .name = "openai_responses",
    .shape = &shape,
    .read = read_request,
    .instruct = instruct,
    .read_event = read_event,
    .read_body = read_body,
    .error_body = dialect_openai_error,
    .error_event = error_event,
};
