/* The demo provider: a chat completion made of what was recalled. */
#include "provider/demo.h"

#include "platform/clock.h"
#include "platform/json.h"

#include "base/banned.h"

enum { DEMO_MAX_BYTES = 4 << 20, DEMO_PIECE_BYTES = 24, BYTES_A_TOKEN = 4 };

static struct str
answer(struct arena *a, struct str memories)
{
    struct buf *b = buf_new(a, DEMO_MAX_BYTES);

    buf_add(b, STR("This is the demo provider, not a model. "));
    if (memories.len) {
        buf_add(b, STR("I remember:\n"));
        buf_add(b, memories);
    } else {
        buf_add(b, STR("I remember nothing about this yet; what you say is "
                       "remembered from now on."));
    }
    return buf_str(b);
}

static void
begin_object(struct buf *b, const struct demo_call *call, struct str model,
             const char *kind)
{
    buf_printf(b, "{\"id\":\"chatcmpl-demo-%.*s\",\"object\":\"%s\","
               "\"created\":%lld,\"model\":", STR_ARG(call->id), kind,
               (long long)(call->now_ms / 1000));
    json_add_string(b, model);
    buf_add(b, STR(",\"choices\":[{\"index\":0,"));
}

static enum status
send_whole(struct buf *b, const struct demo_call *call, struct str model,
           struct str text, const struct http_events *events,
           struct error *err)
{
    size_t in = call->body.len / BYTES_A_TOKEN;
    size_t out = text.len / BYTES_A_TOKEN + 1;

    begin_object(b, call, model, "chat.completion");
    buf_add(b, STR("\"message\":{\"role\":\"assistant\",\"content\":"));
    json_add_string(b, text);
    buf_printf(b, "},\"finish_reason\":\"stop\"}],\"usage\":{"
               "\"prompt_tokens\":%zu,\"completion_tokens\":%zu,"
               "\"total_tokens\":%zu}}", in, out, in + out);
    return events->body(events->owner, buf_str(b), err);
}

static enum status
send_chunk(struct buf *b, const struct demo_call *call, struct str model,
           struct str delta, const char *finish,
           const struct http_events *events, struct error *err)
{
    buf_clear(b);
    buf_add(b, STR("data: "));
    begin_object(b, call, model, "chat.completion.chunk");
    buf_add(b, STR("\"delta\":{"));
    buf_add(b, delta);
    buf_printf(b, "},\"finish_reason\":%s}]}\n\n", finish);
    return events->body(events->owner, buf_str(b), err);
}

/* The next piece of the text: up to a space, never inside a code point. */
static struct str
next_piece(struct str *text)
{
    struct str piece;
    size_t     end = text->len < DEMO_PIECE_BYTES ? text->len
                                                  : DEMO_PIECE_BYTES;

    while (end < text->len && ((unsigned char)text->ptr[end] & 0xC0) == 0x80)
        end++;
    piece = str_slice(*text, 0, end);
    *text = str_slice(*text, end, text->len);
    return piece;
}

static enum status
send_stream(struct buf *b, struct arena *a, const struct demo_call *call,
            struct str model, struct str text,
            const struct http_events *events, struct error *err)
{
    struct buf *delta = buf_new(a, DEMO_PIECE_BYTES * 8 + 64);
    enum status st;

    st = send_chunk(b, call, model, STR("\"role\":\"assistant\","
                    "\"content\":\"\""), "null", events, err);
    while (st == OK && text.len) {
        buf_clear(delta);
        buf_add(delta, STR("\"content\":"));
        json_add_string(delta, next_piece(&text));
        st = send_chunk(b, call, model, buf_str(delta), "null", events, err);
    }
    if (st == OK)
        st = send_chunk(b, call, model, STR_NONE, "\"stop\"", events, err);
    if (st == OK)
        st = events->body(events->owner, STR("data: [DONE]\n\n"), err);
    return st;
}

enum status
demo_run(struct arena *a, const struct demo_call *call,
         const struct http_events *events, struct http_outcome *outcome,
         struct error *err)
{
    struct http_header  type = { STR("Content-Type"), STR_NONE };
    struct http_headers headers = { &type, 1 };
    struct buf         *b = buf_new(a, DEMO_MAX_BYTES);
    struct json         root, model, stream;
    struct str          name;
    enum status         st = json_parse(call->body, JSON_DEPTH_MAX, &root, err);

    if (st != OK)
        return st; /* it was read before: our own mistake */
    model = json_member(&root, "model");
    stream = json_member(&root, "stream");
    name = json_text(a, &model);
    type.value = json_is_true(&stream) ? STR("text/event-stream")
                                       : STR("application/json");
    *outcome = (struct http_outcome){ 200, true, false, clock_tick_us() };
    st = events->head(events->owner, 200, &headers, err);
    if (st != OK)
        return st;
    return json_is_true(&stream)
               ? send_stream(b, a, call, name, answer(a, call->memories),
                             events, err)
               : send_whole(b, call, name, answer(a, call->memories), events,
                            err);
}
