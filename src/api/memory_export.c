/*
 * GET /v1/memory/export: every memory of the vault as a JSON line, oldest
 * first, in constant memory.  An upload takes the lines back without loss
 * (memory/entry.h).  The count of lines stands in no header, because writing
 * begins before they are counted; a reply that is broken off shows as such.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "memory/entry.h"
#include "store/browse.h"

#include "base/banned.h"

enum { PAGE_ROWS = 500, PAGE_MAX_BYTES = 64 << 20 };

struct export {
    struct caller who;
    struct browse at;
    struct arena  arena;   /* of one page */
    size_t        lines;
    bool          ended;
};

/* The next page into `b`; the connection is held no longer than that. */
static enum status
read_page(struct export *x, struct buf *b, struct error *err)
{
    struct db         *db = x->who.call->service->db;
    struct memory_row *rows = NULL;
    size_t             count = 0;
    struct db_conn    *conn;
    enum status        st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = browse_page(conn, &x->arena, &x->at, PAGE_ROWS, &rows, &count, err);
    db_return(db, conn);
    for (size_t i = 0; st == OK && i < count; i++)
        entry_add_line(b, &rows[i]);
    if (st == OK && count)
        x->at.beyond = rows[count - 1].id;
    x->lines += count;
    x->ended = count < PAGE_ROWS;
    return st == OK ? buf_finish(b, "a page of the export", err) : st;
}

/* That somebody takes everything along. */
static enum status
note(struct export *x, struct error *err)
{
    struct audit_actor by = caller_actor(&x->who);
    struct db         *db = x->who.call->service->db;
    struct db_conn    *conn;
    enum status        st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = audit_add(conn, &by, &(struct audit_entry){
                       .act = AUDIT_MEMORY_EXPORT,
                       .id = x->who.access.vault_id }, err);
    db_return(db, conn);
    return st;
}

static enum status
write_pages(struct export *x, struct error *err)
{
    struct reply *reply = x->who.call->reply;
    enum status   st = OK;

    while (st == OK && !x->ended) {
        struct buf *b = buf_new(&x->arena, PAGE_MAX_BYTES);

        st = read_page(x, b, err);
        if (st == OK && !reply->committed) {
            reply_header(reply, "Content-Type",
                         STR("application/x-ndjson"));
            reply_header(reply, "Content-Disposition",
                         STR("attachment; filename=\"memories.jsonl\""));
            st = reply_begin(reply, err);
        }
        if (st == OK)
            st = reply_write(reply, buf_str(b), err);
        arena_reset(&x->arena);
    }
    return st;
}

void
memory_export(struct call *c)
{
    struct export x = { .arena = ARENA_INIT };
    struct buf   *none = buf_new(c->request->arena, 1);
    struct error  err;
    enum status   st = caller_check(c, &x.who, &err);

    if (st == OK)
        st = caller_catch_up(&x.who, &err);
    if (st == OK)
        st = note(&x, &err);
    if (st == OK) {
        request_drain(c->request);
        x.at = caller_browse(&x.who);
        x.at.oldest_first = true;
        st = write_pages(&x, &err);
    }
    log_int(c->access, "lines", (long long)x.lines);
    if (!c->reply->committed) {
        caller_answer(c, "export", st, none, &err);
    } else if (st == OK) {
        reply_finish(c->reply);
    } else {
        if (st != ERR_CLIENT_GONE)
            log_error(LOG_WARN, "export", &err);
        reply_abort(c->reply);
    }
    arena_release(&x.arena);
}
