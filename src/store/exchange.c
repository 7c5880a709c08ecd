/* One transaction a turn. */
#include "store/exchange.h"

#include "base/utf8.h"
#include "platform/conf.h"
#include "platform/crypto.h"
#include "store/key.h"
#include "store/receipt.h"

#include "base/banned.h"

enum {
    TRIES             = 3,
    REQUEST_ID_BYTES  = 16,
    PROVIDER_CHARS    = 64,
    DIALECT_CHARS     = 32,
    SOURCE_CHARS      = 32,
    SESSION_CORE      = 0,
};

/* What the rows of one exchange have in common. */
struct writing {
    struct db_conn        *conn;
    struct arena          *arena;
    const struct exchange *x;
    int64_t                session_id;
    int64_t                first_seq;
    int64_t                repeated;  /* pieces that the vault had */
};

static enum status
write_rows(struct writing *w, enum statement id,
           const struct db_value *params, size_t count, struct error *err)
{
    return db_run(w->conn, w->arena, id, params, count, NULL, err);
}

/* A number from a provider or a file is not always one that can be. */
static struct db_value
count_value(int64_t number, int64_t most)
{
    return DB_I(number < 0 ? 0 : number > most ? most : number);
}

/* NULL for a stage that did not run. */
static struct db_value
time_value(int64_t ms)
{
    return ms < 0 ? DB_NIL : DB_I(ms);
}

static struct db_value
cut_value(struct str text, size_t most)
{
    return DB_T(utf8_prefix(text, most));
}

/* The vault's row lock makes the order of seq the order of commits. */
static enum status
advance_vault(struct writing *w, struct error *err)
{
    int64_t         count = (int64_t)w->x->piece_count;
    struct db_value params[] = { DB_I(count), DB_I(count),
                                 DB_I(w->x->vault_id) };
    enum status     st = write_rows(w, SQL_VAULT_ADVANCE, params,
                                    COUNT(params), err);

    if (st != OK)
        return st;
    if (db_affected(w->conn) == 0)
        return failed(err, ERR_NOT_FOUND, "vault %lld is gone",
                      (long long)w->x->vault_id);
    w->first_seq = db_insert_id(w->conn) - count;
    return OK;
}

/* The vault's lock is held, so nobody else adds the session meanwhile. */
static enum status
find_session(struct writing *w, struct error *err)
{
    struct str      name = utf8_prefix(w->x->session, SESSION_NAME_MAX_BYTES);
    struct db_value params[] = { DB_I(w->x->vault_id), DB_T(name),
                                 DB_I(w->x->now_ms) };
    struct db_rows  rows;
    enum status     st;

    w->session_id = SESSION_CORE;
    if (name.len == 0)
        return OK;
    st = db_run(w->conn, w->arena, SQL_SESSION_FIND, params, 2, &rows, err);
    if (st != OK)
        return st;
    if (rows.count > 0) {
        w->session_id = db_at(&rows, 0, 0)->number;
        return OK;
    }
    st = write_rows(w, SQL_SESSION_ADD, params, COUNT(params), err);
    w->session_id = db_insert_id(w->conn);
    return st;
}

/* The id of the vault's first memory with this text and role, or NULL. */
static enum status
find_same(struct writing *w, const struct exchange_piece *piece,
          const uint8_t hash[CRYPTO_HASH_BYTES], struct db_value *id,
          struct error *err)
{
    struct db_value params[] = { DB_I(w->x->vault_id),
                                 DB_B(hash, CRYPTO_HASH_BYTES),
                                 DB_I(piece->role) };
    struct db_rows  rows;
    enum status     st = db_run(w->conn, w->arena, SQL_MEMORY_SAME, params,
                                COUNT(params), &rows, err);

    if (st == OK)
        *id = rows.count ? *db_at(&rows, 0, 0) : DB_NIL;
    return st;
}

static enum status
write_piece(struct writing *w, size_t i, struct error *err)
{
    const struct exchange       *x = w->x;
    const struct exchange_piece *p = &x->pieces[i];
    int64_t                      seq = w->first_seq + (int64_t)i;
    bool            partial = x->usage.partial && p->role == ROLE_ASSISTANT;
    uint8_t         hash[CRYPTO_HASH_BYTES];
    struct db_value same;
    enum status     st;

    crypto_hash_text(p->text, hash);
    if ((st = find_same(w, p, hash, &same, err)) != OK)
        return st;
    w->repeated += same.type != DB_NULL;
    /* A new row's id is its first seq, which no other row ever had. */
    struct db_value params[] = {
        DB_I(x->vault_id), DB_I(seq), DB_I(seq), DB_I(w->session_id),
        DB_I(w->first_seq), DB_I(p->position), DB_I(p->role), DB_I(partial),
        cut_value(p->author, AUTHOR_MAX_BYTES), DB_T(p->text),
        DB_B(hash, sizeof(hash)), count_value(p->tokens, INT32_MAX),
        DB_I(x->now_ms), DB_I(x->now_ms), cut_value(x->source, SOURCE_CHARS),
        same,
    };
    return write_rows(w, SQL_MEMORY_ADD, params, COUNT(params), err);
}

