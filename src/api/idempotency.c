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

void
idempotency_add(struct idempotency *i, struct str part)
{
    uint8_t both[2 * CRYPTO_HASH_BYTES];

    if (!i->wanted)
        return;
    memcpy(both, i->once.request_hash, CRYPTO_HASH_BYTES);
    crypto_hash_text(part, both + CRYPTO_HASH_BYTES);
    crypto_hash_text((struct str){ (const char *)both, sizeof(both) },
                     i->once.request_hash);
}

enum status
idempotency_check(const struct idempotency *i, struct error *err)
{
    struct str now = { (const char *)i->once.request_hash,
                       CRYPTO_HASH_BYTES };

    if (i->before.request_hash.len == 0 ||
        str_equal(i->before.request_hash, now))
        return OK;
    return refused(err, ERR_MISMATCH, "idempotency_key_reused",
                   "Send a new Idempotency-Key with a new request.",
                   "This Idempotency-Key was sent with another request");
}

static enum status
look(struct caller *who, struct idempotency *i, struct error *err)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st == OK) {
        st = once_begin(conn, who->call->request->arena, &i->once,
                        who->call->now_ms, &i->before, err);
        db_return(db, conn);
    }
    i->wanted = st == OK;
    i->answered = i->before.http_status != 0;
    i->done_at = i->before.done_at;
    return st;
}

/* Who asks, and under which name. */
static enum status
begin(struct caller *who, struct str name, struct idempotency *i,
      struct error *err)
{
    const struct request *r = who->call->request;

    memset(i, 0, sizeof(*i));
    if (name.len == 0)
        name = str_trim(request_header(r, "idempotency-key"));
    if (name.len == 0)
        return OK;
    if (!is_name(name))
        return refused(err, ERR_INPUT, "invalid_idempotency_key",
                       "Send at most 255 bytes without control characters.",
                       "The Idempotency-Key is not usable");
    i->wanted = true;
    i->once.key_id = who->access.key_id;
    crypto_hash_text(name, i->once.name_hash);
    idempotency_add(i, r->path);
    idempotency_add(i, who->options.session);
    return OK;
}

void
idempotency_mark(struct call *c)
{
    reply_header(c->reply, "Idempotency-Replayed", STR("true"));
}

void
idempotency_answer(struct call *c, const struct idempotency *i)
{
    struct error ignored;

    idempotency_mark(c);
    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, (int)i->before.http_status,
                             "application/json", i->before.reply, &ignored));
}

enum status
idempotency_begin(struct caller *who, struct str name, struct str asked,
                  struct idempotency *i, struct error *err)
{
    enum status st = begin(who, name, i, err);

    idempotency_add(i, asked);
    if (st != OK || !i->wanted || (st = look(who, i, err)) != OK)
        return st;
    if ((st = idempotency_check(i, err)) != OK)
        i->wanted = i->answered = false;
    return st;
}

enum status
idempotency_begin_parts(struct caller *who, struct idempotency *i,
                        struct error *err)
{
    enum status st = begin(who, STR_NONE, i, err);

    return st == OK && i->wanted ? look(who, i, err) : st;
}

void
idempotency_end(struct caller *who, const struct idempotency *i,
                enum status st, int http_status, struct str answer)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    struct error    err;
    enum status     kept;

    if (!i->wanted)
        return;
    if ((kept = db_borrow(db, &conn, &err)) == OK) {
        if (st == OK)
            kept = once_end(conn, &i->once, http_status, answer,
                            who->call->now_ms, &err);
        else if (i->done_at == 0)
            kept = once_drop(conn, &i->once, &err);
        else
            kept = once_pause(conn, &i->once, who->call->now_ms, &err);
        db_return(db, conn);
    }
    if (kept != OK)
        log_error(LOG_WARN, "idempotency", &err);
}
