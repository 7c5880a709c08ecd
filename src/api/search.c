/* POST /v1/memory/search: what the vault remembers, told to its owner. */
#include "api/endpoints.h"

#include <math.h>

#include "api/caller.h"
#include "api/explanation.h"
#include "memory/entry.h"
#include "memory/render.h"
#include "platform/clock.h"
#include "turn/query.h"
#include "turn/report.h"

#include "base/banned.h"

enum {
    LIMIT_DEFAULT = 10,
    LIMIT_MOST = 100,
    EXPLAINED = 100,       /* of those that were not chosen */
    TOKENS_MOST = 1 << 20,
    REPLY_MAX_BYTES = 16 << 20,
};

/* One search. */
struct search {
    struct caller        who;
    struct recall_query  query;
    struct recall_answer found;
    bool                 explain;
};

static enum status
wrong(struct error *err, const char *hint, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_request", hint, "%s", what);
}

static enum status
read_question(struct search *s, struct error *err)
{
    struct json query = json_member(&s->who.body, "query");

    s->query.question = json_text(s->who.call->request->arena, &query);
    if (query.type != JSON_STRING ||
        str_trim(s->query.question).len == 0)
        return wrong(err, "Send {\"query\": \"what to look for\"}.",
                     "Missing required field: query (must be a string that "
                     "is not empty)");
    return OK;
}

/* Also the other routes' names for it. */
static enum status
read_limit(struct search *s, struct error *err)
{
    static const char *const names[] = { "limit", "memory_limit",
                                         "context_limit" };
    int64_t limit = LIMIT_DEFAULT;

    for (size_t i = COUNT(names); i-- > 0;) {
        struct json value = json_member(&s->who.body, names[i]);

        if (value.type == JSON_NONE || value.type == JSON_NULL)
            continue;
        if (!json_int(&value, &limit) || limit < 1)
            return wrong(err, "Send a whole number from 1 to 100.",
                         "The limit is no number of memories");
    }
    s->query.select.limit = (size_t)(limit > LIMIT_MOST ? LIMIT_MOST : limit);
    return OK;
}

/* A time: milliseconds since 1970, or ISO 8601. */
static enum status
read_time(struct search *s, const char *name, int64_t *ms, struct error *err)
{
    struct json value = json_member(&s->who.body, name);

    if (value.type == JSON_NONE || value.type == JSON_NULL ||
        entry_time(s->who.call->request->arena, &value, ms))
        return OK;
    return wrong(err, "Send milliseconds since 1970, or a date like "
                 "2026-11-23T19:30:00Z.",
                 "The time range (after, before) is no time");
}

static enum status
read_role(struct search *s, struct error *err)
{
    static const enum match_role roles[] = {
        [ROLE_USER] = MATCH_ROLE_USER,
        [ROLE_ASSISTANT] = MATCH_ROLE_ASSISTANT,
        [ROLE_SYSTEM] = MATCH_ROLE_SYSTEM,
    };
    struct json value = json_member(&s->who.body, "role");
    enum role   role;

    if (value.type == JSON_NONE || value.type == JSON_NULL)
        return OK;
    if (!entry_role(json_text(s->who.call->request->arena, &value), &role))
        return wrong(err, "Send user, assistant or system.",
                     "The role is not known");
    s->query.filter.role = roles[role];
    return OK;
}

/* The least score, from 0 to 1 as it is told. */
static enum status
read_min_score(struct search *s, struct error *err)
{
    struct json value = json_member(&s->who.body, "min_score");
    double      score;

    if (value.type == JSON_NONE || value.type == JSON_NULL)
        return OK;
    if (!json_double(&value, &score) || score < 0 || score > 1)
        return wrong(err, "Send a number from 0 to 1.",
                     "The field min_score is no score");
    s->query.min_share = fmax(s->query.min_share, score);
    return OK;
}

