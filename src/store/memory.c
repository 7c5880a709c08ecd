/* Reading memories. */
#include "store/memory.h"

#include <assert.h>

#include "base/banned.h"

struct each {
    memory_row_fn *fn;
    void          *owner;
};

/* In the order of MEMORY_COLUMNS in statements.c. */
static struct memory_row
read_row(const struct db_value *v)
{
    return (struct memory_row){
        .seq = v[0].number,
        .id = v[1].number,
        .session_id = v[2].number,
        .turn = v[3].number,
        .position = v[4].number,
        .role = (enum role)v[5].number,
        .author = v[6].text,
        .text = v[7].text,
        .tokens = v[8].number,
        .occurred_ms = v[9].number,
        .duplicate_of = v[10].number,
    };
}

static enum status
pass_row(void *owner, const struct db_value *row, size_t columns,
         struct error *err)
{
    const struct each *each = owner;
    struct memory_row  memory = read_row(row);

    (void)columns; /* known from the statement */
    return each->fn(each->owner, &memory, err);
}

enum status
memory_each_above(struct db_conn *conn, int64_t vault_id, int64_t above_seq,
                  memory_row_fn *fn, void *owner, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(above_seq) };
    struct each     each = { fn, owner };

    return db_each(conn, SQL_MEMORY_ABOVE, params, COUNT(params), pass_row,
                   &each, err);
}

enum status
memory_fetch(struct db_conn *conn, struct arena *a, int64_t vault_id,
             const int64_t *seqs, size_t seq_count, struct memory_row **list,
             size_t *count, struct error *err)
{
    struct db_value params[1 + MEMORY_FETCH_MAX];
    struct db_rows  rows = { NULL, 0, 0 };
    enum status     st = OK;

    assert(seq_count <= MEMORY_FETCH_MAX);
    params[0] = DB_I(vault_id);
    /* No row has seq 0, so it fills the places that are not needed. */
    for (size_t i = 0; i < MEMORY_FETCH_MAX; i++)
        params[1 + i] = DB_I(i < seq_count ? seqs[i] : 0);
    if (seq_count > 0)
        st = db_run(conn, a, SQL_MEMORY_FETCH, params, COUNT(params), &rows,
                    err);
    if (st != OK)
        return st;
    *list = arena_array(a, struct memory_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = read_row(db_at(&rows, i, 0));
    return OK;
}

enum status
memory_epoch(struct db_conn *conn, struct arena *a, int64_t vault_id,
             int64_t *epoch, int64_t *purge_epoch, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_VAULT_EPOCH, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no vault %lld",
                      (long long)vault_id);
    *epoch = db_at(&rows, 0, 0)->number;
    *purge_epoch = db_at(&rows, 0, 1)->number;
    return OK;
}

enum status
memory_session(struct db_conn *conn, struct arena *a, int64_t vault_id,
               struct str session, int64_t *id, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_T(session) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_SESSION_FIND, params,
                                COUNT(params), &rows, err);

    if (st == OK)
        *id = rows.count ? db_at(&rows, 0, 0)->number : 0;
    return st;
}
