/* Counting. */
#include "store/tally.h"

#include "store/memory.h"

#include "base/banned.h"

enum { ALL_SESSIONS = -1, ANY_MODEL = 0 };

/* The first row of a statement that always gives one. */
static enum status
ask(struct db_conn *conn, struct arena *a, enum statement id,
    const struct db_value *params, size_t count, const struct db_value **row,
    struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, id, params, count, &rows, err);

    if (st == OK && rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no such vault");
    if (st == OK)
        *row = db_at(&rows, 0, 0);
    return st;
}

static enum status
count_vectors(struct db_conn *conn, struct arena *a, int64_t vault_id,
              int64_t model_id, int64_t session_id, int64_t *vectors,
              struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(model_id),
                                 DB_I(session_id), DB_I(session_id) };
    const struct db_value *row;
    enum status st = ask(conn, a, SQL_EMBEDDING_COUNT, params, COUNT(params),
                         &row, err);

    if (st == OK)
        *vectors = row[0].number;
    return st;
}

static enum status
count_memories(struct db_conn *conn, struct arena *a, int64_t vault_id,
               int64_t session_id, struct tally *t, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(session_id) };
    const struct db_value *row;
    enum status st = ask(conn, a, SQL_MEMORY_COUNTS, params, COUNT(params),
                         &row, err);

    if (st != OK)
        return st;
    t->memories = row[0].number;
    t->tokens = row[1].number;
    t->oldest_ms = row[2].number;
    t->newest_ms = row[3].number;
    return OK;
}

static enum status
describe(struct db_conn *conn, struct arena *a, int64_t vault_id,
         struct tally *t, int64_t *model_id, struct error *err)
{
    struct db_value        params[] = { DB_I(vault_id) };
    const struct db_value *row;
    enum status            st = ask(conn, a, SQL_VAULT_COUNTS, params,
                                    COUNT(params), &row, err);

    if (st != OK)
        return st;
    t->created_ms = row[0].number;
    t->last_access_ms = row[1].number;
    t->sessions = row[2].number;
    *model_id = row[3].number;
    t->repeats = row[4].number;
    return OK;
}

enum status
tally_vault(struct db_conn *conn, struct arena *a, int64_t vault_id,
            struct tally *tally, struct error *err)
{
    struct db_value        params[] = { DB_I(vault_id) };
    const struct db_value *row;
    int64_t                model_id = 0;
    enum status            st;

    memset(tally, 0, sizeof(*tally));
    if ((st = describe(conn, a, vault_id, tally, &model_id, err)) != OK ||
        (st = count_memories(conn, a, vault_id, ALL_SESSIONS, tally,
                             err)) != OK ||
        (st = ask(conn, a, SQL_MEMORY_PENDING, params, COUNT(params), &row,
                  err)) != OK)
        return st;
    tally->pending = row[0].number;
    if (model_id == 0)
        return OK;
    return count_vectors(conn, a, vault_id, model_id, ALL_SESSIONS,
                         &tally->vectors, err);
}

enum status
tally_part(struct db_conn *conn, struct arena *a, int64_t vault_id,
           int64_t session_id, int64_t *memories, int64_t *vectors,
           struct error *err)
{
    struct tally t = { 0 };
    enum status  st = count_memories(conn, a, vault_id, session_id, &t, err);

    *memories = t.memories;
    if (st != OK)
        return st;
    return count_vectors(conn, a, vault_id, ANY_MODEL, session_id, vectors,
                         err);
}

/* The memory that this one repeats, or its own id. */
static enum status
find_first(struct db_conn *conn, struct arena *a, int64_t vault_id,
           int64_t id, int64_t *first_id, struct error *err)
{
    struct db_value        params[] = { DB_I(vault_id), DB_I(id) };
    const struct db_value *row;
    struct memory_row      memory;
    enum status            st = ask(conn, a, SQL_MEMORY_GET, params,
                                    COUNT(params), &row, err);

    if (st == ERR_NOT_FOUND)
        return failed(err, st, "the vault has no such memory");
    if (st != OK)
        return st;
    memory = memory_whole(row);
    *first_id = memory.duplicate_of ? memory.duplicate_of : memory.id;
    return OK;
}

enum status
tally_group(struct db_conn *conn, struct arena *a, int64_t vault_id,
            int64_t id, int64_t *first_id, int64_t *memories,
            int64_t *vectors, struct error *err)
{
    struct db_rows rows;
    enum status    st = find_first(conn, a, vault_id, id, first_id, err);

    if (st != OK)
        return st;
    struct db_value params[] = { DB_I(vault_id), DB_I(*first_id),
                                 DB_I(vault_id), DB_I(*first_id) };

    st = db_run(conn, a, SQL_MEMORY_GROUP, params, COUNT(params), &rows, err);
    *memories = st == OK ? (int64_t)rows.count : 0;
    *vectors = 0;
    for (size_t i = 0; st == OK && i < rows.count; i++) {
        struct db_value        row[] = { DB_I(vault_id),
                                         *db_at(&rows, i, 1) };
        const struct db_value *count;

        st = ask(conn, a, SQL_EMBEDDING_OF, row, COUNT(row), &count, err);
        *vectors += st == OK ? count[0].number : 0;
    }
    return st;
}
