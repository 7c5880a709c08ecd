/*
 * DELETE /v1/memory: all that the vault remembers, or what a session holds.
 * The session may stand wherever other endpoints take it, so that nobody
 * deletes all who meant a part: in the body, in the query, in X-Session-ID.
 * The answer is a receipt: what was deleted, and what a
 * count found afterwards.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "api/deletion.h"
#include "memory/entry.h"
#include "store/backlog.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 16 << 10 };

struct deletion {
    struct caller         who;
    struct forget_receipt receipt;
    bool                  reset;
};

/* A session that is named but empty is a mistake of the caller's program. */
static enum status
check_named(const struct deletion *d, struct error *err)
{
    const struct request *r = d->who.call->request;
    struct json           body = json_member(&d->who.body, "session_id");

    if (d->who.options.session.len ||
        (body.type == JSON_NONE && !request_has_query(r, "session_id") &&
         !request_has_header(r, "x-session-id")))
        return OK;
    return refused(err, ERR_INPUT, "invalid_session",
                   "Name a session, or leave the field out to delete all.",
                   "The session id is empty");
}

static enum status
read_what(struct deletion *d, struct error *err)
{
    const struct request *r = d->who.call->request;
    enum status           st = caller_read_optional(&d->who, err);
    struct json           body;

    if (st != OK)
        return st;
    d->reset = str_equal(request_query(r, "reset"), STR("true"));
    body = json_member(&d->who.body, "session_id");
    if (request_has_query(r, "session_id") &&
        (body.type == JSON_NONE || body.type == JSON_NULL))
        d->who.options.session =
            entry_session(request_query(r, "session_id"));
    if (!entry_is_session(d->who.options.session))
        return refused(err, ERR_INPUT, "invalid_session",
                       "Send the id that the session has.",
                       "The session id is not usable");
    return check_named(d, err);
}

/* The vault's model is then chosen anew. */
static enum status
reset_model(struct deletion *d, struct db_conn *conn, struct error *err)
{
    return backlog_set_model(conn, d->who.access.vault_id, 0, false, err);
}

static enum status
forget(struct deletion *d, struct db_conn *conn, struct error *err)
{
    struct arena      *a = d->who.call->request->arena;
    struct str         session = d->who.options.session;
    struct audit_actor by = caller_actor(&d->who);
    enum status        st;

    if (session.len == 0) {
        st = forget_vault(conn, a, d->who.access.vault_id, &by, &d->receipt,
                          err);
        return st == OK && d->reset ? reset_model(d, conn, err) : st;
    }
    st = forget_session(conn, a, d->who.access.vault_id, session, &by,
                        &d->receipt, err);
    /* Nothing is left of what never was. */
    return st == ERR_NOT_FOUND ? OK : st;
}

static enum status
delete_all(struct deletion *d, struct error *err)
{
    struct db      *db = d->who.call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = forget(d, conn, err);
    db_return(db, conn);
    if (st == OK)
        deletion_renew_index(&d->who, d->who.options.session.len == 0);
    return st;
}

static void
write_answer(struct buf *b, const struct deletion *d)
{
    struct str session = d->who.options.session;

    buf_add(b, STR("{\"key\":"));
    json_add_string(b, caller_key_name(&d->who));
    buf_printf(b, ",\"status\":\"deleted\",\"deleted\":true,"
               "\"sessionCleared\":%s,\"d1Synced\":true,\"reset\":%s,"
               "\"session_id\":", session.len ? "true" : "false",
               d->reset ? "true" : "false");
    json_add_or_null(b, session);
    buf_printf(b, ",\"vaults_cleared\":1,\"message\":\"%s\"",
               session.len ? "Session cleared successfully"
               : d->reset     ? "Memory cleared and reset successfully"
                              : "Memory cleared successfully");
    deletion_add(b, &d->who, &d->receipt);
    buf_add_byte(b, '}');
}

void
memory_delete(struct call *c)
{
    struct deletion d = { .reset = false };
    struct buf     *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error    err;
    enum status     st = caller_check_writer(c, &d.who, &err);

    if (st == OK)
        st = caller_catch_up(&d.who, &err);
    if (st == OK)
        st = read_what(&d, &err);
    if (st == OK)
        st = delete_all(&d, &err);
    if (st == OK)
        write_answer(b, &d);
    caller_answer(c, "delete", st, b, &err);
}
