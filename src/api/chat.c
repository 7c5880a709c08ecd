/* Turns: one endpoint for each dialect. */
#include "api/endpoints.h"

#include "api/caller.h"

#include "base/banned.h"

struct turn *
chat_turn(struct call *c, const struct dialect *dialect, enum turn_kind kind)
{
    struct turn *t = arena_new(c->request->arena, struct turn);

    t->service = c->service;
    t->dialect = dialect;
    t->kind = kind;
    t->arena = c->request->arena;
    t->request = c->request;
    t->reply = c->reply;
    t->admission = &c->admission;
    t->request_id = c->request_id;
    t->now_ms = c->now_ms;
    t->start_us = c->start_us;
    return t;
}

void
chat_post(struct call *c)
{
    turn_run(chat_turn(c, &dialect_openai_chat, TURN_CHAT), c->access);
}

void
chat_responses(struct call *c)
{
    turn_run(chat_turn(c, &dialect_openai_responses, TURN_CHAT), c->access);
}

void
chat_messages(struct call *c)
{
    turn_run(chat_turn(c, &dialect_anthropic, TURN_CHAT), c->access);
}

void
chat_count_tokens(struct call *c)
{
    struct turn *t = chat_turn(c, &dialect_anthropic, TURN_COUNT);

    t->url_end = STR("/count_tokens");
    turn_run(t, c->access);
}

/* Google's actions, and what each of them does with memory. */
static const struct {
    const char    *action;
    enum turn_kind kind;
} actions[] = {
    { ":generateContent", TURN_CHAT },
    { ":streamGenerateContent", TURN_CHAT },
    { ":countTokens", TURN_PASS },
    { ":embedContent", TURN_PASS },
    { ":batchEmbedContents", TURN_PASS },
};

/* Behind the last colon, in either spelling, or at the beginning. */
static size_t
behind_colon(struct str path, size_t *colon)
{
    for (*colon = path.len; *colon > 0; (*colon)--) {
        struct str rest = str_slice(path, *colon - 1, path.len);

        if (str_starts(rest, STR(":")))
            return *colon;
        if (str_starts_nocase(rest, STR("%3a")))
            return *colon + 2;
    }
    return 0;
}

/* "/v1beta/models/google/gemini-x:generateContent": the model may hold
 * slashes, so the action begins at the last colon. */
static enum status
read_path(struct call *c, struct turn *t, struct error *err)
{
    struct str path = c->request->path;
    struct str rest = str_slice(path, str_find(path, STR("/models/")) +
                                          STR("/models/").len, path.len);
    size_t     colon, action = behind_colon(rest, &colon);

    if (action) {
        t->path_model = str_slice(rest, 0, colon - 1);
        t->url_end = arena_printf(t->arena, ":%.*s",
                                  STR_ARG(str_slice(rest, action, rest.len)));
    }
    for (size_t i = 0; i < COUNT(actions); i++)
        if (t->path_model.len && t->path_model.len <= MODEL_NAME_MAX_BYTES &&
            str_equal(t->url_end, str_from(actions[i].action))) {
            t->kind = actions[i].kind;
            return OK;
        }
    return refused(err, ERR_INPUT, "unknown_action",
                   "Call /v1beta/models/{model}:generateContent or another "
                   "action of a model.",
                   "There is no such action: %.*s",
                   STR_ARG(str_slice(path, 0, 100)));
}

void
chat_google(struct call *c)
{
    struct turn  *t = chat_turn(c, &dialect_google, TURN_CHAT);
    struct caller who;
    struct error  err, why;

    if (read_path(c, t, &err) != OK) {
        if (caller_check(c, &who, &why) != OK)
            err = why; /* nobody is told more without a key */
        routes_answer_error(c, &err);
        return;
    }
    turn_run(t, c->access);
}
