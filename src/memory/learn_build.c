/* Building generations of what the database has. */
#include "memory/learn_build.h"

#include "memory/learn_model.h"
#include "memory/segment.h"
#include "memory/segment_build.h"
#include "platform/clock.h"
#include "store/backlog.h"
#include "store/embedding.h"

#include "base/banned.h"

enum {
    PAGE_ROWS      = 512,
    /* Building one vault takes at most a fifth of the time. */
    REST_PER_BUILD = 4,
    REST_MAX_US    = 600 * 1000000,
};

bool
learn_build_is_due(const struct learn_facts *have,
                   const struct vault_state *now, int64_t model_id,
                   int64_t base_seq, enum learn_cause cause)
{
    bool    has_one = have->name[0] != '\0';
    int64_t least = has_one ? have->items / LEARN_DUE_DIVISOR : 0;

    if (base_seq <= 0)
        return false;
    if (cause == LEARN_CAUSE_FORCED)
        return true;
    if (!has_one && cause == LEARN_CAUSE_WANTED)
        return true;
    if (has_one && (have->model_id != model_id ||
                    have->purge_epoch != now->purge_epoch))
        return base_seq >= have->base_seq;
    if (least < LEARN_DUE_ROWS)
        least = LEARN_DUE_ROWS;
    if (cause == LEARN_CAUSE_WANTED)
        least /= 2;
    if (cause == LEARN_CAUSE_BACKLOG)
        least = has_one && have->items > LEARN_DUE_BACKLOG
                    ? have->items : LEARN_DUE_BACKLOG;
    return base_seq - (has_one ? have->base_seq : 0) >= least;
}

/* What the generation is like now; asks the disk for its name only. */
static enum status
look_up(struct learner *l, int64_t vault_id, struct learn_facts **facts,
        struct error *err)
{
    struct learn_facts    *f = &l->facts[(uint64_t)vault_id % LEARN_FACTS];
    const char            *state_dir = l->setup.conf->state_dir;
    char                   name[GENERATION_NAME_BYTES] = "";
    struct segment        *segment;
    const struct manifest *m;
    enum status            st = generation_current(state_dir, vault_id, name,
                                                   err);

    *facts = f;
    if (f->vault_id != vault_id)
        *f = (struct learn_facts){ .vault_id = vault_id };
    if (st == OK && strcmp(f->name, name) == 0)
        return OK;
    f->name[0] = '\0';
    if (st == OK)
        st = segment_open(state_dir, vault_id, &segment, err);
    if (st == ERR_INTERNAL)
        learn_note_error(l, vault_id, err); /* it was set aside */
    if (st != OK)
        return st == ERR_NOT_FOUND || st == ERR_INTERNAL ? OK : st;
    m = segment_manifest(segment);
    memcpy(f->name, name, sizeof(f->name));
    f->model_id = m->model_id;
    f->base_seq = m->base_seq;
    f->purge_epoch = m->purge_epoch;
    f->items = m->items;
    segment_close(segment);
    return OK;
}

/* What a new generation would be: its model and its last row. */
struct plan {
    int64_t                model_id;
    int64_t                base_seq;
    struct embedding_model model;
};

/* While the model does not work, the vault goes by words: at once if it has
 * no vectors, after a minute if it would lose some. */
static enum status
make_plan(struct learner *l, const struct vault_state *now, struct plan *plan,
          struct error *err)
{
    bool                adopted = now->model_id || now->model_pinned ||
                                  learn_model_is_none(l);
    struct learn_model *model = NULL;
    enum status         st = OK;
    bool                lost;

