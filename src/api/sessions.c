/*
 * /v1/sessions: the named parts of a vault, listed, shown, forgotten and
 * searched.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "api/deletion.h"
#include "memory/entry.h"
#include "store/browse.h"
#include "store/session.h"
#include "turn/query.h"

#include "base/banned.h"

enum {
    LIST_DEFAULT    = 1000,
    SEARCH_DEFAULT  = 10,
    SEARCH_MOST     = 100,
    TOKENS_MOST     = 1 << 20,
    REPLY_MAX_BYTES = 16 << 20,
};

static enum status
not_found(struct error *err)
{
    return refused(err, ERR_NOT_FOUND, "session_not_found",
                   "GET /v1/sessions lists those that there are.",
                   "There is no such session");
}

/* The id in /v1/sessions/ID, with `end` behind it. */
static enum status
read_name(const struct request *r, const char *end, struct str *name,
          struct error *err)
{
    struct str part = str_slice(r->path, strlen("/v1/sessions/"),
                                r->path.len);

    if (str_ends(part, str_from(end)))
        part = str_slice(part, 0, part.len - strlen(end));
    *name = entry_session(request_unescape(r, part));
    return name->len && entry_is_session(*name) ? OK : not_found(err);
}

/* total   how many there are, on all pages; or NULL */
static enum status
find(const struct caller *who, int64_t above, struct str name, size_t limit,
     struct session_row **list, size_t *count, int64_t *total,
     struct error *err)
{
    struct arena   *a = who->call->request->arena;
    int64_t         vault_id = who->access.vault_id;
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = session_list(conn, a, vault_id, above, name, limit, list, count,
                      err);
    if (st == OK && total)
        st = session_count(conn, a, vault_id, total, err);
    db_return(db, conn);
    return st;
}

static void
add_session(struct buf *b, const struct caller *who,
            const struct session_row *s)
{
    buf_add(b, STR("{\"session_id\":"));
    json_add_string(b, s->name);
    buf_add(b, STR(",\"memory_key\":"));
    json_add_string(b, caller_key_name(who));
    buf_printf(b, ",\"created_at\":%lld,\"last_used_at\":%lld,"
               "\"chunk_count\":%lld,\"memories\":%lld,\"token_count\":%lld}",
               (long long)s->created_ms, (long long)s->last_used_ms,
               (long long)s->memories, (long long)s->memories,
               (long long)s->tokens);
}

