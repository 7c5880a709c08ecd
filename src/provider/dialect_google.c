/* Google's generateContent.  The model and the action stand in the path. */
#include "provider/message.h"

#include "base/banned.h"

static const struct shape shape = {
    .content = "parts",
    .text_types = "",
    .user_roles = "|user",
    .model_roles = "model",
    .system_roles = "",
    .text_part = "{\"text\":\"",
};

/* Reading a request. */

/* What a function gave comes as a user message; text beside it is the
 * user's. */
static bool
is_tool_result(struct arena *a, const struct json *message)
{
    struct json      parts = json_member(message, "parts");
    struct json_item part = { 0 };
    bool             has_result = false, has_text = false;

    (void)a;
    while (json_next(&parts, &part)) {
        struct json camel = json_member(&part.value, "functionResponse");
        struct json snake = json_member(&part.value, "function_response");
        struct json text = json_member(&part.value, "text");

        has_result = has_result || camel.type == JSON_OBJECT ||
                     snake.type == JSON_OBJECT;
        has_text = has_text || text.type == JSON_STRING;
    }
    return has_result && !has_text;
}

/* The member that holds the system text, in the caller's own spelling. */
static struct json
find_instructions(const struct prompt *p)
{
    struct json snake = json_member(&p->root, "system_instruction");

    return snake.type != JSON_NONE ? snake
                                   : json_member(&p->root, "systemInstruction");
}

static enum status
read_request(struct arena *a, struct str body, size_t depth, struct prompt *p,
             struct error *err)
{
    struct json instructions, parts;
    enum status st = message_read_root(a, body, depth, false, p, err);

    if (st != OK)
        return st;
    p->list = json_member(&p->root, "contents");
    st = message_check_list(p, ": contents (must be a non-empty array)",
                            "Send contents as [{\"role\": \"user\", "
                            "\"parts\": [{\"text\": \"...\"}]}].", err);
    if (st != OK)
        return st;
    instructions = find_instructions(p);
    parts = json_member(&instructions, "parts");
    (void)message_text(a, &shape, &parts, &p->instructions);
    message_scan(a, &shape, is_tool_result, p);
    return OK;
}

/* Editing it. */

static void
instruct(const struct prompt *p, struct str text, struct splice *s)
{
    struct json old = find_instructions(p);
    struct json parts = json_member(&old, "parts");

    if (old.type == JSON_NONE)
        splice_insert(s, p->root.raw.ptr + 1,
                      message_quote(s->arena, "\"systemInstruction\":{"
                                    "\"parts\":[{\"text\":\"", text,
                                    "\"}]},"));
    else if (parts.type == JSON_ARRAY)
        message_append(&shape, &parts, text, s);
    else
        splice_replace(s, old.raw,
                       message_quote(s->arena, "{\"parts\":[{\"text\":\"",
                                     text, "\"}]}"));
}

/* Reading a reply. */

static void
read_candidate(struct reading *r, const struct json *root)
{
    struct json      candidates = json_member(root, "candidates");
    struct json_item first = { 0 };
    struct json      content, parts, reason;
    struct place     place;

    if (!json_next(&candidates, &first))
        return;
    content = json_member(&first.value, "content");
    parts = json_member(&content, "parts");
    reason = json_member(&first.value, "finishReason");
    buf_add(&r->text, message_text(&r->scratch, &shape, &parts, &place));
    if (reason.type == JSON_STRING)
        r->done = true;
}

static void
read_usage(struct reading *r, const struct json *root)
{
    static const char *const outputs[] = {
        "candidatesTokenCount", "thoughtsTokenCount",
    };
    struct json usage = json_member(root, "usageMetadata");
    struct json in = json_member(&usage, "promptTokenCount");
    int64_t     number, sum = 0;
    bool        said = false;

    if (json_int(&in, &number) && number >= 0)
        r->input_tokens = number;
    for (size_t i = 0; i < COUNT(outputs); i++) {
        struct json out = json_member(&usage, outputs[i]);

        if (json_int(&out, &number) && number >= 0 &&
            !__builtin_add_overflow(sum, number, &sum))
            said = true;
    }
    if (said)
        r->output_tokens = sum;
}

/* A reply, or the list of replies that a stream without alt=sse is. */
static void
read_reply(struct reading *r, const struct json *root)
{
    struct json_item item = { 0 };

    if (root->type == JSON_OBJECT) {
        read_candidate(r, root);
        read_usage(r, root);
    }
    while (root->type == JSON_ARRAY && json_next(root, &item)) {
        read_candidate(r, &item.value);
        read_usage(r, &item.value);
    }
}

/* Errors. */

/* Source: google.rpc.Code and its mapping to HTTP. */
static const char *
status_name(int http)
{
    switch (http) {
    case 400: case 405: case 413: case 422: return "INVALID_ARGUMENT";
    case 401: return "UNAUTHENTICATED";
    case 402: return "PAYMENT_REQUIRED"; /* as the compatible service */
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 409: return "ABORTED";
    case 429: return "RESOURCE_EXHAUSTED";
    case 502: case 503: return "UNAVAILABLE";
    case 504: return "DEADLINE_EXCEEDED";
    default: return "INTERNAL";
    }
}

static struct str
error_json(struct arena *a, const struct error *err)
{
    struct buf *b = buf_new(a, 8192);
    int         http = error_http(err->status);

    buf_printf(b, "{\"error\":{\"code\":%d,\"message\":", http);
    json_add_string(b, str_from(error_sentence(err)));
    buf_printf(b, ",\"status\":\"%s\"", status_name(http));
    dialect_end_error(b, err);
    buf_add(b, STR("}"));
    return buf_str(b);
}

static struct str
error_event(struct arena *a, const struct error *err)
{
    return dialect_event(a, "", error_json(a, err));
}

const struct dialect dialect_google = {
    .id = DIALECT_GOOGLE,
    .name = "google",
    .shape = &shape,
    .read = read_request,
    .instruct = instruct,
    .read_event = read_reply,
    .read_body = read_reply,
    .error_body = error_json,
    .error_event = error_event,
};
