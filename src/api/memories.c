/* GET and POST /v1/memories: the list, page by page, and a new one. */
#include "api/endpoints.h"

#include "api/idempotency.h"
#include "api/memory_json.h"
#include "base/utf8.h"
#include "store/browse.h"

#include "base/banned.h"

enum {
    LIMIT_DEFAULT   = 100,
    FILTER_MAX_BYTES = 1024,
    REPLY_MAX_BYTES = 64 << 20,
};

/* Reading what is asked for. */

static enum status
wrong(struct error *err, const char *hint, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_request", hint, "%s", what);
}

/* "d17": downwards from 17. */
static enum status
read_cursor(const struct request *r, struct browse *b, struct error *err)
{
    struct str cursor = request_query(r, "cursor");
    struct str order = request_query(r, "order");

    b->oldest_first = str_equal(order, STR("asc"));
    if (order.len && !b->oldest_first && !str_equal(order, STR("desc")))
        return wrong(err, "Send asc (oldest first) or desc.",
                     "The order is not known");
    if (cursor.len == 0)
        return OK;
    if (cursor.ptr[0] == (b->oldest_first ? 'u' : 'd') &&
        str_to_int(str_slice(cursor, 1, cursor.len), &b->beyond) &&
        b->beyond > 0)
        return OK;
    return wrong(err, "Send the next_cursor of the page before, with the "
                 "same order.", "The cursor is not usable");
}

static enum status
read_time(const struct request *r, const char *name, int64_t *ms,
          struct error *err)
{
    struct str text = request_query(r, name);

    if (text.len == 0 || entry_time_text(text, ms))
        return OK;
    return wrong(err, "Send milliseconds since 1970, or a date like "
                 "2026-11-23T19:30:00Z.",
                 "The time range (after, before) is no time");
}

static enum status
read_role(const struct request *r, struct browse *b, struct error *err)
{
    struct str name = request_query(r, "role");
    enum role  role;

    b->role = BROWSE_ANY;
    if (name.len == 0)
        return OK;
    if (!entry_role(name, &role))
        return wrong(err, "Send user, assistant or system.",
                     "The role is not known");
    b->role = role;
    return OK;
}

static enum status
read_text(const struct request *r, const char *name, struct str *text,
          struct error *err)
{
    *text = request_query(r, name);
    if (text->len <= FILTER_MAX_BYTES && utf8_valid(*text))
        return OK;
    return wrong(err, "Send at most 1024 bytes of UTF-8.",
                 "A filter is no text of at most 1024 bytes");
}

static enum status
read_filters(const struct request *r, struct browse *b, struct error *err)
{
    enum status st = read_cursor(r, b, err);

    if (st != OK || (st = read_role(r, b, err)) != OK ||
        (st = read_time(r, "after", &b->from_ms, err)) != OK ||
        (st = read_time(r, "before", &b->to_ms, err)) != OK ||
        (st = read_text(r, "text", &b->text, err)) != OK ||
        (st = read_text(r, "source", &b->source, err)) != OK ||
        (st = read_text(r, "name", &b->author, err)) != OK)
        return st;
    return b->author.len ? OK : read_text(r, "author", &b->author, err);
}

/* The session's number: of ?session_id=, which may be empty for the core, or
 * of the header. */
static enum status
find_session(const struct caller *who, struct db_conn *conn,
             struct browse *b, bool *exists, struct error *err)
{
    const struct request *r = who->call->request;
    struct str            name = who->options.session;
    enum status           st;

    *exists = true;
    b->session_id = BROWSE_ANY;
    if (request_has_query(r, "session_id"))
        name = entry_session(request_query(r, "session_id"));
    else if (name.len == 0)
        return OK;
    b->session_id = 0;
    if (name.len == 0)
        return OK;
    if (!entry_is_session(name))
        return wrong(err, "Send the id that the session has.",
                     "The session id is not usable");
    st = memory_session(conn, r->arena, who->access.vault_id, name,
                        &b->session_id, err);
    *exists = b->session_id != 0;
    return st;
}

