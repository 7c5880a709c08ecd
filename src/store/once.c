/* The table `idempotency`. */
#include "store/once.h"

#include "base/banned.h"

enum {
    LEASE_MS = 60 * 1000,
    KEPT_MS  = 24 * 3600 * 1000,
};

static enum status
look(struct db_conn *conn, struct arena *a, const struct once *once,
     struct db_rows *rows, struct error *err)
{
    struct db_value params[] = { DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES) };

    return db_run(conn, a, SQL_ONCE_FIND, params, COUNT(params), rows, err);
}

/* Somebody began it and did not come to its end. */
static enum status
take_over(struct db_conn *conn, const struct once *once, int64_t now_ms,
          struct error *err)
{
    struct db_value params[] = { DB_I(now_ms + LEASE_MS), DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES),
                                 DB_I(now_ms) };
    enum status     st = db_run(conn, NULL, SQL_ONCE_TAKE, params,
                                COUNT(params), NULL, err);

    if (st != OK || db_affected(conn) > 0)
        return st;
    return refused(err, ERR_CONFLICT, "request_running",
                   "Ask again in a moment.",
                   "A request with this Idempotency-Key is still running");
}

/* It is known. */
static enum status
again(struct db_conn *conn, struct arena *a, const struct once *once,
      int64_t now_ms, struct once_state *state, struct error *err)
{
    const struct db_value *v;
    struct db_rows         rows;
    enum status            st = look(conn, a, once, &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_STORE, "the request went away meanwhile");
    v = db_at(&rows, 0, 0);
    state->request_hash = v[0].text;
    state->http_status = v[1].number;
    state->reply = v[2].text;
    if (state->http_status)
        return OK;
    if (!str_to_int(state->reply, &state->done_at))
        state->done_at = 0;
    return take_over(conn, once, now_ms, err);
}

enum status
once_begin(struct db_conn *conn, struct arena *a, const struct once *once,
           int64_t now_ms, struct once_state *state, struct error *err)
{
    struct db_value params[] = { DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES),
                                 DB_B(once->request_hash, CRYPTO_HASH_BYTES),
                                 DB_I(now_ms), DB_I(now_ms + LEASE_MS) };
    enum status     st = db_run(conn, NULL, SQL_ONCE_ADD, params,
                                COUNT(params), NULL, err);

    memset(state, 0, sizeof(*state));
    return st == ERR_CONFLICT ? again(conn, a, once, now_ms, state, err) : st;
}

enum status
once_advance(struct db_conn *conn, const struct once *once, int64_t done_at,
             int64_t now_ms, struct error *err)
{
    struct arena    a = ARENA_INIT;
    struct str      text = arena_printf(&a, "%lld", (long long)done_at);
    struct db_value params[] = { DB_B(text.ptr, text.len),
                                 DB_B(once->request_hash, CRYPTO_HASH_BYTES),
                                 DB_I(now_ms + LEASE_MS), DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES) };
    enum status     st = db_run(conn, NULL, SQL_ONCE_ADVANCE, params,
                                COUNT(params), NULL, err);

    arena_release(&a);
    return st;
}

enum status
once_end(struct db_conn *conn, const struct once *once, int64_t http_status,
         struct str reply, int64_t now_ms, struct error *err)
{
    struct db_value params[] = { DB_I(http_status),
                                 DB_B(reply.ptr, reply.len),
                                 DB_B(once->request_hash, CRYPTO_HASH_BYTES),
                                 DB_I(now_ms + KEPT_MS), DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES) };

    return db_run(conn, NULL, SQL_ONCE_END, params, COUNT(params), NULL, err);
}

enum status
once_pause(struct db_conn *conn, const struct once *once, int64_t now_ms,
           struct error *err)
{
    struct db_value params[] = { DB_I(now_ms), DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES) };

    return db_run(conn, NULL, SQL_ONCE_PAUSE, params, COUNT(params), NULL,
                  err);
}

enum status
once_drop(struct db_conn *conn, const struct once *once, struct error *err)
{
    struct db_value params[] = { DB_I(once->key_id),
                                 DB_B(once->name_hash, CRYPTO_HASH_BYTES) };

    return db_run(conn, NULL, SQL_ONCE_DROP, params, COUNT(params), NULL,
                  err);
}

enum status
once_sweep(struct db_conn *conn, int64_t now_ms, struct error *err)
{
    struct db_value params[] = { DB_I(now_ms), DB_I(now_ms - KEPT_MS) };

    return db_run(conn, NULL, SQL_ONCE_SWEEP, params, COUNT(params), NULL,
                  err);
}
