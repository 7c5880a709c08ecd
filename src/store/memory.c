/* Reading memories. */
#include "store/memory.h"

#include <assert.h>

#include "base/banned.h"

struct each {
    memory_row_fn *fn;
    void          *owner;
};

/* Of MEMORY_LIST; MEMORY_WHOLE has more. */
enum { LIST_COLUMNS = 11 };

/* In the order of MEMORY_LIST in statements.c. */
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

struct memory_row
memory_whole(const struct db_value *columns)
{
    const struct db_value *v = columns;
    struct memory_row      row = read_row(v);

    row.session = v[LIST_COLUMNS].text;
    row.source = v[LIST_COLUMNS + 1].text;
    row.metadata = v[LIST_COLUMNS + 2].text;
    row.partial = v[LIST_COLUMNS + 3].number != 0;
    row.created_ms = v[LIST_COLUMNS + 4].number;
    return row;
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

/* The rows that a statement of MEMORY_COLUMNS gives. */
static enum status
read_rows(struct db_conn *conn, struct arena *a, enum statement id,
          const struct db_value *params, size_t param_count,
          struct memory_row **list, size_t *count, struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, id, params, param_count, &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct memory_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = rows.columns > LIST_COLUMNS
                         ? memory_whole(db_at(&rows, i, 0))
                         : read_row(db_at(&rows, i, 0));
    return OK;
}

enum status
memory_fetch(struct db_conn *conn, struct arena *a, int64_t vault_id,
             const int64_t *seqs, size_t seq_count, struct memory_row **list,
             size_t *count, struct error *err)
{
    struct db_value params[1 + MEMORY_FETCH_MAX];

    assert(seq_count <= MEMORY_FETCH_MAX);
    params[0] = DB_I(vault_id);
    /* No row has seq 0, so it fills the places that are not needed. */
    for (size_t i = 0; i < MEMORY_FETCH_MAX; i++)
        params[1 + i] = DB_I(i < seq_count ? seqs[i] : 0);
    *list = NULL;
    *count = 0;
    if (seq_count == 0)
        return OK;
    return read_rows(conn, a, SQL_MEMORY_FETCH, params, COUNT(params), list,
                     count, err);
}

enum status
memory_next(struct db_conn *conn, struct arena *a, int64_t vault_id,
            int64_t above_seq, size_t limit, struct memory_row **list,
            size_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(above_seq),
                                 DB_I(limit) };

    return read_rows(conn, a, SQL_MEMORY_NEXT, params, COUNT(params), list,
                     count, err);
}

enum status
memory_before(struct db_conn *conn, struct arena *a, int64_t vault_id,
              int64_t session_id, int64_t id, struct memory_row **list,
              size_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(session_id),
                                 DB_I(id) };

    return read_rows(conn, a, SQL_MEMORY_BEFORE, params, COUNT(params), list,
                     count, err);
}

struct each_seq {
    memory_seq_fn *fn;
    void          *owner;
};

static enum status
pass_seq(void *owner, const struct db_value *row, size_t columns,
         struct error *err)
{
    const struct each_seq *each = owner;

    (void)columns; /* known from the statement */
    return each->fn(each->owner, row[0].number, err);
}

enum status
memory_live(struct db_conn *conn, int64_t vault_id, int64_t upto_seq,
            memory_seq_fn *fn, void *owner, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(upto_seq) };
    struct each_seq each = { fn, owner };

    return db_each(conn, SQL_MEMORY_LIVE, params, COUNT(params), pass_seq,
                   &each, err);
}

enum status
memory_epoch(struct db_conn *conn, struct arena *a, int64_t vault_id,
             struct vault_state *state, struct error *err)
{
    struct db_value        params[] = { DB_I(vault_id) };
    const struct db_value *v;
    struct db_rows         rows;
    enum status            st = db_run(conn, a, SQL_VAULT_STATE, params,
                                       COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no vault %lld",
                      (long long)vault_id);
    v = db_at(&rows, 0, 0);
    *state = (struct vault_state){
        .epoch = v[0].number,
        .purge_epoch = v[1].number,
        .next_seq = v[2].number,
        .model_id = v[3].number,
        .model_pinned = v[4].number != 0,
        .embedded_seq = v[5].number,
    };
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