static void
write_page(struct buf *b, const struct browse *filter,
           const struct memory_row *rows, size_t count, bool more)
{
    buf_add(b, STR("{\"object\":\"list\",\"memories\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        memory_json_add(b, &rows[i]);
    }
    buf_printf(b, "],\"has_more\":%s,\"next_cursor\":",
               more ? "true" : "false");
    if (more)
        buf_printf(b, "\"%c%lld\"}", filter->oldest_first ? 'u' : 'd',
                   (long long)rows[count - 1].id);
    else
        buf_add(b, STR("null}"));
}

/* One row more than wanted tells whether there is another page. */
static enum status
list(const struct caller *who, struct db_conn *conn, struct buf *b,
     struct error *err)
{
    const struct request *r = who->call->request;
    struct browse         filter = caller_browse(who);
    struct memory_row    *rows = NULL;
    int64_t               limit = LIMIT_DEFAULT;
    size_t                most, count = 0;
    bool                  exists;
    enum status           st = caller_query_number(
        r, "limit", 1, BROWSE_PAGE_MAX, &limit, err);

    if (st != OK || (st = read_filters(r, &filter, err)) != OK ||
        (st = find_session(who, conn, &filter, &exists, err)) != OK)
        return st;
    most = (size_t)limit;
    if (exists)
        st = browse_page(conn, r->arena, &filter, most + 1, &rows, &count,
                         err);
    if (st == OK)
        write_page(b, &filter, rows, count > most ? most : count,
                   count > most);
    return st;
}

void
memories_list(struct call *c)
{
    struct db      *db = c->service->db;
    struct buf     *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct caller   who;
    struct db_conn *conn;
    struct error    err;
    enum status     st = caller_check(c, &who, &err);

    if (st == OK)
        st = caller_catch_up(&who, &err);
    if (st == OK)
        st = caller_read_options(&who, &err);
    if (st == OK && (st = db_borrow(db, &conn, &err)) == OK) {
        st = list(&who, conn, b, &err);
        db_return(db, conn);
    }
    caller_answer(c, "memories", st, b, &err);
}

/* A new one. */

/* It stays one memory, so it must not be longer than one may be. */
static enum status
read_entry(struct caller *who, struct entry *e, struct error *err)
{
    enum status st;

    *e = (struct entry){ .timestamp_ms = who->call->now_ms };
    st = entry_read(who->call->request->arena, &who->body, ENTRY_STRICT, e,
                    err);
    if (st == OK && e->content.len > ENTRY_PIECE_MAX_BYTES)
        st = refused(err, ERR_TOO_LARGE, "memory_too_large",
                     "Send long texts to /v1/memory/ingest, which cuts them.",
                     "A memory has at most %d bytes", ENTRY_PIECE_MAX_BYTES);
    return st;
}

static enum status
add(struct caller *who, const struct entry *e, struct memory_row *row,
    struct error *err)
{
    struct intake   in = caller_intake(who, who->call->request->arena,
                                       STR("api"));
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st;

    if (!intake_add(&in, e))
        return refused(err, ERR_INPUT, "no_valid_memories",
                       "Send text that is not only what was recalled.",
                       "Nothing of the content is left to store");
    if ((st = caller_store(who, &in, err)) != OK ||
        (st = db_borrow(db, &conn, err)) != OK)
        return st;
    st = browse_one(conn, in.arena, who->access.vault_id, 0,
                    in.batch.list[0].ids[0], row, err);
    db_return(db, conn);
    return st;
}

/* What the same request made before, as it is now; it may be gone. */
static enum status
fetch_again(const struct caller *who, const struct idempotency *once,
            struct memory_row *row, struct error *err)
{
    struct json kept, id;
    int64_t     number = 0;
    enum status st = json_parse(once->before.reply, JSON_DEPTH_MAX, &kept,
                                err);

    if (st != OK)
        return st;
    id = json_member(&kept, "id");
    (void)json_int(&id, &number); /* 0: there is no such memory */
    st = memory_json_fetch(who, number, row, err);
    if (st == OK)
        idempotency_mark(who->call);
    return st;
}

static struct str
what_is_kept(struct arena *a, enum status st, const struct memory_row *row)
{
    return st == OK ? arena_printf(a, "{\"id\":%lld}", (long long)row->id)
                    : STR_NONE;
}

void
memories_add(struct call *c)
{
    struct buf        *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct idempotency once = { .wanted = false };
    struct memory_row  row;
    struct caller      who;
    struct entry       e;
    struct error       err;
    enum status        st = caller_check_writer(c, &who, &err);

    if (st == OK)
        st = caller_read_object(&who, &err);
    if (st == OK)
        st = read_entry(&who, &e, &err);
    if (st == OK)
        st = idempotency_begin(&who, STR_NONE, c->request->body, &once, &err);
    if (st == OK && once.answered)
        st = fetch_again(&who, &once, &row, &err);
    else if (st == OK)
        st = add(&who, &e, &row, &err);
    if (st == OK)
        memory_json_add(b, &row);
    if (!once.answered)
        idempotency_end(&who, &once, st, 201,
                        what_is_kept(c->request->arena, st, &row));
    caller_answer_as(c, 201, "memories", st, b, &err);
}
