/* Tools that change the vault. */
#include "api/mcp_write.h"

#include "api/deletion.h"
#include "api/mcp_arguments.h"
#include "api/mcp_vault.h"
#include "turn/allowance.h"

#include "base/banned.h"

/* The session of the arguments, else of the header. */
static enum status
read_session(struct mcp *m, const struct json *arguments,
             struct str *session, struct error *err)
{
    struct options options;
    enum status    st = caller_options(&m->who, arguments, &options, err);

    *session = st == OK ? options.session : STR_NONE;
    return st;
}

/* The tool's arguments are the members of a memory. */
static enum status
read_entry(struct mcp *m, const struct json *arguments, struct entry *e,
           struct error *err)
{
    enum status st;

    *e = (struct entry){ .timestamp_ms = m->who.call->now_ms,
                         .position = -1 };
    st = entry_read(m->arena, arguments, ENTRY_STRICT, e, err);
    e->has_session = true;
    return st == OK ? read_session(m, arguments, &e->session, err) : st;
}

static void
add_stored(struct buf *b, const struct intake *in)
{
    const struct batch *batch = &in->batch;
    size_t              count = 0;

    buf_printf(b, "{\"status\":\"%s\",\"ids\":[",
               in->known ? "known" : "stored");
    for (size_t i = 0; i < batch->count; i++)
        for (size_t k = 0; k < batch->list[i].row_count; k++)
            if (batch->list[i].ids[k])
                buf_printf(b, "%s%lld", count++ ? "," : "",
                           (long long)batch->list[i].ids[k]);
    buf_printf(b, "],\"stored\":%zu,\"tokens\":%zu}", in->pieces,
               in->stored_tokens);
}

enum status
mcp_write_store(struct mcp *m, const struct json *arguments, struct buf *b,
                struct error *err)
{
    struct entry  e;
    struct intake in = caller_intake(&m->who, m->arena, STR("mcp"));
    enum status st = allowance_memories(&m->who.call->admission,
                                        &m->who.access, err);

    if (st != OK || (st = read_entry(m, arguments, &e, err)) != OK)
        return st;
    if (!intake_add(&in, &e))
        return refused(err, ERR_INPUT, "nothing_to_store", NULL,
                       "There is nothing in the content to remember");
    if ((st = caller_store(&m->who, &in, err)) != OK)
        return st;
    log_int(m->who.call->access, "stored", (long long)in.pieces);
    add_stored(b, &in);
    return OK;
}

static void
add_receipt(struct buf *b, const struct forget_receipt *receipt)
{
    buf_printf(b, "\"deleted\":%lld,\"vectors\":%lld,\"memories_left\":%lld,"
               "\"vectors_left\":%lld", (long long)receipt->memories,
               (long long)receipt->vectors,
               (long long)receipt->memories_left,
               (long long)receipt->vectors_left);
}

enum status
mcp_write_delete(struct mcp *m, const struct json *arguments, struct buf *b,
                 struct error *err)
{
    struct forget_receipt all = { 0 };
    size_t      count, missing = 0;
    int64_t    *ids = mcp_arguments_ids(m->arena, arguments, "ids", &count);
    struct buf *not_found = buf_new(m->arena, count * 24 + 1);

    for (size_t i = 0; i < count; i++) {
        enum status st = mcp_vault_delete(m, ids[i], &all, err);

        if (st == ERR_NOT_FOUND)
            buf_printf(not_found, "%s%lld", missing++ ? "," : "",
                       (long long)ids[i]);
        else if (st != OK)
            return st;
    }
    if (all.memories)
        deletion_renew_index(&m->who, false);
    buf_add_byte(b, '{');
    add_receipt(b, &all);
    buf_add(b, STR(",\"not_found\":["));
    buf_add(b, buf_str(not_found));
    buf_add(b, STR("]}"));
    return OK;
}

enum status
mcp_write_forget(struct mcp *m, const struct json *arguments, struct buf *b,
                 struct error *err)
{
    struct forget_receipt receipt;
    enum status           st = mcp_vault_forget(m, &receipt, err);

    (void)arguments; /* the phrase is checked by the tool's row */
    if (st != OK)
        return st;
    deletion_renew_index(&m->who, true);
    buf_add_byte(b, '{');
    add_receipt(b, &receipt);
    buf_printf(b, ",\"sessions\":%lld}", (long long)receipt.sessions);
    return OK;
}
