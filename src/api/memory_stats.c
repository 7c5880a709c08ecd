/*
 * GET /v1/memory/stats: how much a vault holds.  Each number stands under all
 * the names that clients of the compatible service look for.
 */
#include "api/memory_stats.h"

#include "api/endpoints.h"
#include "memory/entry.h"

#include "base/banned.h"

enum { REPLY_MAX_BYTES = 64 << 10 };

enum status
memory_stats_read(const struct caller *who, struct tally *tally,
                  struct error *err)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = tally_vault(conn, who->call->request->arena,
                     who->access.vault_id, tally, err);
    db_return(db, conn);
    /* Without embeddings nothing waits for a vector. */
    if (st == OK && who->call->service->conf->embedding == EMBED_NONE)
        tally->pending = 0;
    return st;
}

static void
add_numbers(struct buf *b, int64_t number, const char *const *names,
            size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(b, ",\"%s\":%lld", names[i], (long long)number);
}

/* A time, null when there is none. */
static void
add_times(struct buf *b, int64_t ms, bool known, const char *const *names,
          size_t count)
{
    if (known) {
        add_numbers(b, ms, names, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        buf_printf(b, ",\"%s\":null", names[i]);
}

static void
add_tally(struct buf *b, const struct tally *t)
{
    static const char *const memories[] = {
        "totalVectors", "hotVectors", "total_vectors", "vectorCount",
        "memories", "total_chunks" };
    static const char *const tokens[] = { "totalTokens", "total_tokens" };
    static const char *const oldest[] = { "oldestItem", "oldest",
                                          "oldestMemory" };
    static const char *const newest[] = { "newestItem", "newest",
                                          "newestMemory" };
    static const char *const created[] = { "createdAt", "created_at" };
    static const char *const used[] = { "lastAccess", "last_used",
                                        "updated_at" };
    static const char *const sessions[] = { "sessions", "session_count" };

    add_numbers(b, t->memories, memories, COUNT(memories));
    add_numbers(b, t->tokens, tokens, COUNT(tokens));
    add_times(b, t->oldest_ms, t->memories > 0, oldest, COUNT(oldest));
    add_times(b, t->newest_ms, t->memories > 0, newest, COUNT(newest));
    add_times(b, t->created_ms, true, created, COUNT(created));
    add_times(b, t->last_access_ms, t->last_access_ms > 0, used, COUNT(used));
    add_numbers(b, t->sessions, sessions, COUNT(sessions));
    buf_printf(b, ",\"repeats\":%lld,\"embedded\":%lld,\"pending\":%lld",
               (long long)t->repeats, (long long)t->vectors,
               (long long)t->pending);
}

static void
add_server(struct buf *b, const struct service *s)
{
    buf_add(b, STR(",\"storage\":\"mariadb\",\"dims\":"));
    if (embed_ready(s->embedder))
        buf_printf(b, "%zu", embed_dimensions(s->embedder));
    else
        buf_add(b, STR("null"));
    buf_add(b, STR(",\"model\":"));
    json_add_or_null(b, embed_model(s->embedder));
    buf_printf(b, ",\"kronos_config\":{\"hot_window_hours\":%lld,"
               "\"working_window_days\":%lld,\"longterm_window_days\":%lld}",
               (long long)s->conf->hot_hours,
               (long long)s->conf->working_days,
               (long long)s->conf->longterm_days);
}

void
memory_stats(struct call *c)
{
    struct buf   *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct tally  tally;
    struct caller who;
    struct error  err;
    enum status   st = caller_check(c, &who, &err);

    if (st == OK)
        st = caller_catch_up(&who, &err);
    if (st == OK)
        st = memory_stats_read(&who, &tally, &err);
    if (st == OK) {
        buf_add(b, STR("{\"key\":"));
        json_add_string(b, caller_key_name(&who));
        add_tally(b, &tally);
        add_server(b, c->service);
        buf_add_byte(b, '}');
    }
    caller_answer(c, "stats", st, b, &err);
}
