/* From rows to stored vectors. */
#include "memory/learn_embed.h"

#include <unistd.h>

#include "memory/learn_encode.h"
#include "memory/learn_model.h"
#include "memory/passage.h"
#include "platform/clock.h"
#include "store/backlog.h"
#include "store/embedding.h"

#include "base/banned.h"

enum {
    TRIES       = 3,
    LOCAL_GROUP = 16,  /* texts that the encoder gets at once */
};

/* A row to embed, with what was said before it. */
struct item {
    const struct memory_row *row;
    const struct memory_row *previous;
};

struct work {
    struct learner     *l;
    int64_t             vault_id;
    struct learn_model *model;      /* NULL: the vault goes by words */
    struct vault_state  state;
    struct memory_row  *rows;
    size_t              row_count;
    bool                complete;
    int64_t             upto_seq;   /* the new watermark */
    struct item        *items;      /* one a row */
    struct embedding   *vectors;
    size_t              vector_count;
};

/* The model for the vault; *waits when there is none that can work now. */
static enum status
choose_model(struct work *w, bool *waits, struct error *err)
{
    struct learner *l = w->l;
    enum status     st = OK;

    w->model = NULL;
    if (w->state.model_id == 0) {
        *waits = !w->state.model_pinned && !learn_model_is_none(l);
        return OK;
    }
    if (w->state.model_id != l->own.id && learn_model_is_none(l) &&
        !w->state.model_pinned) {
        *waits = true;
        return OK;
    }
    st = learn_model_get(l, w->state.model_id, &w->model, err);
    *waits = st != OK || !w->model || !w->model->ready;
    return st;
}

/* As many rows as one batch may have. */
static void
cut_rows(struct work *w, size_t read)
{
    size_t bytes = 0;

    w->row_count = 0;
    while (w->row_count < read && bytes < LEARN_BYTES_MAX)
        bytes += w->rows[w->row_count++].text.len;
    w->complete = w->row_count == read && read < LEARN_ROWS_MAX;
    w->upto_seq = read ? w->rows[w->row_count - 1].seq : 0;
    /* Seqs that nobody has any more are passed, too. */
    if (w->complete && w->upto_seq < w->state.next_seq - 1)
        w->upto_seq = w->state.next_seq - 1;
}

static enum status
read_rows(struct work *w, struct error *err)
{
    size_t      read = 0;
    enum status st = memory_next(w->l->conn, &w->l->batch, w->vault_id,
                                 w->state.embedded_seq, LEARN_ROWS_MAX,
                                 &w->rows, &read, err);

    if (st == OK)
        cut_rows(w, read);
    return st;
}

/* Without a model all of them are done. */
static enum status
pass_rows(struct work *w)
{
    w->upto_seq = w->state.next_seq - 1;
    w->row_count = (size_t)(w->upto_seq - w->state.embedded_seq);
    w->complete = true;
    return OK;
}

/* What was said before the row, where its vector needs that. */
static enum status
look_back(struct work *w, struct item *item, struct error *err)
{
    const struct memory_row *row = item->row;
    struct memory_row       *before;
    size_t                   count = 0;
    enum status              st = OK;

    item->previous = NULL;
    if (passage_has_line_before(row))
        st = memory_before(w->l->conn, &w->l->batch, w->vault_id,
                           row->session_id, row->id, &before, &count, err);
    if (count > 0)
        item->previous = before;
    return st;
}

static enum status
collect(struct work *w, struct error *err)
{
    enum status st = OK;

    w->items = arena_array(&w->l->batch, struct item, w->row_count);
    for (size_t i = 0; i < w->row_count && st == OK; i++) {
        w->items[i].row = &w->rows[i];
        st = look_back(w, &w->items[i], err);
    }
    return st;
}

static size_t
thread_count(const struct conf *conf)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (conf->learner_threads > 0)
        return (size_t)conf->learner_threads;
    return cores > 0 ? (size_t)cores : 1;
}

