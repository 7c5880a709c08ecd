/* Roll-up, retention and sweeps. */
#include "store/upkeep.h"

#include "platform/clock.h"
#include "platform/conf.h"
#include "store/audit.h"
#include "store/injection.h"
#include "store/once.h"
#include "store/receipt.h"
#include "store/usage.h"

#include "base/banned.h"

enum { PAGE = 100 };  /* vaults at once */

/* One run. */
struct work {
    struct db_conn     *conn;
    const struct conf  *conf;
    struct arena        arena;    /* of one step */
    int64_t             now_ms;
    size_t              batches;
    struct upkeep_done *done;
};

static enum status
roll_up(struct work *w, struct error *err)
{
    bool        rolled = true;
    enum status st = OK;

    for (size_t i = 0; i < UPKEEP_DAYS && rolled && st == OK; i++) {
        arena_reset(&w->arena);
        st = usage_roll(w->conn, &w->arena, w->now_ms, &rolled, err);
        w->done->days += st == OK && rolled;
    }
    return st;
}

/* Of what the batch will delete: rows, and how many of them are repeats. */
static enum status
count_batch(struct work *w, const struct db_value *params, int64_t *rows,
            int64_t *repeats, struct error *err)
{
    struct db_rows found;
    enum status    st = db_run(w->conn, &w->arena, SQL_RETENTION_COUNT, params,
                               2, &found, err);

    if (st != OK)
        return st;
    *rows = db_at(&found, 0, 0)->number;
    *repeats = db_at(&found, 0, 1)->number;
    return OK;
}

/* The vault's row is locked first, as by every writer, so that what is counted
 * is what is deleted. */
static enum status
delete_rows(struct work *w, int64_t vault_id, int64_t before_ms,
            int64_t *rows, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(before_ms) };
    int64_t         repeats = 0;
    enum status     st = db_run(w->conn, NULL, SQL_VAULT_MOVED, params, 1,
                                NULL, err);

    if (st == OK)
        st = count_batch(w, params, rows, &repeats, err);
    if (st == OK)
        st = db_run(w->conn, NULL, SQL_RETENTION_DELETE, params, 2, NULL,
                    err);
    if (st == OK)
        st = db_run(w->conn, NULL, SQL_VAULT_SHRUNK, (struct db_value[]){
                        DB_I(*rows), DB_I(repeats), DB_I(vault_id) }, 3, NULL,
                    err);
    return st;
}

static enum status
delete_batch(struct work *w, int64_t vault_id, int64_t before_ms,
             int64_t *rows, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(before_ms) };
    int64_t         repeats;
    enum status     st;

    arena_reset(&w->arena);
    st = count_batch(w, params, rows, &repeats, err);
    if (st != OK || *rows == 0)
        return st;
    if ((st = db_begin(w->conn, err)) != OK)
        return st;
    st = delete_rows(w, vault_id, before_ms, rows, err);
    if (st == OK)
        st = db_commit(w->conn, err);
    else
        db_rollback(w->conn);
    if (st == OK)
        w->done->deleted += (size_t)*rows;
    return st;
}

static enum status
shorten(struct work *w, int64_t vault_id, int64_t days, struct error *err)
{
    int64_t     before_ms = w->now_ms - days * CLOCK_DAY_MS;
    int64_t     rows = 1;
    enum status st = OK;

    for (; rows > 0 && w->batches < UPKEEP_BATCHES && st == OK; w->batches++)
        st = delete_batch(w, vault_id, before_ms, &rows, err);
    return st;
}

/* Page by page through the vaults that have a key with retention. */
static enum status
retain(struct work *w, struct error *err)
{
    struct arena a = ARENA_INIT;
    int64_t      after = 0;
    size_t       count = PAGE;
    enum status  st = OK;

    while (st == OK && count == PAGE && w->batches < UPKEEP_BATCHES) {
        struct db_value params[] = { DB_I(after), DB_I(PAGE) };
        struct db_rows  rows;

        arena_reset(&a);
        st = db_run(w->conn, &a, SQL_RETENTION_VAULTS, params, COUNT(params),
                    &rows, err);
        count = st == OK ? rows.count : 0;
        for (size_t i = 0; i < count && st == OK; i++) {
            const struct db_value *v = db_at(&rows, i, 0);

            after = v[0].number;
            if (v[1].number > 0)
                st = shorten(w, after, v[1].number, err);
        }
    }
    arena_release(&a);
    return st;
}

/* Events of usage, kept for as long as receipts need them. */
static enum status
forget_events(struct work *w, struct error *err)
{
    int64_t     days = w->conf->usage_days;
    size_t      deleted = 1;
    enum status st = OK;

    if (days == 0)
        return OK;
    if (days < w->conf->receipt_days)
        days = w->conf->receipt_days;
    for (; deleted && w->batches < UPKEEP_BATCHES && st == OK; w->batches++) {
        arena_reset(&w->arena);
        st = usage_sweep(w->conn, &w->arena,
                         w->now_ms / CLOCK_DAY_MS - days, &deleted, err);
        w->done->events += deleted;
    }
    return st;
}

/* What is kept for a while only. */
static enum status
sweep(struct work *w, struct error *err)
{
    enum status st;

    arena_reset(&w->arena);
    if ((st = injection_sweep(w->conn, &w->arena, w->now_ms, err)) != OK ||
        (st = once_sweep(w->conn, w->now_ms, err)) != OK ||
        (st = receipt_sweep(w->conn, &w->arena,
                            receipt_oldest(w->conf, w->now_ms), err)) != OK)
        return st;
    return audit_sweep(w->conn, w->conf, w->now_ms, err);
}

enum status
upkeep_run(struct db *db, const struct conf *conf, int64_t now_ms,
           struct upkeep_done *done, struct error *err)
{
    struct work w = { .arena = ARENA_INIT, .conf = conf, .now_ms = now_ms,
                      .done = done };
    enum status st = db_borrow(db, &w.conn, err);

    *done = (struct upkeep_done){ .days = 0 };
    if (st != OK)
        return st;
    if ((st = sweep(&w, err)) == OK && (st = roll_up(&w, err)) == OK &&
        (st = retain(&w, err)) == OK)
        st = forget_events(&w, err);
    db_return(db, w.conn);
    arena_release(&w.arena);
    return st;
}