static enum status
list_sessions(struct caller *who, struct buf *b, struct error *err)
{
    const struct request *r = who->call->request;
    int64_t               above = 0, limit = LIST_DEFAULT, total = 0;
    struct session_row   *list;
    size_t                count;
    enum status           st = caller_cursor(r, &above, err);

    if (st == OK)
        st = caller_query_number(r, "limit", 1, LIST_DEFAULT, &limit, err);
    if (st == OK)
        st = find(who, above, STR_NONE, (size_t)limit, &list, &count, &total,
                  err);
    if (st != OK)
        return st;
    buf_add(b, STR("{\"sessions\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_session(b, who, &list[i]);
    }
    buf_printf(b, "],\"total\":%lld,\"next_cursor\":", (long long)total);
    if (count && count == (size_t)limit)
        buf_printf(b, "\"%lld\"", (long long)list[count - 1].id);
    else
        buf_add(b, STR("null"));
    buf_add(b, STR(",\"memory_key\":"));
    json_add_string(b, caller_key_name(who));
    buf_add_byte(b, '}');
    return OK;
}

void
sessions_list(struct call *c)
{
    struct buf   *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct caller who;
    struct error  err;
    enum status   st = caller_check(c, &who, &err);

    if (st == OK)
        st = caller_catch_up(&who, &err);
    if (st == OK)
        st = list_sessions(&who, b, &err);
    caller_answer(c, "sessions", st, b, &err);
}

/* Searching one: by a question, or what was said last. */

static void
add_results(struct buf *b, const struct caller *who, struct str name,
            struct str question)
{
    buf_add(b, STR("{\"session_id\":"));
    json_add_string(b, name);
    buf_add(b, STR(",\"memory_key\":"));
    json_add_string(b, caller_key_name(who));
    buf_add(b, STR(",\"query\":"));
    json_add_string(b, question.len ? question : STR("(recent)"));
    buf_add(b, STR(",\"results\":["));
}

static void
add_result(struct buf *b, size_t i, const struct memory_row *row,
           double score, const char *window)
{
    buf_add(b, i ? STR(",{") : STR("{"));
    entry_add(b, row);
    buf_printf(b, ",\"token_count\":%lld,\"similarity\":%.4f,\"score\":%.4f,"
               "\"window\":\"%s\",\"model\":null}", (long long)row->tokens,
               score, score, window);
}

static enum status
search_for(struct caller *who, struct recall_query *q, struct buf *b,
           struct error *err)
{
    struct call         *c = who->call;
    struct recall_answer found;
    enum status st = query_find(c->service, c->request->arena, c->request_id,
                                q, &found, err);

    if (st != OK)
        return st;
    for (size_t i = 0; i < found.count; i++)
        add_result(b, i, &found.hits[i].row, rank_share(found.hits[i].score),
                   windows_name(found.hits[i].window));
    buf_printf(b, "],\"total\":%zu}", found.count);
    return OK;
}

static enum status
search_recent(struct caller *who, const struct recall_query *q,
              int64_t session_id, struct buf *b, struct error *err)
{
    struct db         *db = who->call->service->db;
    struct browse      at = caller_browse(who);
    struct memory_row *rows;
    size_t             count;
    struct db_conn    *conn;
    enum status        st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    at.session_id = session_id;
    st = browse_page(conn, who->call->request->arena, &at, q->select.limit,
                     &rows, &count, err);
    db_return(db, conn);
    for (size_t i = 0; st == OK && i < count; i++)
        add_result(b, i, &rows[i], 1,
                   windows_name(windows_find(&q->select.windows,
                                             rows[i].occurred_ms)));
    buf_printf(b, "],\"total\":%zu}", count);
    return st;
}

static enum status
search(struct caller *who, const struct session_row *session, struct buf *b,
       struct error *err)
{
    struct call        *c = who->call;
    struct recall_query q = query_of(c->service->conf, &who->access,
                                     c->now_ms);
    int64_t             limit = SEARCH_DEFAULT;
    enum status         st = caller_query_number(
        c->request, "limit", 0, SEARCH_MOST, &limit, err);

    if (st != OK)
        return st;
    q.question = str_trim(request_query(c->request, "q"));
    q.session = session->name;
    q.scope = SCOPE_EXCLUSIVE;
    q.select.limit = limit > 0 ? (size_t)limit : 1;
    q.select.token_budget = TOKENS_MOST;
    add_results(b, who, session->name, q.question);
    return q.question.len ? search_for(who, &q, b, err)
                          : search_recent(who, &q, session->id, b, err);
}

void
sessions_get(struct call *c)
{
    struct buf         *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    bool                search_it = str_ends(c->request->path,
                                             STR("/search"));
    struct session_row *list;
    size_t              count = 0;
    struct caller       who;
    struct error        err;
    struct str          name;
    enum status         st = caller_check(c, &who, &err);

    if (st == OK)
        st = caller_catch_up(&who, &err);
    if (st == OK)
        st = read_name(c->request, search_it ? "/search" : "", &name, &err);
    if (st == OK)
        st = find(&who, 0, name, 1, &list, &count, NULL, &err);
    if (st == OK && count == 0)
        st = not_found(&err);
    if (st == OK && search_it)
        st = search(&who, &list[0], b, &err);
    else if (st == OK)
        add_session(b, &who, &list[0]);
    caller_answer(c, "session", st, b, &err);
}

/* Forgetting one. */

static enum status
forget(struct caller *who, struct str name, struct forget_receipt *receipt,
       struct error *err)
{
    struct audit_actor by = caller_actor(who);
    struct db         *db = who->call->service->db;
    struct db_conn    *conn;
    enum status        st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = forget_session(conn, who->call->request->arena,
                        who->access.vault_id, name, &by, receipt, err);
    db_return(db, conn);
    if (st == OK)
        deletion_renew_index(who, false);
    return st == ERR_NOT_FOUND ? not_found(err) : st;
}

void
sessions_remove(struct call *c)
{
    struct buf           *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct forget_receipt receipt;
    struct caller         who;
    struct error          err;
    struct str            name;
    enum status           st = caller_check_writer(c, &who, &err);

    if (st == OK)
        st = caller_catch_up(&who, &err);
    if (st == OK)
        st = read_name(c->request, "", &name, &err);
    if (st == OK)
        st = forget(&who, name, &receipt, &err);
    if (st == OK) {
        buf_add(b, STR("{\"deleted\":true,\"session_id\":"));
        json_add_string(b, name);
        buf_add(b, STR(",\"memory_key\":"));
        json_add_string(b, caller_key_name(&who));
        deletion_add(b, &who, &receipt);
        buf_add_byte(b, '}');
    }
    caller_answer(c, "session", st, b, &err);
}
