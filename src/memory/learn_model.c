/* Models by their numbers in the database. */
#include "memory/learn_model.h"

#include "platform/clock.h"
#include "store/embedding.h"

#include "base/banned.h"

enum {
    RETRY_US    = 1000000,
    DOUBLINGS   = 5,         /* of that, at most */
    LOST_US     = 60000000,
};

/* That there is no model is what embed_state() says. */
void
learn_model_failed(struct learner *l, struct learn_model *model,
                   const struct error *err)
{
    int     doublings = model->failures < DOUBLINGS ? model->failures
                                                    : DOUBLINGS;
    int64_t now_us = clock_tick_us();

    if (model->failures++ == 0) {
        model->since_us = now_us;
        if (err->status != ERR_NOT_FOUND)
            learn_note_error(l, 0, err);
    }
    model->ready = false;
    model->retry_us = now_us + ((int64_t)RETRY_US << doublings);
}

void
learn_model_worked(struct learn_model *model)
{
    model->failures = 0;
}

bool
learn_model_is_lost(const struct learn_model *model)
{
    return model->failures > 0 &&
           clock_tick_us() - model->since_us > LOST_US;
}

bool
learn_model_is_none(const struct learner *l)
{
    return l->setup.conf->embedding == EMBED_NONE;
}

/* Its dimensions are known now, and so is its number. */
static enum status
identify(struct learner *l, struct learn_model *model, struct error *err)
{
    struct embedding_model row = {
        .provider = str_from(embed_backend(model->embedder)),
        .name = model->name,
        .dimensions = model->dimensions,
    };

    return embedding_model_id(l->conn, &l->batch, &row, clock_now_ms(),
                              &model->id, err);
}

/* Whether it can embed now. */
static enum status
check(struct learner *l, struct learn_model *model, struct error *err)
{
    size_t      before = model->dimensions;
    enum status st;

    if (!model->ready && clock_tick_us() < model->retry_us)
        return OK;
    st = embed_prepare(model->embedder, err);
    if (st == OK) {
        model->dimensions = embed_dimensions(model->embedder);
        model->name = embed_model(model->embedder);
        if (!model->id || model->dimensions != before)
            st = identify(l, model, err);
    }
    if (st == ERR_STORE)
        return st;
    if (st == OK)
        model->ready = true;
    else
        learn_model_failed(l, model, err);
    return OK;
}

enum status
learn_model_refresh(struct learner *l, struct error *err)
{
    l->own.embedder = l->setup.embedder;
    return learn_model_is_none(l) ? OK : check(l, &l->own, err);
}

void
learn_model_close(struct learner *l)
{
    if (l->other.embedder)
        embed_close(l->other.embedder);
    l->other = (struct learn_model){ 0 };
    arena_reset(&l->other_arena);
}

/* As the configuration is, but with this model. */
static enum status
open_other(struct learner *l, const struct embedding_model *row,
           struct error *err)
{
    enum status st;

    learn_model_close(l);
    l->other_conf = *l->setup.conf;
    l->other_conf.embedding = str_equal(row->provider, STR("http"))
                                  ? EMBED_HTTP : EMBED_LOCAL;
    l->other_conf.embedding_model = arena_copy(&l->other_arena,
                                               row->name).ptr;
    if (l->other_conf.embedding_dimensions) /* the endpoint can be told */
        l->other_conf.embedding_dimensions = (int64_t)row->dimensions;
    st = embed_open(&l->other_conf, l->setup.http, &l->other.embedder, err);
    if (st == OK)
        l->other.id = row->id;
    return st;
}

enum status
learn_model_get(struct learner *l, int64_t id, struct learn_model **model,
                struct error *err)
{
    struct embedding_model row;
    enum status            st;

    *model = NULL;
    if (id == l->own.id) {
        *model = &l->own;
        return OK;
    }
    if (id != l->other.id) {
        st = embedding_model_find(l->conn, &l->batch, id, &row, err);
        if (st == OK)
            st = open_other(l, &row, err);
        if (st != OK)
            return st == ERR_STORE ? st : OK;
    }
    *model = &l->other;
    return check(l, &l->other, err);
}
