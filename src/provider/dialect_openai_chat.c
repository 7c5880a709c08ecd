/* OpenAI's chat completions. */
#include "provider/message.h"

#include "base/banned.h"

static const struct shape shape = {
    .content = "content",
    .text_types = "text",
    .user_roles = "user",
    .model_roles = "assistant",
    .system_roles = "system|developer",
    .text_part = "{\"type\":\"text\",\"text\":\"",
};

/* Reading a request. */

static bool
is_tool_result(struct arena *a, const struct json *message)
{
    return message_has_role(a, message, "tool|function");
}

static enum status
read_request(struct arena *a, struct str body, size_t depth, struct prompt *p,
             struct error *err)
{
    enum status st = message_read_root(a, body, depth, true, p, err);

    if (st != OK)
        return st;
    p->list = json_member(&p->root, "messages");
    st = message_check_list(p, ": messages (must be a non-empty array)",
                            "Send messages as [{\"role\": \"user\", "
                            "\"content\": \"...\"}].", err);
    if (st != OK)
        return st;
    message_scan(a, &shape, is_tool_result, p);
    return OK;
}

/* Editing it. */

static void
instruct(const struct prompt *p, struct str text, struct splice *s)
{
    struct json_item first = { 0 };

    if (json_next(&p->list, &first))
        splice_insert(s, first.start,
                      message_quote(s->arena, "{\"role\":\"system\","
                                    "\"content\":\"", text, "\"},"));
}

static bool
ask_usage(const struct prompt *p, struct splice *s)
{
    struct json      options = json_member(&p->root, "stream_options");
    struct json      wanted = json_member(&options, "include_usage");
    struct json_item first = { 0 };

    if (json_is_true(&wanted))
        return false;
    if (wanted.type != JSON_NONE)
        splice_replace(s, wanted.raw, STR("true"));
    else if (options.type == JSON_OBJECT)
        splice_insert(s, options.raw.ptr + 1, json_next(&options, &first)
                          ? STR("\"include_usage\":true,")
                          : STR("\"include_usage\":true"));
    else if (options.type != JSON_NONE)
        splice_replace(s, options.raw, STR("{\"include_usage\":true}"));
    else
        splice_insert(s, p->root.raw.ptr + p->root.raw.len - 1,
                      STR(",\"stream_options\":{\"include_usage\":true}"));
    return true;
}

/* Reading a reply. */

static void
read_usage(struct reading *r, const struct json *root)
{
    struct json usage = json_member(root, "usage");
    struct json in = json_member(&usage, "prompt_tokens");
    struct json out = json_member(&usage, "completion_tokens");
    int64_t     number;

    if (json_int(&in, &number) && number >= 0) {
        r->input_tokens = number;
        r->output_tokens = 0; /* an embedding has none */
    }
    if (json_int(&out, &number) && number >= 0)
        r->output_tokens = number;
}

/* The text of choice 0 under `member`: "delta" in streams, else "message". */
static void
read_choice(struct reading *r, const struct json *root, const char *member)
{
    struct json      choices = json_member(root, "choices");
    struct json_item item = { 0 };

    while (json_next(&choices, &item)) {
        struct json index = json_member(&item.value, "index");
        struct json message = json_member(&item.value, member);
        struct json content = json_member(&message, "content");
        int64_t     number = 0;

        (void)json_int(&index, &number); /* absent: it is the first */
        if (number == 0)
            buf_add(&r->text, json_text(&r->scratch, &content));
    }
}

/* The last chunk of a stream that was asked for its usage has no choice. */
static bool
is_usage(const struct json *root)
{
    struct json      choices = json_member(root, "choices");
    struct json      usage = json_member(root, "usage");
    struct json_item first = { 0 };

    return choices.type == JSON_ARRAY && !json_next(&choices, &first) &&
           usage.type == JSON_OBJECT;
}

static void
read_event(struct reading *r, const struct json *root)
{
    read_choice(r, root, "delta");
    read_usage(r, root);
    r->usage_only = is_usage(root);
}

static void
read_body(struct reading *r, const struct json *root)
{
    read_choice(r, root, "message");
    read_usage(r, root);
}

/* Errors. */

static struct str
error_event(struct arena *a, const struct error *err)
{
    return dialect_event(a, "", dialect_openai_error(a, err));
}

const struct dialect dialect_openai_chat = {
    .id = DIALECT_OPENAI_CHAT,
    .name = "openai_chat",
    .end_mark = "[DONE]",
    .shape = &shape,
    .read = read_request,
    .instruct = instruct,
    .ask_usage = ask_usage,
    .read_event = read_event,
    .read_body = read_body,
    .error_body = dialect_openai_error,
    .error_event = error_event,
};