    *plan = (struct plan){ now->model_id, now->embedded_seq, { 0 } };
    if (now->model_id && now->embedded_seq < now->next_seq - 1)
        st = learn_model_get(l, now->model_id, &model, err);
    if (st != OK)
        return st;
    lost = model ? !model->ready && (learn_model_is_lost(model) ||
                                     now->embedded_seq == 0)
                 : now->model_id && now->embedded_seq < now->next_seq - 1;
    if (!adopted || lost)
        *plan = (struct plan){ 0, now->next_seq - 1, { 0 } };
    if (plan->model_id)
        st = embedding_model_find(l->conn, &l->batch, plan->model_id,
                                  &plan->model, err);
    return st;
}

/* Rows and vectors as segment_build() asks for them, read page by page. */
struct reading {
    struct learner       *l;
    struct arena          page;
    int64_t               vault_id;
    const struct plan    *plan;
    struct memory_row    *rows;
    const float         **vectors;   /* one a row, NULL: none */
    size_t                count;
    size_t                at;
    size_t                matched;   /* rows that have had their turn */
    int64_t               last_seq;
};

/* Both come in order of seq. */
static enum status
keep_vector(void *owner, int64_t seq, const float *vector, size_t dimensions,
            struct error *err)
{
    struct reading *r = owner;
    float          *copy;

    (void)err;
    while (r->matched < r->count && r->rows[r->matched].seq < seq)
        r->matched++;
    if (r->matched == r->count || r->rows[r->matched].seq != seq ||
        dimensions != r->plan->model.dimensions)
        return OK;
    copy = arena_array(&r->page, float, dimensions);
    memcpy(copy, vector, dimensions * sizeof(*copy));
    r->vectors[r->matched] = copy;
    return OK;
}

static enum status
read_page(struct reading *r, struct error *err)
{
    struct db_conn *conn = r->l->conn;
    enum status     st = learn_go_on(r->l, err);

    arena_reset(&r->page);
    r->at = r->matched = r->count = 0;
    if (st == OK)
        st = memory_next(conn, &r->page, r->vault_id, r->last_seq, PAGE_ROWS,
                         &r->rows, &r->count, err);
    while (st == OK && r->count > 0 &&
           r->rows[r->count - 1].seq > r->plan->base_seq)
        r->count--;
    if (st != OK || r->count == 0)
        return st;
    r->vectors = arena_array(&r->page, const float *, r->count);
    if (r->plan->model_id)
        st = embedding_each(conn, r->vault_id, r->plan->model_id, r->last_seq,
                            r->rows[r->count - 1].seq, keep_vector, r, err);
    r->last_seq = r->rows[r->count - 1].seq;
    return st;
}

/* The vectors that were read are those of the vault's model still, so none of
 * them was removed meanwhile. */
static enum status
check_end(struct reading *r, struct error *err)
{
    struct vault_state now;
    enum status        st = memory_epoch(r->l->conn, &r->page, r->vault_id,
                                         &now, err);

    if (st == OK && r->plan->model_id &&
        (now.model_id != r->plan->model_id ||
         now.embedded_seq < r->plan->base_seq))
        return failed(err, ERR_CONFLICT, "vault %lld got another model while "
                      "it was built", (long long)r->vault_id);
    return st;
}

static enum status
next_row(void *owner, struct segment_row *row, struct error *err)
{
    struct reading *r = owner;
    enum status     st = OK;

    *row = (struct segment_row){ NULL, NULL, 0 };
    if (r->at == r->count)
        st = read_page(r, err);
    if (st != OK)
        return st;
    if (r->at == r->count)
        return check_end(r, err);
    row->memory = &r->rows[r->at];
    row->vector = r->vectors[r->at];
    row->dimensions = row->vector ? r->plan->model.dimensions : 0;
    r->at++;
    return OK;
}

