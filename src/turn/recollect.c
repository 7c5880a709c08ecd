/* From the question to the memories in the request. */
#include "turn/recollect.h"

#include "memory/render.h"
#include "platform/clock.h"
#include "turn/plan.h"
#include "turn/query.h"
#include "turn/report.h"
#include "turn/window.h"

#include "base/banned.h"

/* What an earlier request of the same tool loop was given. */
static enum status
look_up(struct turn *t, struct error *err)
{
    struct db_conn *conn;
    enum status     st;

    if (!t->prompt.has_tools)
        return OK;
    if ((st = db_borrow(t->service->db, &conn, err)) != OK)
        return st;
    st = injection_find(conn, t->arena, &t->access, t->prompt.conversation,
                        t->now_ms, &t->kept, &t->memories, err);
    db_return(t->service->db, conn);
    return st;
}

static enum status
search(struct turn *t, struct error *err)
{
    struct recall_query q = query_of(t->service->conf, &t->access, t->now_ms);
    enum status         st;

    q.question = t->prompt.query;
    q.session = t->options.session;
    q.scope = t->options.scope;
    q.select.limit = t->options.limit;
    q.select.token_budget = t->options.tokens;
    st = recall_find(t->service->recall, t->service->db, t->arena, &q,
                     &t->found, err);
    query_log(t->request_id, &t->found);
    return st;
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
    service_note_embedding(t->service);
    if (t->graced)
        return failed(err, ERR_STORE, "the database is away");
    st = query_catch_up(t->service, t->arena, &t->access, err);
    if (st != OK || (st = look_up(t, err)) != OK)
        return st;
    st = t->kept ? OK : search(t, err);
    if (st == OK)
        t->memory_status = t->found.count || t->memories.memories
                               ? MEMORY_HIT : MEMORY_EMPTY;
    else if (st == ERR_TIMEOUT)
        t->memory_status = MEMORY_TIMEOUT;
    return st;
}

enum status
recollect_compose(struct turn *t, struct str model, struct error *err)
{
    enum status st;

    if (t->kept)
        return OK;
    if ((st = window_fit(t, err)) != OK)
        return st;
    if (t->found.count == 0)
        t->memory_status = MEMORY_EMPTY; /* all of it was cut */
    t->memories.memories = (int64_t)t->found.count;
    t->memories.ids = report_ids(t->arena, t->found.hits,
                                 t->found.count);
    t->memories.text = render_memories(t->arena, model, t->found.hits,
                                       t->found.count);
    for (size_t i = 0; i < t->found.count; i++)
        t->memories.tokens += (int64_t)render_tokens(&t->found.hits[i]);
    return OK;
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

enum status
recollect_inject(struct turn *t, struct error *err)
{
    enum status st;

    if (t->memory_status != MEMORY_HIT && t->memory_status != MEMORY_EMPTY)
        return OK;
    st = recollect_compose(t, t->route.model, err);
    if (st == OK && t->prompt.has_tools && !t->kept)
        st = keep(t, err);
    if (st == OK && t->memories.text.len)
        st = plan_body(t, err);
    if (st != OK)
        t->memories = (struct injection){ 0 };
    return st;
}
