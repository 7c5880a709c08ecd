/*
 * POST /v1/memory/prepare: the text that a chat request would have been given,
 * for callers who ask a model themselves.  Nothing is stored and no model is
 * called.  Without memory, for whatever reason, the text is empty: a caller
 * goes on without it, as a chat does.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "memory/entry.h"
#include "provider/message.h"
#include "turn/headers.h"
#include "turn/recollect.h"

#include "base/banned.h"

enum {
    REPLY_MAX_BYTES = 16 << 20,
    TOKENS_MOST     = 1 << 20,
    LIMIT_MOST      = 1000,
};

/* A turn that ends where its text is ready. */
struct prepare {
    struct caller who;
    struct turn  *turn;
};

static const struct shape shapes[] = {
    {
        .content = "content",
        .text_types = "text|input_text|output_text",
        .user_roles = "|user|human",
        .model_roles = "assistant|ai",
        .system_roles = "system|developer",
    },
    {
        .content = "parts",
        .text_types = "",
        .user_roles = "|user",
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

/* A single question, as the conversation that it is. */
static enum status
read_question(struct prepare *p, struct error *err)
{
    static const char *const names[] = { "query", "message", "prompt" };
    struct prompt           *prompt = &p->turn->prompt;
    struct arena            *a = p->turn->arena;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct json v = json_member(&p->who.body, names[i]);

        if (v.type != JSON_STRING)
            continue;
        prompt->document = message_quote(
            a, "{\"messages\":[{\"role\":\"user\",\"content\":\"",
            json_text(a, &v), "\"}]}");
        return json_parse(prompt->document, STREAM_JSON_DEPTH, &prompt->root,
                          err);
    }
    return caller_no_messages(err);
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
    struct prompt *prompt = &p->turn->prompt;
    struct json    list = json_member(&p->who.body, "messages");
    enum status    st = OK;

    prompt->document = p->turn->request->body;
    prompt->root = p->who.body;
    if (list.type == JSON_NONE || list.type == JSON_NULL)
        list = json_member(&p->who.body, "contents");
    if (list.type == JSON_NONE || list.type == JSON_NULL) {
        st = read_question(p, err);
        list = json_member(&prompt->root, "messages");
    }
    if (st != OK)
        return st;
    prompt->list = list;
    st = message_check_list(prompt, ": messages (must be a non-empty array)",
                            "Send messages as [{\"role\": \"user\", "
                            "\"content\": \"...\"}].", err);
    if (st == OK)
        message_scan(p->turn->arena, &shapes[has_parts(&list)],
                     is_tool_result, prompt);
    return st;
}

/* The model tells the fence and the window; nobody is asked, so any name, or
 * none, will do. */
static void
read_model(struct prepare *p)
{
    struct turn *t = p->turn;
    struct json  model = json_member(&p->who.body, "model");
    struct error err;

    t->prompt.model = json_text(t->arena, &model);
    if (t->prompt.model.len &&
        t->prompt.model.len <= MODEL_NAME_MAX_BYTES &&
        providers_find(&t->service->providers, t->prompt.model, &t->route,
                       &err) == OK)
        return;
    t->route = (struct route){ .model = t->prompt.model };
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

/* Who says how many has said it. */
static void
set_density(struct options *o, double factor)
{
    if (!o->limited)
        o->limit = (size_t)((double)o->limit * factor + 0.5);
    o->tokens = (size_t)((double)o->tokens * factor);
    if (o->limit < 1)
        o->limit = 1;
}

static enum status
read_density(struct prepare *p, struct error *err)
{
    struct json v = json_member(&p->who.body, "density");
    struct str  name = json_text(p->turn->arena, &v);

    if (v.type == JSON_NONE || v.type == JSON_NULL)
        return OK;
    for (size_t i = 0; i < COUNT(densities); i++)
        if (str_equal(name, str_from(densities[i].name))) {
            set_density(&p->turn->options, densities[i].factor);
            return OK;
        }
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send low, default, high or xhigh.",
                   "The density is not known");
}

static enum status
read_request(struct prepare *p, struct error *err)
{
    static const char *const names[] = { "limit", "memory_limit",
                                         "context_limit" };
    struct options          *o = &p->turn->options;
    enum status              st = caller_read_object(&p->who, err);

    if (st != OK || (st = read_prompt(p, err)) != OK)
        return st;
    read_model(p);
    *o = p->who.options;
    st = read_density(p, err);
    for (size_t i = 0; i < COUNT(names) && st == OK; i++)
        st = read_limit(p, names[i], LIMIT_MOST, &o->limit, err);
    return st == OK ? read_limit(p, "max_tokens", TOKENS_MOST, &o->tokens,
                                 err) : st;
}

/* A format is the name of a model family that has it. */
static struct str
fence_model(struct prepare *p)
{
    static const struct {
        const char *format, *model;
    } formats[] = {
        { "xml", "claude" }, { "markdown", "gpt" }, { "brackets", "llama" },
        { "plain", "" },
    };
    struct json format = json_member(&p->who.body, "format");
    struct str  name = json_text(p->turn->arena, &format);

    for (size_t i = 0; i < COUNT(formats); i++)
        if (str_equal(name, str_from(formats[i].format)))
            return str_from(formats[i].model);
    return p->turn->route.model;
}

/* Fails open, as a turn does. */
static void
find(struct prepare *p)
{
    struct turn *t = p->turn;
    struct error err;
    enum status  st = recollect_find(t, &err);

    if (st == OK && (t->memory_status == MEMORY_HIT ||
                     t->memory_status == MEMORY_EMPTY) &&
        (st = recollect_compose(t, fence_model(p), &err)) != OK)
        t->memory_status = MEMORY_ERROR;
    if (st == OK)
        return;
    t->found.count = 0;
    t->memories = (struct injection){ 0 };
    log_error(LOG_WARN, "prepare", &err);
}

static void
add_text(struct buf *b, const char *name, struct str text)
{
    buf_printf(b, "\"%s\":", name);
    json_add_string(b, text);
    buf_add_byte(b, ',');
}

static void
add_memories(struct buf *b, const struct recall_answer *found)
{
    size_t windows[WINDOW_COUNT] = { 0 };

    buf_add(b, STR(",\"memories\":["));
    for (size_t i = 0; i < found->count; i++) {
        const struct hit *hit = &found->hits[i];

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
write_answer(struct buf *b, const struct turn *t)
{
    const struct injection *m = &t->memories;
    long long               tokens = (long long)m->tokens;

    buf_add_byte(b, '{');
    add_text(b, "context", m->text);
    add_text(b, "text", m->text);
    add_text(b, "memory", m->text);
    buf_printf(b, "\"status\":\"%s\",\"tokens\":%lld,\"token_count\":%lld,"
               "\"tokens_billed\":%lld,\"memories_found\":%lld",
               turn_memory_status_name(t->memory_status), tokens, tokens,
               tokens, (long long)m->memories);
    add_memories(b, &t->found);
    buf_add(b, STR(",\"session_id\":"));
    json_add_or_null(b, t->options.session);
    buf_add_byte(b, '}');
}

static void
answer_text(struct call *c, struct str text)
{
    struct error ignored;

    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, 200, "text/plain; charset=utf-8", text,
                             &ignored));
}

static enum status
authenticate(struct prepare *p, struct call *c, struct error *err)
{
    struct turn *t = p->turn = chat_turn(c, NULL, TURN_CHAT);
    enum status  st = caller_check(c, &p->who, err);

    t->authenticated = st == OK;
    t->credentials = p->who.credentials;
    t->access = p->who.access;
    return st;
}

void
memory_prepare(struct call *c)
{
    struct prepare p;
    struct buf    *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error   err;
    enum status    st = authenticate(&p, c, &err);

    if (st == OK)
        st = read_request(&p, &err);
    if (st == OK) {
        find(&p);
        headers_add_memory(p.turn, 0);
        log_str(c->access, "memory", str_from(
            turn_memory_status_name(p.turn->memory_status)));
        write_answer(b, p.turn);
    }
    if (st == OK && str_starts_nocase(request_header(c->request, "accept"),
                                      STR("text/plain")))
        answer_text(c, p.turn->memories.text);
    else
        caller_answer(c, "prepare", st, b, &err);
}
