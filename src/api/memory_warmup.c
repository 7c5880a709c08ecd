/*
 * POST /v1/memory/warmup: what searches of the vault need is loaded, by one of
 * them.
 */
#include "api/endpoints.h"

#include "api/memory_stats.h"
#include "platform/clock.h"
#include "turn/query.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 64 << 10 };

/* A search for nothing in particular loads what searches need. */
static enum status
warm(struct caller *who, struct error *err)
{
    const struct service *s = who->call->service;
    struct recall_answer  found;
    struct recall_query   q = query_of(s->conf, &who->access,
                                       who->call->now_ms);

    q.question = STR("memory");
    q.session = who->options.session;
    q.vault.deadline_us = clock_tick_us() + s->conf->db_timeout_ms * 1000;
    return recall_find(s->recall, s->db, who->call->request->arena, &q,
                       &found, err);
}

static enum status
count_session(struct caller *who, int64_t *memories, struct error *err)
{
    struct db      *db = who->call->service->db;
    struct arena   *a = who->call->request->arena;
    int64_t         session_id = 0, vectors;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    *memories = 0;
    if (st != OK)
        return st;
    st = memory_session(conn, a, who->access.vault_id, who->options.session,
                        &session_id, err);
    if (st == OK && session_id)
        st = tally_part(conn, a, who->access.vault_id, session_id, memories,
                        &vectors, err);
    db_return(db, conn);
    return st;
}

static void
write_warm(struct buf *b, const struct caller *who, int64_t all,
           int64_t in_session)
{
    long long ms = (clock_tick_us() - who->call->start_us) / 1000;

    buf_add(b, STR("{\"status\":\"warm\",\"key\":"));
    json_add_string(b, caller_key_name(who));
    buf_printf(b, ",\"vaults\":[{\"vault\":\"core\",\"vectors\":%lld,"
               "\"timeMs\":%lld}", (long long)(all - in_session), ms);
    if (who->options.session.len)
        buf_printf(b, ",{\"vault\":\"session\",\"vectors\":%lld,"
                   "\"timeMs\":%lld}", (long long)in_session, ms);
    buf_printf(b, "],\"totalVectors\":%lld,\"memories_loaded\":%lld,"
               "\"warmupTimeMs\":%lld,\"warmup_ms\":%lld}", (long long)all,
               (long long)all, ms, ms);
}

void
memory_warmup(struct call *c)
{
    struct buf   *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct tally  tally;
    struct caller who;
    struct error  err;
    int64_t       in_session = 0;
    enum status   st = caller_check(c, &who, &err);

    if (st == OK)
        st = caller_read_optional(&who, &err);
    if (st == OK)
        st = warm(&who, &err);
    if (st == OK)
        st = memory_stats_read(&who, &tally, &err);
    if (st == OK && who.options.session.len)
        st = count_session(&who, &in_session, &err);
    if (st == OK)
        write_warm(b, &who, tally.memories, in_session);
    caller_answer(c, "warmup", st, b, &err);
}
