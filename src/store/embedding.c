/* Reading and writing vectors. */
#include "store/embedding.h"

#include <assert.h>
#include <stdlib.h>

#include "store/half.h"

#include "base/banned.h"

enum { FORGET_ROWS = 1000 };

struct each {
    embedding_fn *fn;
    void         *owner;
    float         vector[EMBEDDING_MAX_DIMENSIONS];
};

static enum status
pass_vector(void *owner, const struct db_value *row, size_t columns,
            struct error *err)
{
    struct each *each = owner;
    struct str   bytes = row[1].text;
    size_t       dimensions = bytes.len / HALF_BYTES;

    (void)columns; /* known from the statement */
    if (dimensions > EMBEDDING_MAX_DIMENSIONS)
        dimensions = EMBEDDING_MAX_DIMENSIONS;
    half_read((const unsigned char *)bytes.ptr, dimensions, each->vector);
    return each->fn(each->owner, row[0].number, each->vector, dimensions,
                    err);
}

enum status
embedding_each(struct db_conn *conn, int64_t vault_id, int64_t model_id,
               int64_t above_seq, int64_t upto_seq, embedding_fn *fn,
               void *owner, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(model_id),
                                 DB_I(above_seq), DB_I(upto_seq) };
    struct each    *each = alloc_or_die(sizeof(*each));
    enum status     st;

    each->fn = fn;
    each->owner = owner;
    st = db_each(conn, SQL_EMBEDDING_EACH, params, COUNT(params), pass_vector,
                 each, err);
    free(each);
    return st;
}

/* The vault's row comes first, as in all transactions. */
static enum status
move_watermark(struct db_conn *conn, const struct embedding_batch *batch,
               struct error *err)
{
    struct db_value params[] = {
        DB_I(batch->embedded_seq), DB_I(batch->vault_id),
        batch->model_id ? DB_I(batch->model_id) : DB_NIL,
    };
    enum status st = db_run(conn, NULL, SQL_VAULT_EMBEDDED, params,
                            COUNT(params), NULL, err);

    if (st == OK && db_affected(conn) == 0)
        return failed(err, ERR_NOT_FOUND, "vault %lld is gone or has another "
                      "model than %lld", (long long)batch->vault_id,
                      (long long)batch->model_id);
    return st;
}

enum status
embedding_save(struct db_conn *conn, const struct embedding_batch *batch,
               struct error *err)
{
    unsigned char bytes[EMBEDDING_MAX_DIMENSIONS * HALF_BYTES];
    enum status   st = move_watermark(conn, batch, err);

    assert(batch->dimensions <= EMBEDDING_MAX_DIMENSIONS);
    for (size_t i = 0; i < batch->count && st == OK; i++) {
        struct db_value params[] = {
            DB_I(batch->model_id),
            DB_B(bytes, batch->dimensions * HALF_BYTES),
            DB_I(batch->now_ms), DB_I(batch->vault_id),
            DB_I(batch->list[i].seq),
        };

        half_write(batch->list[i].vector, batch->dimensions, bytes);
        st = db_run(conn, NULL, SQL_EMBEDDING_SAVE, params, COUNT(params),
                    NULL, err);
    }
    return st;
}

enum status
embedding_forget(struct db_conn *conn, int64_t vault_id, int64_t model_id,
                 bool *more, struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(model_id),
                                 DB_I(FORGET_ROWS) };
    enum status     st = db_run(conn, NULL, SQL_EMBEDDING_FORGET, params,
                                COUNT(params), NULL, err);

    *more = st == OK && db_affected(conn) == FORGET_ROWS;
    return st;
}

static enum status
find_id(struct db_conn *conn, struct arena *a,
        const struct embedding_model *model, int64_t *id, struct error *err)
{
    struct db_value params[] = { DB_T(model->provider), DB_T(model->name) };
    struct db_rows  rows;
    int64_t         dimensions;
    enum status     st = db_run(conn, a, SQL_EMBEDDING_MODEL, params,
                                COUNT(params), &rows, err);

    *id = 0;
    if (st != OK || rows.count == 0)
        return st;
    dimensions = db_at(&rows, 0, 1)->number;
    if (dimensions != (int64_t)model->dimensions)
        return failed(err, ERR_CONFLICT, "the model %.*s makes vectors of "
                      "%zu numbers; those that are stored under this name "
                      "have %lld", STR_ARG(model->name), model->dimensions,
                      (long long)dimensions);
    *id = db_at(&rows, 0, 0)->number;
    return OK;
}

enum status
embedding_model_id(struct db_conn *conn, struct arena *a,
                   const struct embedding_model *model, int64_t now_ms,
                   int64_t *id, struct error *err)
{
    struct db_value params[] = { DB_T(model->provider), DB_T(model->name),
                                 DB_I(model->dimensions), DB_I(now_ms) };
    enum status     st = find_id(conn, a, model, id, err);

    if (st != OK || *id)
        return st;
    st = db_run(conn, NULL, SQL_EMBEDDING_MODEL_ADD, params, COUNT(params),
                NULL, err);
    if (st != OK && st != ERR_CONFLICT) /* somebody was quicker */
        return st;
    st = find_id(conn, a, model, id, err);
    if (st == OK && !*id)
        return failed(err, ERR_STORE, "the model %.*s is gone again",
                      STR_ARG(model->name));
    return st;
}

enum status
embedding_model_find(struct db_conn *conn, struct arena *a, int64_t id,
                     struct embedding_model *model, struct error *err)
{
    struct db_value params[] = { DB_I(id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_EMBEDDING_MODEL_NAME, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no embedding model %lld",
                      (long long)id);
    *model = (struct embedding_model){
        .id = id,
        .provider = db_at(&rows, 0, 0)->text,
        .name = db_at(&rows, 0, 1)->text,
        .dimensions = (size_t)db_at(&rows, 0, 2)->number,
    };
    return OK;
}