static enum status
build(struct learner *l, int64_t vault_id, const struct vault_state *now,
      const struct plan *plan, struct error *err)
{
    struct reading        r = { .l = l, .page = ARENA_INIT,
                                .vault_id = vault_id, .plan = plan };
    struct segment_source source = {
        .vault_id = vault_id,
        .model_id = plan->model_id,
        .model = plan->model.name,
        .dimensions = plan->model.dimensions,
        .base_seq = plan->base_seq,
        .purge_epoch = now->purge_epoch,
        .next = next_row,
        .owner = &r,
    };
    enum status st = segment_build(l->setup.conf->state_dir, &source, err);

    arena_release(&r.page);
    if (st == OK)
        learn_note(l, &(struct learn_news){
                       .event = LEARN_BUILT, .vault_id = vault_id,
                       .count = plan->base_seq });
    return st;
}

/*
 * Vectors of other models are of no use once all rows have theirs under the
 * vault's own and no generation goes by another one.  The claim keeps
 * learners from writing such ones meanwhile, should the model change again.
 */
static enum status
forget_claimed(struct learner *l, int64_t vault_id, int64_t model_id,
               bool *more, struct error *err)
{
    struct vault_state now;
    enum status        st = memory_epoch(l->conn, &l->batch, vault_id, &now,
                                         err);

    if (st != OK || now.model_id != model_id)
        return st;
    st = embedding_forget(l->conn, vault_id, model_id, more, err);
    return st == OK ? db_commit(l->conn, err) : st;
}

static enum status
forget(struct learner *l, int64_t vault_id, const struct vault_state *now,
       const struct learn_facts *facts, struct error *err)
{
    bool        more = now->embedded_seq >= now->next_seq - 1 &&
                       (!facts->name[0] || facts->model_id == now->model_id);
    bool        got;
    enum status st = OK;

    while (more && st == OK) {
        more = false;
        st = backlog_claim(l->conn, &l->batch, vault_id, &got, err);
        if (st == OK && got) {
            st = forget_claimed(l, vault_id, now->model_id, &more, err);
            db_rollback(l->conn); /* the claim, unless it was committed */
        }
    }
    return st;
}

/* After a build the vault rests for a while. */
static void
rest(struct learn_facts *facts, int64_t start_us)
{
    int64_t now_us = clock_tick_us();
    int64_t rest_us = (now_us - start_us) * REST_PER_BUILD;

    facts->build_after_us = now_us + (rest_us < REST_MAX_US ? rest_us
                                                            : REST_MAX_US);
}

static enum status
build_due(struct learner *l, int64_t vault_id, enum learn_cause cause,
          struct learn_facts **facts, const struct vault_state *now,
          bool *built, struct error *err)
{
    const char *state_dir = l->setup.conf->state_dir;
    int64_t     start_us = clock_tick_us();
    struct plan plan;
    enum status st = make_plan(l, now, &plan, err);

    if (st != OK)
        return st;
    if (!learn_build_is_due(*facts, now, plan.model_id, plan.base_seq,
                            cause)) {
        (void)generation_unwant(state_dir, vault_id); /* wanted or not */
        return OK;
    }
    if (cause != LEARN_CAUSE_FORCED && !l->setup.hurry &&
        (start_us < l->build_after_us || start_us < (*facts)->build_after_us))
        return generation_want(state_dir, vault_id, err);
    st = build(l, vault_id, now, &plan, err);
    *built = st == OK;
    rest(*facts, start_us);
    if (st == ERR_CONFLICT && cause != LEARN_CAUSE_FORCED)
        return generation_want(state_dir, vault_id, err);
    return st == OK ? look_up(l, vault_id, facts, err) : st;
}

enum status
learn_build(struct learner *l, int64_t vault_id, enum learn_cause cause,
            bool *built, struct error *err)
{
    struct learn_facts *facts;
    struct vault_state  now;
    enum status         st;

    *built = false;
    arena_reset(&l->batch);
    if ((st = memory_epoch(l->conn, &l->batch, vault_id, &now, err)) != OK ||
        (st = look_up(l, vault_id, &facts, err)) != OK ||
        (st = build_due(l, vault_id, cause, &facts, &now, built, err)) != OK)
        return st;
    if (*built || !facts->name[0])
        st = forget(l, vault_id, &now, facts, err);
    return st;
}
