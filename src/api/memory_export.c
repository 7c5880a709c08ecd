/*
 * GET /v1/memory/export: every memory of the vault as a JSON line, oldest
 * first, in constant memory.  An upload takes the lines back without loss
 * (memory/takeout.h).  The count of lines stands in no header, because writing
 * begins before they are counted; a reply that is broken off shows as such.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "memory/takeout.h"

#include "base/banned.h"

struct export {
    struct caller  who;
    struct takeout out;
    struct arena   arena;   /* of one page */
};

/* The next page into `b`; the connection is held no longer than that. */
static enum status
read_page(struct export *x, struct buf *b, struct error *err)
{
    struct db      *db = x->who.call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = takeout_read(&x->out, conn, &x->arena, err);
    db_return(db, conn);
    if (st != OK)
        return st;
    takeout_write(&x->out, b);
    return buf_finish(b, "a page of the export", err);
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

    while (st == OK && !x->out.ended) {
        struct buf *b = buf_new(&x->arena, TAKEOUT_MAX_BYTES);

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
        x.out.at = caller_browse(&x.who);
        st = write_pages(&x, &err);
    }
    log_int(c->access, "lines", (long long)x.out.lines);
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
