/* One transaction a turn. */
#include "store/exchange.h"

#include "base/utf8.h"
#include "platform/clock.h"
#include "platform/conf.h"
#include "platform/crypto.h"
#include "store/adding.h"
#include "store/key.h"
#include "store/receipt.h"
#include "store/usage.h"

#include "base/banned.h"

enum {
    TRIES             = 3,
    PROVIDER_CHARS    = 64,
    DIALECT_CHARS     = 32,
};

/* What the rows of one exchange have in common. */
struct writing {
    struct db_conn        *conn;
    struct arena          *arena;
    const struct exchange *x;
    int64_t                first_seq;  /* 0: there are no rows */
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

static enum status
write_piece(struct writing *w, struct adding *rows, size_t i,
            struct error *err)
{
    const struct exchange       *x = w->x;
    const struct exchange_piece *p = &x->pieces[i];
    struct adding_row            row = {
        .role = p->role,
        .partial = x->usage.partial && p->role == ROLE_ASSISTANT,
        .joins = i > 0,
        .session = x->session,
        .author = p->author,
        .text = p->text,
        .tokens = p->tokens,
        .position = p->position,
        .occurred_ms = x->now_ms,
        .source = x->source,
    };
    int64_t id;

    return adding_write(rows, &row, &id, err);
}

static enum status
write_pieces(struct writing *w, struct error *err)
{
    struct adding rows = { .conn = w->conn, .arena = w->arena,
                           .vault_id = w->x->vault_id,
                           .now_ms = w->x->now_ms };
    enum status   st = adding_begin(&rows, w->x->piece_count, err);

    w->first_seq = rows.next_seq;
    for (size_t i = 0; i < w->x->piece_count && st == OK; i++)
        st = write_piece(w, &rows, i, err);
    return st == OK ? adding_end(&rows, err) : st;
}

/* *known when the request id is there already: all of it was saved before. */
static enum status
write_usage(struct writing *w, bool *known, struct error *err)
{
    const struct exchange       *x = w->x;
    const struct exchange_usage *u = &x->usage;
    uint8_t                      id[CRYPTO_REQUEST_ID_BYTES];
    enum status st = crypto_request_id(x->request_id, id, err);

    if (st != OK)
        return st;
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

/* It comes from the spool, perhaps of a day that is summed up already. */
static bool
is_late(const struct exchange *x)
{
    return clock_now_ms() - x->now_ms > CLOCK_DAY_MS;
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

/* Locks are always taken in this order: vault, usage, receipt, key,
 * mark. */
static enum status
transact(struct db_conn *conn, struct arena *a, const struct exchange *x,
         struct error *err)
{
    struct writing w = { .conn = conn, .arena = a, .x = x };
    bool           known = false;
    enum status    st;

    if (x->piece_count == 0 && !x->note_key && !has_receipt(x) &&
        !is_late(x))
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
        st = key_note_use(conn, x->key_id, x->now_ms, err);
    if (st == OK && !known && is_late(x))
        st = usage_reopen(conn, a, x->request_id, x->now_ms, err);
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
