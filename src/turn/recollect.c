/* From the question to the memories in the request. */
#include "turn/recollect.h"

#include "memory/render.h"
#include "platform/clock.h"
#include "turn/plan.h"
#include "turn/window.h"

#include "base/banned.h"

enum { IDS_MAX_BYTES = 32 << 10 };

/* A turn of this vault that was answered a moment ago is waited for. */
static enum status
catch_up(struct turn *t, struct db_conn *conn, struct error *err)
{
    if (!pending_wait(t->service->pending, t->access.vault_id,
                      t->service->conf->pending_wait_ms))
        return OK;
    return memory_epoch(conn, t->arena, t->access.vault_id,
                        &t->access.vault_epoch, &t->access.vault_purge_epoch,
                        err);
}

/* The database first: what committed meanwhile, and what is kept. */
static enum status
look_up(struct turn *t, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(t->service->db, &conn, err);

    if (st != OK)
        return st;
    st = catch_up(t, conn, err);
    if (st == OK && t->prompt.has_tools)
        st = injection_find(conn, t->arena, &t->access,
                            t->prompt.conversation, t->now_ms, &t->kept,
                            &t->memories, err);
    db_return(t->service->db, conn);
    return st;
}

static enum status
search(struct turn *t, struct error *err)
{
    const struct conf  *conf = t->service->conf;
    struct recall_query q = {
        .vault_id = t->access.vault_id,
        .epoch = t->access.vault_epoch,
        .purge_epoch = t->access.vault_purge_epoch,
        .question = t->prompt.query,
        .session = t->options.session,
        .scope = t->options.scope,
        .limit = t->options.limit,
        .token_budget = (size_t)conf->recall_tokens,
        .now_ms = t->now_ms,
        .deadline_us = clock_tick_us() + conf->recall_deadline_ms * 1000,
    };

    return recall_find(t->service->recall, t->service->db, t->arena, &q,
                       &t->hits, &t->hit_count, err);
}

enum status
recollect_find(struct turn *t, struct error *err)
{
    enum status st;

    t->memory_status = !options_recalls(&t->options) ? MEMORY_OFF
                                                     : MEMORY_SKIPPED;
    if (t->memory_status == MEMORY_OFF || str_trim(t->prompt.query).len == 0)
        return OK;
    t->memory_status = MEMORY_ERROR;
    if (t->graced)
        return failed(err, ERR_STORE, "the database is away");
    if ((st = look_up(t, err)) != OK)
        return st;
    st = t->kept ? OK : search(t, err);
    if (st == OK)
        t->memory_status = t->hit_count || t->memories.memories
                               ? MEMORY_HIT : MEMORY_EMPTY;
    else if (st == ERR_TIMEOUT)
        t->memory_status = MEMORY_TIMEOUT;
    return st;
}

static struct str
id_list(struct turn *t)
{
    struct buf *b = buf_new(t->arena, IDS_MAX_BYTES);

    for (size_t i = 0; i < t->hit_count; i++)
        buf_printf(b, "%s%lld", i ? "," : "", (long long)t->hits[i].row.id);
    return buf_str(b);
}

static void
render(struct turn *t)
{
    t->memories.memories = (int64_t)t->hit_count;
    t->memories.ids = id_list(t);
    t->memories.text = render_memories(t->arena, t->route.model, t->hits,
                                       t->hit_count);
    for (size_t i = 0; i < t->hit_count; i++)
        t->memories.tokens += (int64_t)render_tokens(&t->hits[i]);
}

/* Nothing relevant is kept too: the loop must not find it later. */
static enum status
keep(struct turn *t, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(t->service->db, &conn, err);

    if (st != OK)
        return st;
    st = injection_keep(conn, t->arena, &t->access, t->prompt.conversation,
                        t->now_ms, &t->memories, err);
    db_return(t->service->db, conn);
    return st;
}

/* From hits to the text that goes into the body. */
static enum status
compose(struct turn *t, struct error *err)
{
    enum status st = window_fit(t, err);

    if (st != OK)
        return st;
    if (t->hit_count == 0)
        t->memory_status = MEMORY_EMPTY; /* all of it may have been cut */
    render(t);
    return t->prompt.has_tools ? keep(t, err) : OK;
}

enum status
recollect_inject(struct turn *t, struct error *err)
{
    enum status st = OK;

    if (t->memory_status != MEMORY_HIT && t->memory_status != MEMORY_EMPTY)
        return OK;
    if (!t->kept)
        st = compose(t, err);
    if (st == OK && t->memories.text.len)
        st = plan_body(t, err);
    if (st != OK)
        t->memories = (struct injection){ 0 };
    return st;
}
