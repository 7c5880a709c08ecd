/* New vectors for what follows. */
#include "store/following.h"

#include "base/banned.h"

enum status
following_find(struct db_conn *conn, struct arena *a, int64_t vault_id,
               int64_t first_id, struct db_rows *rows, struct error *err)
{
    struct db_value vault = DB_I(vault_id), first = DB_I(first_id);
    struct db_value params[] = { vault, first, vault, first,
                                 vault, vault, first, first };

    return db_run(conn, a, SQL_MEMORY_FOLLOWING, params, COUNT(params), rows,
                  err);
}

static enum status
run(struct adding *w, enum statement id, const struct db_value *params,
    size_t count, struct error *err)
{
    return db_run(w->conn, NULL, id, params, count, NULL, err);
}

/* The vault has no more memories than before, but no index knows these. */
static enum status
take_seqs(struct adding *w, size_t count, struct error *err)
{
    struct db_value back[] = { DB_I(count), DB_I(w->vault_id) };
    enum status     st = adding_begin(w, count, err);

    return st == OK ? run(w, SQL_VAULT_PURGED, back, COUNT(back), err) : st;
}

static enum status
move(struct adding *w, const struct db_value *row, struct error *err)
{
    struct db_value vector[] = { DB_I(w->vault_id), row[1] };
    struct db_value seq[] = { DB_I(w->next_seq++), DB_I(w->vault_id),
                              row[0] };
    enum status     st = run(w, SQL_EMBEDDING_DROP, vector, COUNT(vector),
                             err);

    return st == OK ? run(w, SQL_MEMORY_MOVE, seq, COUNT(seq), err) : st;
}

enum status
following_renew(struct adding *w, const struct db_rows *rows,
                struct error *err)
{
    enum status st = rows->count ? take_seqs(w, rows->count, err) : OK;

    for (size_t i = 0; st == OK && i < rows->count; i++)
        st = move(w, db_at(rows, i, 0), err);
    return st;
}
