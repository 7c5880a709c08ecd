/* Tools that only read. */
#include "api/mcp_read.h"

#include "api/explanation.h"
#include "api/mcp_arguments.h"
#include "api/mcp_vault.h"
#include "api/memory_stats.h"
#include "platform/clock.h"
#include "turn/query.h"

#include "base/banned.h"

enum {
    LIMIT_DEFAULT = 10,
    CANDIDATES_DEFAULT = 10,
    RECENT = 20,
    TOKENS_MOST = 1 << 20,  /* limits count memories, not tokens */
};

/* A memory. */

/* Appends it without the closing brace. */
static void
add_memory(struct buf *b, struct arena *a, const struct memory_row *row)
{
    buf_add_byte(b, '{');
    entry_add(b, row);
    buf_printf(b, ",\"date\":\"%.*s\"",
               STR_ARG(clock_iso(a, row->occurred_ms)));
}

static void
add_rows(struct buf *b, struct arena *a, const struct memory_row *rows,
         size_t count)
{
    buf_add(b, STR("{\"results\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_memory(b, a, &rows[i]);
        buf_add_byte(b, '}');
    }
    buf_printf(b, "],\"total\":%zu}", count);
}

/* Appends what was found, without the closing brace. */
static void
add_found(struct buf *b, struct arena *a, const struct recall_answer *found)
{
    buf_add(b, STR("{\"results\":["));
    for (size_t i = 0; i < found->count; i++) {
        const struct hit *hit = &found->hits[i];

        buf_add(b, i ? STR(",") : STR(""));
        add_memory(b, a, &hit->row);
        buf_printf(b, ",\"score\":%.4f,\"window\":\"%s\"%s}",
                   rank_share(hit->score), windows_name(hit->window),
                   hit->earlier ? ",\"earlier\":true" : "");
    }
    buf_printf(b, "],\"total\":%zu", found->count);
}

/* Questions. */

/* A session narrows the search as the key's options say; without one all of
 * the vault is asked. */
static enum status
read_scope(struct mcp *m, const struct json *arguments,
           struct recall_query *q, struct error *err)
{
    struct options options;
    enum status    st = caller_options(&m->who, arguments, &options, err);

    if (st != OK)
        return st;
    q->session = options.session;
    q->scope = options.session.len ? options.scope : SCOPE_ALL;
    return OK;
}

static enum match_role
read_role(struct mcp *m, const struct json *arguments)
{
    struct str role = mcp_arguments_text(m->arena, arguments, "role");

    return str_equal(role, STR("user"))        ? MATCH_ROLE_USER
           : str_equal(role, STR("assistant")) ? MATCH_ROLE_ASSISTANT
                                               : MATCH_ROLE_ANY;
}

static enum status
read_query(struct mcp *m, const struct json *arguments,
           struct recall_query *q, struct error *err)
{
    const struct call *c = m->who.call;
    double             least;

    *q = query_of(c->service->conf, &m->who.access, c->now_ms);
    q->question = mcp_arguments_text(m->arena, arguments, "query");
    q->select.limit = (size_t)mcp_arguments_whole(arguments, "limit",
                                                  LIMIT_DEFAULT);
    q->select.token_budget = TOKENS_MOST;
    q->filter.from_ms = mcp_arguments_time(m->arena, arguments, "after", 0);
    q->filter.to_ms = mcp_arguments_time(m->arena, arguments, "before", 0);
    q->filter.role = read_role(m, arguments);
    least = mcp_arguments_number(arguments, "min_score", 0);
    if (least > q->min_share)
        q->min_share = least;
    return read_scope(m, arguments, q, err);
}

static enum status
find(struct mcp *m, const struct recall_query *q, struct recall_answer *found,
     struct error *err)
{
    const struct call *c = m->who.call;
    enum status        st;

    memset(found, 0, sizeof(*found));
    st = recall_find(c->service->recall, c->service->db, m->arena, q, found,
                     err);
    query_log(c->request_id, found);
    return st;
}

enum status
mcp_read_search(struct mcp *m, const struct json *arguments, struct buf *b,
                struct error *err)
{
    struct recall_query  q;
    struct recall_answer found;
    enum status          st = read_query(m, arguments, &q, err);

    if (st == OK)
        st = find(m, &q, &found, err);
    if (st != OK)
        return st;
    add_found(b, m->arena, &found);
    buf_add_byte(b, '}');
    return OK;
}

enum status
mcp_read_explain(struct mcp *m, const struct json *arguments, struct buf *b,
                 struct error *err)
{
    struct recall_query  q;
    struct recall_answer found;
    enum status          st = read_query(m, arguments, &q, err);

    q.keep = (size_t)mcp_arguments_whole(arguments, "candidates",
                                         CANDIDATES_DEFAULT);
    if (st == OK)
        st = find(m, &q, &found, err);
    if (st != OK)
        return st;
    add_found(b, m->arena, &found);
    buf_add(b, STR(",\"explain\":"));
    explanation_add(b, m->arena, &found);
    buf_add_byte(b, '}');
    return OK;
}

/* Dates. */

/* From the first to the last of the times that the words speak of. */
static enum status
read_when(struct mcp *m, struct str when, struct match_filter *filter,
          struct error *err)
{
    struct when_now   now = { m->who.call->now_ms, 0 };
    struct when_range ranges[WHEN_RANGES_MAX];
    size_t            count = when_asked(when, &now, ranges);

    if (count == 0)
        return refused(err, ERR_INPUT, "unknown_time",
                       "Use words like \"last week\", or after and before.",
                       "The argument when names no time in the past");
    filter->from_ms = ranges[0].from_ms;
    filter->to_ms = ranges[0].to_ms;
    for (size_t i = 1; i < count; i++) {
        if (ranges[i].from_ms < filter->from_ms)
            filter->from_ms = ranges[i].from_ms;
        if (ranges[i].to_ms > filter->to_ms)
            filter->to_ms = ranges[i].to_ms;
    }
    return OK;
}

static enum status
read_range(struct mcp *m, const struct json *arguments,
           struct match_filter *filter, struct error *err)
{
    bool named = mcp_arguments_have(arguments, "after") ||
                 mcp_arguments_have(arguments, "before");

    if (mcp_arguments_have(arguments, "when"))
        return named ? refused(err, ERR_INPUT, "invalid_arguments", NULL,
                               "Give when, or after and before, not both")
                     : read_when(m, mcp_arguments_text(m->arena, arguments,
                                                       "when"), filter, err);
    return named ? OK : refused(err, ERR_INPUT, "invalid_arguments", NULL,
                                "Give when, or after, or before");
}

/* Without a question: the newest. */
static enum status
list_dated(struct mcp *m, const struct recall_query *q, struct buf *b,
           struct error *err)
{
    struct memory_row *rows;
    size_t             count;
    struct browse      browse = {
        .session_id = BROWSE_ANY,
        .role = q->filter.role == MATCH_ROLE_USER        ? ROLE_USER
                : q->filter.role == MATCH_ROLE_ASSISTANT ? ROLE_ASSISTANT
                                                         : BROWSE_ANY,
        .from_ms = q->filter.from_ms,
        .to_ms = q->filter.to_ms,
    };
    enum status st = OK;

    if (q->session.len)
        st = mcp_vault_session(m, q->session, &browse.session_id, err);
    if (st == OK)
        st = mcp_vault_page(m, &browse, q->select.limit, &rows, &count, err);
    else if (st == ERR_NOT_FOUND)
        return refused(err, ERR_NOT_FOUND, "unknown_session", NULL,
                       "There is no such session");
    if (st == OK)
        add_rows(b, m->arena, rows, count);
    return st;
}

enum status
mcp_read_dated(struct mcp *m, const struct json *arguments, struct buf *b,
               struct error *err)
{
    struct recall_query  q;
    struct recall_answer found;
    enum status          st = read_query(m, arguments, &q, err);

    if (st == OK)
        st = read_range(m, arguments, &q.filter, err);
    if (st != OK)
        return st;
    if (q.question.len == 0)
        return list_dated(m, &q, b, err);
    if ((st = find(m, &q, &found, err)) != OK)
        return st;
    add_found(b, m->arena, &found);
    buf_add_byte(b, '}');
    return OK;
}

enum status
mcp_read_recent(struct mcp *m, const struct json *arguments, struct buf *b,
                struct error *err)
{
    struct browse      browse = { .session_id = BROWSE_ANY,
                                  .role = BROWSE_ANY };
    struct memory_row *rows;
    size_t             count;
    enum status        st = mcp_vault_page(m, &browse, RECENT, &rows, &count,
                                           err);

    (void)arguments;
    if (st == OK)
        add_rows(b, m->arena, rows, count);
    return st;
}

/* Facts. */

static void
add_version(struct buf *b, struct arena *a, const struct version *v)
{
    buf_printf(b, "{\"version\":%lld,\"content\":", (long long)v->number);
    json_add_string(b, v->text);
    buf_printf(b, ",\"role\":\"%s\",\"date\":\"%.*s\",\"replaced\":\"%.*s\"}",
               role_name(v->role),
               STR_ARG(clock_iso(a, v->occurred_ms)),
               STR_ARG(clock_iso(a, v->replaced_ms)));
}

enum status
mcp_read_inspect(struct mcp *m, const struct json *arguments, struct buf *b,
                 struct error *err)
{
    int64_t           id = mcp_arguments_whole(arguments, "id", 0);
    struct memory_row row;
    struct version   *versions;
    size_t            count;
    enum status st = mcp_vault_one(m, id, &row, &versions, &count, err);

    if (st == ERR_NOT_FOUND)
        return refused(err, ERR_NOT_FOUND, "unknown_memory", NULL,
                       "There is no memory with this id");
    if (st != OK)
        return st;
    buf_add(b, STR("{\"memory\":"));
    add_memory(b, m->arena, &row);
    buf_printf(b, ",\"stored\":\"%.*s\",\"tokens\":%lld,\"partial\":%s",
               STR_ARG(clock_iso(m->arena, row.created_ms)),
               (long long)row.tokens, row.partial ? "true" : "false");
    if (row.duplicate_of)
        buf_printf(b, ",\"same_as\":%lld", (long long)row.duplicate_of);
    buf_add(b, STR("},\"versions\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_version(b, m->arena, &versions[i]);
    }
    buf_add(b, STR("]}"));
    return OK;
}

static void
add_date(struct buf *b, struct arena *a, const char *name, int64_t ms)
{
    if (ms)
        buf_printf(b, ",\"%s\":\"%.*s\"", name, STR_ARG(clock_iso(a, ms)));
}

enum status
mcp_read_status(struct mcp *m, const struct json *arguments, struct buf *b,
                struct error *err)
{
    struct tally t;
    enum status  st = memory_stats_read(&m->who, &t, err);

    (void)arguments;
    if (st != OK)
        return st;
    buf_printf(b, "{\"memories\":%lld,\"repeats\":%lld,\"tokens\":%lld,"
               "\"vectors\":%lld,\"pending\":%lld,\"sessions\":%lld",
               (long long)t.memories, (long long)t.repeats,
               (long long)t.tokens, (long long)t.vectors,
               (long long)t.pending, (long long)t.sessions);
    add_date(b, m->arena, "oldest", t.oldest_ms);
    add_date(b, m->arena, "newest", t.newest_ms);
    add_date(b, m->arena, "last_access", t.last_access_ms);
    buf_printf(b, ",\"may_read\":%s,\"may_write\":%s}",
               m->rights & MCP_READ ? "true" : "false",
               m->rights & MCP_WRITE ? "true" : "false");
    return OK;
}
