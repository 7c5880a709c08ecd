/* GET, PATCH and DELETE /v1/memories/{id}. */
#include "api/endpoints.h"

#include "api/deletion.h"
#include "api/memory_json.h"
#include "memory/clean.h"
#include "memory/entry.h"
#include "memory/split.h"
#include "store/edit.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 1 << 20, PATCH_TRIES = 5 };

void
memory_one_get(struct call *c)
{
    struct buf       *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct memory_row row;
    struct caller     who;
    struct error      err;
    int64_t           id;
    enum status       st = caller_check(c, &who, &err);

    if (st == OK)
        st = memory_json_id(c->request, "", &id, &err);
    if (st == OK)
        st = memory_json_fetch(&who, id, &row, &err);
    if (st == OK)
        memory_json_add(b, &row);
    caller_answer(c, "memory", st, b, &err);
}

/* Correcting. */

static bool
is_null(const struct caller *who, const char *name)
{
    return json_member(&who->body, name).type == JSON_NULL;
}

static enum status
cannot(struct error *err, const char *hint, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_memory", hint, "%s", what);
}

/* What the body leaves out stays; null takes a name or metadata away. */
static enum status
read_patch(struct caller *who, const struct memory_row *row, struct entry *e,
           struct error *err)
{
    struct arena    *a = who->call->request->arena;
    struct json_item first = { 0 };
    enum status      st;

    *e = (struct entry){ .content = row->text, .role = row->role,
                         .name = row->author, .session = row->session,
                         .timestamp_ms = row->occurred_ms,
                         .metadata = row->metadata };
    if (!json_next(&who->body, &first))
        return cannot(err, "Send what is to be changed, as in {\"content\": "
                      "\"some text\"}.", "There is nothing to change");
    if ((st = entry_read(a, &who->body, ENTRY_PATCH, e, err)) != OK)
        return st;
    if (is_null(who, "name"))
        e->name = STR_NONE;
    if (is_null(who, "metadata"))
        e->metadata = STR_NONE;
    if (!str_equal(e->session, row->session) ||
        (row->session.len && is_null(who, "session_id")))
        return cannot(err, "Delete it and add it to the other session.",
                      "A memory stays in its session");
    e->content = clean_text(a, e->content);
    if (e->content.len == 0 || is_null(who, "content"))
        return cannot(err, "Delete it instead.", "content is empty");
    if (e->content.len > ENTRY_PIECE_MAX_BYTES)
        return refused(err, ERR_TOO_LARGE, "memory_too_large",
                       "Send a shorter text.",
                       "A memory has at most %d bytes",
                       ENTRY_PIECE_MAX_BYTES);
    return OK;
}

static enum status
save(struct caller *who, const struct memory_row *row,
     const struct entry *e, struct error *err)
{
    struct db      *db = who->call->service->db;
    struct edit     edit = {
        .seq = row->seq,
        .role = e->role,
        .author = e->name,
        .text = e->content,
        .tokens = (int64_t)split_tokens(e->content),
        .occurred_ms = e->timestamp_ms,
        .metadata = e->metadata,
    };
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = edit_memory(conn, who->call->request->arena, who->access.vault_id,
                     row->id, &edit, who->call->now_ms, err);
    db_return(db, conn);
    return st;
}

/* Two may change a memory at once, each what the other left out. */
static enum status
patch(struct caller *who, int64_t id, struct memory_row *row,
      struct error *err)
{
    struct entry e;
    enum status  st = ERR_CONFLICT;

    for (int i = 0; i < PATCH_TRIES && st == ERR_CONFLICT; i++) {
        st = memory_json_fetch(who, id, row, err);
        if (st == OK)
            st = read_patch(who, row, &e, err);
        if (st == OK)
            st = save(who, row, &e, err);
    }
    return st == OK ? memory_json_fetch(who, id, row, err) : st;
}

void
memory_one_patch(struct call *c)
{
    struct buf       *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct memory_row row;
    struct caller     who;
    struct error      err;
    int64_t           id;
    enum status       st = caller_check_writer(c, &who, &err);

    if (st == OK)
        st = memory_json_id(c->request, "", &id, &err);
    if (st == OK)
        st = caller_read_object(&who, &err);
    if (st == OK)
        st = patch(&who, id, &row, &err);
    if (st == OK)
        memory_json_add(b, &row);
    caller_answer(c, "memory", st, b, &err);
}

/* Forgetting. */

static enum status
forget(struct caller *who, int64_t id, struct forget_receipt *receipt,
       struct error *err)
{
    struct audit_actor by = caller_actor(who);
    struct db         *db = who->call->service->db;
    struct db_conn    *conn;
    enum status        st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = forget_memory(conn, who->call->request->arena, who->access.vault_id,
                       id, &by, receipt, err);
    db_return(db, conn);
    if (st == OK)
        deletion_renew_index(who, false);
    return st;
}

void
memory_one_remove(struct call *c)
{
    struct buf           *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct forget_receipt receipt;
    struct memory_row     row;
    struct caller         who;
    struct error          err;
    int64_t               id;
    enum status           st = caller_check_writer(c, &who, &err);

    if (st == OK)
        st = memory_json_id(c->request, "", &id, &err);
    if (st == OK)
        st = memory_json_fetch(&who, id, &row, &err);
    if (st == OK)
        st = forget(&who, id, &receipt, &err);
    if (st == OK) {
        buf_printf(b, "{\"id\":%lld,\"deleted\":true", (long long)id);
        deletion_add(b, &who, &receipt);
        buf_add_byte(b, '}');
    }
    caller_answer(c, "memory", st, b, &err);
}