static enum status
write_pieces(struct writing *w, struct error *err)
{
    enum status st = advance_vault(w, err);

    if (st == OK)
        st = find_session(w, err);
    for (size_t i = 0; i < w->x->piece_count && st == OK; i++)
        st = write_piece(w, i, err);
    if (st == OK && w->repeated > 0) {
        struct db_value params[] = { DB_I(w->repeated),
                                     DB_I(w->x->vault_id) };

        st = write_rows(w, SQL_VAULT_REPEATED, params, COUNT(params), err);
    }
    return st;
}

/* *known when the request id is there already: all of it was saved before. */
static enum status
write_usage(struct writing *w, bool *known, struct error *err)
{
    const struct exchange       *x = w->x;
    const struct exchange_usage *u = &x->usage;
    uint8_t                      id[REQUEST_ID_BYTES];
    enum status                  st;

    if (!crypto_from_hex(x->request_id, id, sizeof(id)))
        return failed(err, ERR_INTERNAL, "request id `%.*s` is not 32 hex "
                      "digits", STR_ARG(str_slice(x->request_id, 0, 64)));
    struct db_value params[] = {
        DB_B(id, sizeof(id)), DB_I(x->account_id), DB_I(x->key_id),
        DB_I(x->vault_id), cut_value(u->provider, PROVIDER_CHARS),
        cut_value(u->model, MODEL_NAME_MAX_BYTES),
        cut_value(u->dialect, DIALECT_CHARS),
        count_value(u->http_status, INT32_MAX),
        count_value(u->input_tokens, INT64_MAX),
        count_value(u->output_tokens, INT64_MAX), DB_I(u->estimated),
        DB_I(u->partial), count_value(u->memories, INT32_MAX),
        count_value(u->memory_tokens, INT64_MAX), DB_I(x->piece_count),
        time_value(u->recall_ms), time_value(u->provider_ms),
        count_value(u->total_ms, INT64_MAX), DB_I(x->now_ms),
    };
    st = write_rows(w, SQL_USAGE_ADD, params, COUNT(params), err);
    *known = st == ERR_CONFLICT;
    return *known ? OK : st;
}

static enum status
mark_key_used(struct writing *w, struct error *err)
{
    struct db_value params[] = { DB_I(w->x->now_ms), DB_I(w->x->key_id),
                                 DB_I(w->x->now_ms - KEY_NOTED_MS) };

    return write_rows(w, SQL_KEY_USED, params, COUNT(params), err);
}

static bool
has_receipt(const struct exchange *x)
{
    return x->receipt && (x->injected.len || x->piece_count);
}

static enum status
write_receipt(struct writing *w, struct error *err)
{
    struct receipt_add row = {
        .request_id = w->x->request_id,
        .vault_id = w->x->vault_id,
        .now_ms = w->x->now_ms,
        .injected = w->x->injected,
        .first_id = w->first_seq,
        .stored = w->x->piece_count,
    };

    return receipt_add(w->conn, w->arena, &row, err);
}

/* Locks are always taken in this order: vault, usage, receipt, key. */
static enum status
transact(struct db_conn *conn, struct arena *a, const struct exchange *x,
         struct error *err)
{
    struct writing w = { .conn = conn, .arena = a, .x = x };
    bool           known = false;
    enum status    st;

    if (x->piece_count == 0 && !x->note_key && !has_receipt(x))
        return write_usage(&w, &known, err); /* one row commits itself */
    if ((st = db_begin(conn, err)) != OK)
        return st;
    if (x->piece_count > 0)
        st = write_pieces(&w, err);
    if (st == OK)
        st = write_usage(&w, &known, err);
    if (st == OK && !known && has_receipt(x))
        st = write_receipt(&w, err);
    if (st == OK && !known && x->note_key)
        st = mark_key_used(&w, err);
    if (st == OK && !known)
        return db_commit(conn, err);
    db_rollback(conn);
    return st;
}

enum status
exchange_save(struct db *db, struct arena *a, const struct exchange *x,
              struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    for (int i = 0; i < TRIES; i++) {
        st = transact(conn, a, x, err);
        if (st != ERR_STORE || !db_should_repeat(conn))
            break;
    }
    db_return(db, conn);
    return st;
}