static enum status
encode(struct work *w, struct error *err)
{
    struct arena      *a = &w->l->batch;
    const struct conf *conf = w->l->setup.conf;
    struct str        *texts = arena_array(a, struct str, w->row_count);
    bool               is_http = strcmp(embed_backend(w->model->embedder),
                                        "http") == 0;
    struct learn_encode job = {
        .embedder = w->model->embedder,
        .texts = texts,
        .count = w->row_count,
        .dimensions = w->model->dimensions,
        .group = is_http ? (size_t)conf->embedding_batch : LOCAL_GROUP,
        .threads = thread_count(conf),
        .vectors = arena_array(a, float, w->row_count * w->model->dimensions),
        .has_vector = arena_array(a, bool, w->row_count),
    };
    enum status st;

    for (size_t i = 0; i < w->row_count; i++)
        texts[i] = passage_text(a, w->items[i].row, w->items[i].previous);
    if ((st = learn_encode(&job, a, err)) != OK) {
        learn_model_failed(w->l, w->model, err);
        return st;
    }
    learn_model_worked(w->model);
    w->vectors = arena_array(a, struct embedding, w->row_count);
    for (size_t i = 0; i < w->row_count; i++)
        if (job.has_vector[i])
            w->vectors[w->vector_count++] = (struct embedding){
                w->items[i].row->seq, job.vectors + i * job.dimensions };
        else
            learn_note(w->l, &(struct learn_news){
                           .event = LEARN_REFUSED, .vault_id = w->vault_id,
                           .seq = w->items[i].row->seq });
    return OK;
}

/* Inside the transaction of the claim. */
static enum status
save(struct work *w, struct error *err)
{
    struct embedding_batch batch = {
        .vault_id = w->vault_id,
        .model_id = w->state.model_id,
        .list = w->vectors,
        .count = w->vector_count,
        .dimensions = w->model ? w->model->dimensions : 0,
        .embedded_seq = w->upto_seq,
        .now_ms = clock_now_ms(),
    };
    enum status st = embedding_save(w->l->conn, &batch, err);

    return st == OK ? db_commit(w->l->conn, err) : st;
}

/* A deadlock or a conflict ended the claim, but the vectors are good still. */
static enum status
save_again(struct work *w, enum status st, struct error *err)
{
    struct db_conn *conn = w->l->conn;
    bool            got = true;

    for (int i = 1; i < TRIES && st == ERR_STORE && db_should_repeat(conn);
         i++) {
        db_rollback(conn);
        st = backlog_claim(conn, &w->l->batch, w->vault_id, &got, err);
        if (st == OK && !got)
            return failed(err, ERR_CONFLICT, "another learner went on with "
                          "vault %lld", (long long)w->vault_id);
        if (st == OK)
            st = save(w, err);
    }
    return st;
}

/* The claim is held. */
static enum status
embed_claimed(struct work *w, struct learn_batch *batch, struct error *err)
{
    enum status st = memory_epoch(w->l->conn, &w->l->batch, w->vault_id,
                                  &w->state, err);

    if (st != OK)
        return st;
    batch->complete = w->state.embedded_seq >= w->state.next_seq - 1;
    if (batch->complete)
        return OK;
    if ((st = choose_model(w, &batch->waits, err)) != OK || batch->waits ||
        (st = w->model ? read_rows(w, err) : pass_rows(w)) != OK)
        return st;
    if (w->row_count > 0 && w->model) {
        if ((st = collect(w, err)) != OK)
            return st;
        batch->waits = encode(w, err) != OK; /* which was told */
        if (batch->waits)
            return OK;
    }
    st = save_again(w, save(w, err), err);
    if (st == OK) {
        batch->rows = w->row_count;
        batch->complete = w->complete;
    }
    return st;
}

/* Cheaper than a claim: most vaults that wait wait for a model. */
static enum status
look_first(struct work *w, struct learn_batch *batch, struct error *err)
{
    enum status st = memory_epoch(w->l->conn, &w->l->batch, w->vault_id,
                                  &w->state, err);

    return st == OK ? choose_model(w, &batch->waits, err) : st;
}

enum status
learn_embed(struct learner *l, int64_t vault_id, struct learn_batch *batch,
            struct error *err)
{
    struct work w = { .l = l, .vault_id = vault_id };
    bool        got = false;
    enum status st;

    *batch = (struct learn_batch){ 0 };
    arena_reset(&l->batch);
    st = look_first(&w, batch, err);
    if (st != OK || batch->waits)
        return st;
    st = backlog_claim(l->conn, &l->batch, vault_id, &got, err);
    if (st != OK || !got) {
        batch->busy = st == OK;
        return st;
    }
    st = embed_claimed(&w, batch, err);
    db_rollback(l->conn); /* the claim, unless it was committed */
    return st;
}
