/*
 * POST /v1/memory/prepare: the text that a chat request would have been given,
 * for callers who ask a model themselves.  Nothing is stored and no model is
 * called.  Without memory, for whatever reason, the text is empty: a caller
 * goes on without it, as a chat does.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "memory/entry.h"
#include "memory/render.h"
#include "provider/message.h"
#include "turn/query.h"

#include "base/banned.h"

enum {
    REPLY_MAX_BYTES = 16 << 20,
    TOKENS_MOST     = 1 << 20,
    LIMIT_MOST      = 1000,
};

struct prepare {
    struct caller        who;
    struct prompt        prompt;
    struct recall_query  query;
    struct recall_answer found;
    struct str           text;
    size_t               tokens;
    const char          *status;  /* as X-Memory-Status says it */
};

static const struct shape shapes[] = {
    {
        .content = "content",
        .text_types = "text|input_text|output_text",
        .user_roles = "user|human",
        .model_roles = "assistant|ai",
        .system_roles = "system|developer",
    },
    {
        .content = "parts",
        .text_types = "",
        .user_roles = "user",
        .model_roles = "model",
        .system_roles = "",
    },
};

/* How many times the default of memories and tokens. */
static const struct {
    const char *name;
    double      factor;
} densities[] = {
    { "low", 0.5 }, { "default", 1 }, { "high", 2 }, { "xhigh", 4 },
};

static bool
is_tool_result(struct arena *a, const struct json *message)
{
    return message_has_role(a, message, "tool|function");
}

static enum status
missing(struct error *err)
{
    return refused(err, ERR_INPUT, "missing_field",
                   "Send {\"messages\": [{\"role\": \"user\", \"content\": "
                   "\"...\"}]}.", "Missing required field: messages (must be "
                   "a non-empty array)");
}

/* A single question, as the conversation that it is. */
static enum status
read_question(struct prepare *p, struct error *err)
{
    static const char *const names[] = { "query", "message", "prompt" };
    struct arena            *a = p->who.call->request->arena;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct json v = json_member(&p->who.body, names[i]);

        if (v.type != JSON_STRING)
            continue;
        p->prompt.document = message_quote(
            a, "{\"messages\":[{\"role\":\"user\",\"content\":\"",
            json_text(a, &v), "\"}]}");
        return json_parse(p->prompt.document, STREAM_JSON_DEPTH,
                          &p->prompt.root, err);
    }
    return missing(err);
}

static bool
has_parts(const struct json *list)
{
    struct json_item first = { 0 };

    return json_next(list, &first) &&
           json_member(&first.value, "parts").type == JSON_ARRAY;
}

static enum status
read_prompt(struct prepare *p, struct error *err)
{
    struct arena *a = p->who.call->request->arena;
    struct json   list = json_member(&p->who.body, "messages");
    enum status   st = OK;

    p->prompt.document = p->who.call->request->body;
    p->prompt.root = p->who.body;
    if (list.type == JSON_NONE || list.type == JSON_NULL)
        list = json_member(&p->who.body, "contents");
    if (list.type == JSON_NONE || list.type == JSON_NULL) {
        st = read_question(p, err);
        list = json_member(&p->prompt.root, "messages");
    }
    if (st != OK)
        return st;
    p->prompt.list = list;
    st = message_check_list(&p->prompt,
                            ": messages (must be a non-empty array)",
                            "Send messages as [{\"role\": \"user\", "
                            "\"content\": \"...\"}].", err);
    if (st == OK)
        message_scan(a, &shapes[has_parts(&list)], is_tool_result,
                     &p->prompt);
    return st;
}

/* What a request may ask for by the names of all generations. */
static enum status
read_limit(struct prepare *p, const char *name, size_t most, size_t *limit,
           struct error *err)
{
    struct json v = json_member(&p->who.body, name);
    int64_t     number;

    if (v.type == JSON_NONE || v.type == JSON_NULL)
        return OK;
    if (!json_int(&v, &number) || number < 1)
        return refused(err, ERR_INPUT, "invalid_request",
                       "Send a whole number from 1 on.",
                       "The field %s is no number of 1 or more", name);
    *limit = number > (int64_t)most ? most : (size_t)number;
    return OK;
}

static enum status
read_density(struct prepare *p, struct error *err)
{
    struct recall_query *q = &p->query;
    struct json          v = json_member(&p->who.body, "density");
    struct str name = json_text(p->who.call->request->arena, &v);

    if (v.type == JSON_NONE || v.type == JSON_NULL)
        return OK;
    for (size_t i = 0; i < COUNT(densities); i++) {
        double f = densities[i].factor;

        if (!str_equal(name, str_from(densities[i].name)))
            continue;
        q->select.limit = (size_t)((double)q->select.limit * f + 0.5);
        q->select.token_budget = (size_t)((double)q->select.token_budget * f);
        if (q->select.limit < 1)
            q->select.limit = 1;
        return OK;
    }
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send low, default, high or xhigh.",
                   "The density is not known");
}

static enum status
read_request(struct prepare *p, struct error *err)
{
    struct recall_query *q = &p->query;
    enum status          st = caller_read_object(&p->who, err);

    if (st != OK || (st = read_prompt(p, err)) != OK)
        return st;
    *q = query_of(p->who.call->service->conf, &p->who.access,
                  p->who.call->now_ms);
    q->question = p->prompt.query;
    q->session = p->who.options.session;
    q->scope = p->who.options.scope;
    q->select.limit = p->who.options.limit;
    if ((st = read_density(p, err)) != OK ||
        (st = read_limit(p, "limit", LIMIT_MOST, &q->select.limit,
                         err)) != OK ||
        (st = read_limit(p, "memory_limit", LIMIT_MOST, &q->select.limit,
                         err)) != OK ||
        (st = read_limit(p, "context_limit", LIMIT_MOST, &q->select.limit,
                         err)) != OK)
        return st;
    return read_limit(p, "max_tokens", TOKENS_MOST, &q->select.token_budget,
                      err);
}