static enum status
read_explain(struct search *s, struct error *err)
{
    struct json value = json_member(&s->who.body, "explain");

    if (value.type != JSON_NONE && value.type != JSON_NULL &&
        value.type != JSON_BOOL)
        return wrong(err, "Send true or false.",
                     "The field explain is no truth value");
    s->explain = json_is_true(&value);
    s->query.keep = s->explain ? EXPLAINED : 0;
    return OK;
}

static enum status
read_search(struct search *s, struct error *err)
{
    const struct service *service = s->who.call->service;
    enum status           st = caller_read_object(&s->who, err);

    if (st != OK)
        return st;
    s->query = query_of(service->conf, &s->who.access, s->who.call->now_ms);
    s->query.session = s->who.options.session;
    s->query.scope = s->who.options.scope;
    s->query.select.token_budget = TOKENS_MOST;
    s->query.select.related_too = true;
    if ((st = read_question(s, err)) != OK ||
        (st = read_limit(s, err)) != OK ||
        (st = read_time(s, "after", &s->query.filter.from_ms, err)) != OK ||
        (st = read_time(s, "before", &s->query.filter.to_ms, err)) != OK ||
        (st = read_role(s, err)) != OK ||
        (st = read_explain(s, err)) != OK)
        return st;
    return read_min_score(s, err);
}

/* The answer. */

static void
add_hit(struct buf *b, const struct hit *hit)
{
    buf_add_byte(b, '{');
    entry_add(b, &hit->row);
    buf_add(b, STR(",\"text\":"));
    json_add_string(b, hit->row.text);
    buf_printf(b, ",\"score\":%.4f,\"window\":\"%s\"%s}",
               rank_share(hit->score), windows_name(hit->window),
               hit->earlier ? ",\"earlier\":true" : "");
}

static void
add_hits(struct buf *b, const char *name, const struct recall_answer *found)
{
    buf_printf(b, ",\"%s\":[", name);
    for (size_t i = 0; i < found->count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_hit(b, &found->hits[i]);
    }
    buf_add_byte(b, ']');
}

static void
write_answer(const struct search *s, struct buf *b)
{
    buf_add(b, STR("{\"query\":"));
    json_add_string(b, s->query.question);
    buf_printf(b, ",\"total\":%zu,\"session_id\":", s->found.count);
    json_add_or_null(b, s->query.session);
    add_hits(b, "results", &s->found);
    add_hits(b, "memories", &s->found);
    if (s->explain) {
        buf_add(b, STR(",\"explain\":"));
        explanation_add(b, s->who.call->request->arena, &s->found);
    }
    buf_add_byte(b, '}');
}

/* The headers that every memory route has; nothing is injected here. */
static void
add_headers(struct call *c, const struct search *s, enum status st)
{
    const struct recall_answer *found = &s->found;
    struct report report = {
        .mode = s->who.options.mode,
        .session = s->who.options.session,
        .ids = report_ids(c->request->arena, found->hits, found->count),
        .memories = (int64_t)found->count,
        .format = "none",
        .embed_us = found->embed_us,
        .search_us = found->search_us,
        .start_us = c->start_us,
    };

    for (size_t i = 0; i < found->count; i++)
        report.tokens += (int64_t)render_tokens(&found->hits[i]);
    report_status(c->reply, st == ERR_TIMEOUT ? MEMORY_TIMEOUT
                            : st != OK        ? MEMORY_ERROR
                            : found->count    ? MEMORY_HIT
                                              : MEMORY_EMPTY);
    report_add(c->reply, &report);
}

void
search_post(struct call *c)
{
    struct search s = { .explain = false };
    struct buf   *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error  err;
    enum status   st = caller_check(c, &s.who, &err);

    if (st == OK)
        st = caller_catch_up(&s.who, &err);
    if (st == OK)
        st = read_search(&s, &err);
    if (st == OK) {
        st = query_find(c->service, c->request->arena, c->request_id,
                        &s.query, &s.found, &err);
        add_headers(c, &s, st);
    }
    if (st == OK)
        write_answer(&s, b);
    caller_answer(c, "search", st, b, &err);
}
