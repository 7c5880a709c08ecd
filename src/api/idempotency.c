/* Requests that may come twice. */
#include "api/idempotency.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 255 };

/* Without control characters, so that a header can be meant by it. */
static bool
is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20)
            return false;
    return name.len <= NAME_MAX_BYTES;
}

static enum status
look(struct caller *who, struct idempotency *i, struct once_state *state,
     struct error *err)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = once_begin(conn, who->call->request->arena, &i->once,
                    who->call->now_ms, state, err);
    db_return(db, conn);
    return st;
}

static void
answer_again(struct caller *who, const struct once_state *state)
{
    struct call *c = who->call;
    struct error ignored;

    reply_header(c->reply, "Idempotency-Replayed", STR("true"));
    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, (int)state->http_status,
                             "application/json", state->reply, &ignored));
}

enum status
idempotency_begin(struct caller *who, struct str name, struct str asked,
                  struct idempotency *i, struct error *err)
{
    struct once_state state;
    enum status       st;

    memset(i, 0, sizeof(*i));
    if (name.len == 0)
        name = str_trim(request_header(who->call->request,
                                       "idempotency-key"));
    if (name.len == 0)
        return OK;
    if (!is_name(name))
        return refused(err, ERR_INPUT, "invalid_idempotency_key",
                       "Send at most 255 bytes without control characters.",
                       "The Idempotency-Key is not usable");
    i->wanted = true;
    i->once.key_id = who->access.key_id;
    crypto_hash_text(name, i->once.name_hash);
    crypto_hash_text(asked, i->once.request_hash);
    if ((st = look(who, i, &state, err)) != OK) {
        i->wanted = false;
        return st;
    }
    i->answered = state.http_status != 0;
    i->done_at = state.done_at;
    if (i->answered)
        answer_again(who, &state);
    return OK;
}

void
idempotency_end(struct caller *who, const struct idempotency *i,
                enum status st, int http_status, const struct buf *answer)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    struct error    err;
    enum status     kept;

    if (!i->wanted)
        return;
    if ((kept = db_borrow(db, &conn, &err)) == OK) {
        if (st == OK)
            kept = once_end(conn, &i->once, http_status, buf_str(answer),
                            who->call->now_ms, &err);
        else if (i->done_at == 0)
            kept = once_drop(conn, &i->once, &err);
        db_return(db, conn);
    }
    if (kept != OK)
        log_error(LOG_WARN, "idempotency", &err);
}