/* A format is the name of a model family that has it. */
static struct str
render_model(struct prepare *p)
{
    static const struct {
        const char *format, *model;
    } formats[] = {
        { "xml", "claude" }, { "markdown", "gpt" }, { "brackets", "llama" },
        { "plain", "" },
    };
    struct arena *a = p->who.call->request->arena;
    struct json   format = json_member(&p->who.body, "format");
    struct json   model = json_member(&p->who.body, "model");
    struct str    name = json_text(a, &format);

    for (size_t i = 0; i < COUNT(formats); i++)
        if (str_equal(name, str_from(formats[i].format)))
            return str_from(formats[i].model);
    return json_text(a, &model);
}

/* Fails open, as a turn does. */
static void
find(struct prepare *p)
{
    struct call          *c = p->who.call;
    const struct service *s = c->service;
    struct error          err;
    enum status           st = OK;

    p->status = "off";
    if (!options_recalls(&p->who.options))
        return;
    p->status = "skipped";
    if (str_trim(p->query.question).len == 0)
        return;
    st = recall_find(s->recall, s->db, c->request->arena, &p->query,
                     &p->found, &err);
    query_log(c->request_id, &p->found);
    if (st != OK) {
        p->status = st == ERR_TIMEOUT ? "timeout" : "error";
        p->found.count = 0;
        log_error(LOG_WARN, "prepare", &err);
        return;
    }
    p->status = p->found.count ? "hit" : "empty";
    p->text = render_memories(c->request->arena, render_model(p),
                              p->found.hits, p->found.count);
    for (size_t i = 0; i < p->found.count; i++)
        p->tokens += render_tokens(&p->found.hits[i]);
}

static void
add_text(struct buf *b, const char *name, struct str text)
{
    buf_printf(b, "\"%s\":", name);
    json_add_string(b, text);
    buf_add_byte(b, ',');
}

static void
add_memories(struct buf *b, const struct prepare *p)
{
    size_t windows[WINDOW_COUNT] = { 0 };

    buf_add(b, STR(",\"memories\":["));
    for (size_t i = 0; i < p->found.count; i++) {
        const struct hit *hit = &p->found.hits[i];

        windows[hit->window]++;
        buf_add(b, i ? STR(",{") : STR("{"));
        entry_add(b, &hit->row);
        buf_printf(b, ",\"score\":%.4f,\"window\":\"%s\"}",
                   rank_share(hit->score), windows_name(hit->window));
    }
    buf_add(b, STR("],\"window_breakdown\":{"));
    for (size_t i = 0; i < WINDOW_COUNT; i++)
        buf_printf(b, "%s\"%s\":%zu", i ? "," : "",
                   windows_name((enum window)i), windows[i]);
    buf_add_byte(b, '}');
}

static void
write_answer(struct buf *b, const struct prepare *p)
{
    buf_add_byte(b, '{');
    add_text(b, "context", p->text);
    add_text(b, "text", p->text);
    add_text(b, "memory", p->text);
    buf_printf(b, "\"status\":\"%s\",\"tokens\":%zu,\"token_count\":%zu,"
               "\"tokens_billed\":%zu,\"memories_found\":%zu",
               p->status, p->tokens, p->tokens, p->tokens, p->found.count);
    add_memories(b, p);
    buf_add(b, STR(",\"session_id\":"));
    json_add_or_null(b, p->who.options.session);
    buf_add_byte(b, '}');
}

static void
add_headers(struct call *c, const struct prepare *p)
{
    struct buf *ids = buf_new(c->request->arena, 16384);

    for (size_t i = 0; i < p->found.count; i++)
        buf_printf(ids, "%s%lld", i ? "," : "",
                   (long long)p->found.hits[i].row.id);
    reply_header(c->reply, "X-Memory-Status", str_from(p->status));
    reply_header(c->reply, "X-Memory-Mode",
                 str_from(options_mode_name(p->who.options.mode)));
    if (ids->len)
        reply_header(c->reply, "X-Memory-Ids", buf_str(ids));
    reply_header_int(c->reply, "X-Memory-Chunks-Retrieved",
                     (int64_t)p->found.count);
    reply_header_int(c->reply, "X-Memory-Tokens-Retrieved",
                     (int64_t)p->tokens);
    if (p->who.options.session.len)
        reply_header(c->reply, "X-Session-ID", p->who.options.session);
}

static void
answer_text(struct call *c, const struct prepare *p)
{
    struct error ignored;

    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, 200, "text/plain; charset=utf-8",
                             p->text, &ignored));
}

void
memory_prepare(struct call *c)
{
    struct prepare p = { .status = "error" };
    struct buf    *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error   err;
    enum status    st = caller_check(c, &p.who, &err);

    if (st == OK)
        st = caller_catch_up(&p.who, &err);
    if (st == OK)
        st = read_request(&p, &err);
    if (st == OK) {
        find(&p);
        add_headers(c, &p);
        log_str(c->access, "memory", str_from(p.status));
        write_answer(b, &p);
    }
    if (st == OK && str_starts_nocase(request_header(c->request, "accept"),
                                      STR("text/plain")))
        answer_text(c, &p);
    else
        caller_answer(c, "prepare", st, b, &err);
}
