/* From a question to the memories that are injected. */
#include "memory/recall.h"

#include <math.h>
#include <stdlib.h>

#include "memory/gate.h"
#include "memory/names.h"
#include "memory/render.h"
#include "platform/clock.h"

#include "base/banned.h"

enum {
    FETCH_MAX = 100,      /* rows that memory_fetch() takes at once */
    EMBED_PERCENT = 60,   /* of the time that is left, for the vector */
};

struct recall {
    struct tail_cache   *tails;
    struct embedder     *embedder;
    struct gate         *gate;
    struct scratch_pool *scratch;
};

/* One search. */
struct finding {
    struct recall             *r;
    struct db                 *db;
    struct arena              *a;
    const struct recall_query *q;
    struct select_query        select;    /* without the frame's tokens */
    struct recall_answer      *answer;
    int64_t                    session;
    struct str                 question;  /* its end, if it is long */
    struct str                 model;     /* whose vectors the tail has */
    float                     *vector;    /* of the question, or NULL */
    struct embed_centre        centre;
    struct likeness            likeness;  /* of the first picks */
};

struct recall *
recall_open(const struct recall_options *options)
{
    struct recall *r = alloc_array_or_die(1, sizeof(*r));

    r->tails = tail_open(&options->tails);
    r->embedder = options->embedder;
    r->gate = gate_new(options->searches);
    r->scratch = scratch_open(options->searches);
    return r;
}

void
recall_close(struct recall *r)
{
    tail_close(r->tails);
    gate_free(r->gate);
    scratch_close(r->scratch);
    free(r);
}

size_t
recall_tail_bytes(const struct recall *r)
{
    return tail_bytes(r->tails);
}

void
recall_forget(struct recall *r, int64_t vault_id)
{
    tail_forget(r->tails, vault_id);
}

static enum status
check_deadline(const struct recall_query *q, const char *what,
               struct error *err)
{
    if (clock_tick_us() > q->vault.deadline_us)
        return failed(err, ERR_TIMEOUT, "deadline passed %s", what);
    return OK;
}

/* The session's number: 0 for core, -1 for one that the vault has not. */
static enum status
find_session(struct finding *f, struct error *err)
{
    struct db_conn *conn;
    enum status     st;

    f->session = 0;
    if (f->q->session.len == 0)
        return OK;
    if ((st = db_borrow(f->db, &conn, err)) != OK)
        return st;
    st = memory_session(conn, f->a, f->q->vault.vault_id, f->q->session,
                        &f->session, err);
    db_return(f->db, conn);
    if (st == OK && f->session == 0)
        f->session = -1;
    return st;
}

static struct match_scope
scope_of(const struct finding *f)
{
    struct match_scope scope = { .first = f->session, .second = f->session,
                                 .filter = f->q->filter };

    if (scope.filter.from_ms < f->q->kept_from_ms)
        scope.filter.from_ms = f->q->kept_from_ms;
    if (f->q->scope == SCOPE_ALL)
        scope.all = true;
    else if (f->q->scope == SCOPE_MERGED)
        scope.second = 0;
    return scope;
}

/* The question's vector under the model of the vault's vectors.  Without it
 * words decide: an embedder that is slow or away costs no memory. */
static void
embed(struct finding *f, struct tail *tail)
{
    int64_t                start_us = clock_tick_us();
    int64_t                left_us = f->q->vault.deadline_us - start_us;
    const struct snapshot *snapshot;
    struct scratch        *scratch;
    struct index           ix;
    struct str             question;
    float                 *vector;

    f->answer->words_only.status = OK;
    snapshot = tail_read(tail);
    ix = snapshot_index(snapshot);
    f->model = arena_copy(f->a, snapshot_model(snapshot));
    scratch = scratch_borrow(f->r->scratch, 0);
    question = names_remove(&ix, scratch->words, f->a, f->question);
    scratch_return(f->r->scratch, scratch);
    tail_done(tail);
    if (!f->r->embedder || f->model.len == 0)
        return;
    vector = arena_array(f->a, float, EMBED_DIMENSIONS_MAX);
    if (embed_question(f->r->embedder, f->model, question,
                       start_us + left_us / 100 * EMBED_PERCENT, vector,
                       &f->centre, &f->answer->words_only) == OK)
        f->vector = vector;
    f->answer->embed_us = clock_tick_us() - start_us;
}

/* Ranks; the gate and the tail are held. */
static void
rank(struct finding *f, const struct snapshot *snapshot)
{
    const struct windows *windows = &f->select.windows;
    struct recall_answer *answer = f->answer;
    struct index          ix = snapshot_index(snapshot);
    struct scratch       *scratch = scratch_borrow(f->r->scratch,
                                                   index_count(&ix));
    struct rank_query     rank = {
        .question = f->question,
        .similar = { f->vector, f->centre },
        .period_count = answer->period_count,
        .scope = scope_of(f),
        .windows = windows,
        .keep = f->select.limit + 2 * SELECT_SPARE + f->q->keep,
        .keep_each = windows_share(windows, f->select.limit) +
                     2 * SELECT_SPARE_EACH,
        .min_share = f->q->min_share,
    };
    struct ranked *ranked;
    size_t         count;

    memcpy(rank.periods, answer->periods, sizeof(rank.periods));
    /* The model may have changed since the question was embedded. */
    if (!str_equal(f->model, snapshot_model(snapshot)))
        rank.similar.vector = NULL;
    answer->with_vectors = rank_find(&ix, scratch, f->a, &rank, &ranked,
                                     &count);
    scratch_return(f->r->scratch, scratch);
    answer->picks = select_begin(&ix, f->a, &f->select, ranked, count);
    answer->pick_count = count;
    f->likeness = select_likeness(&ix, f->a, answer->picks, count);
}

static enum status
search(struct finding *f, struct tail *tail, struct error *err)
{
    enum status st = check_deadline(f->q, "before the search", err);
    int64_t     start_us;

    if (st != OK)
        return st;
    embed(f, tail);
    if (!gate_enter(f->r->gate, f->q->vault.deadline_us))
        return failed(err, ERR_TIMEOUT, "too many searches at once");
    start_us = clock_tick_us();
    rank(f, tail_read(tail));
    tail_done(tail);
    gate_leave(f->r->gate);
    f->answer->search_us = clock_tick_us() - start_us;
    return check_deadline(f->q, "in the search", err);
}

static const struct memory_row *
find_row(const struct memory_row *rows, size_t count, int64_t seq)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].seq == seq)
            return &rows[i];
    return NULL;
}

/* The rows of the next picks that are still chosen, from *at on, as many as
 * one fetch takes; what is gone by now gets its fate. */
static enum status
fetch_some(struct finding *f, struct db_conn *conn, size_t *at,
           struct error *err)
{
    struct pick       *picks = f->answer->picks;
    struct memory_row *rows;
    size_t             row_count, count = 0, from = *at;
    int64_t            seqs[FETCH_MAX];
    enum status        st;

    for (; *at < f->answer->pick_count && count < FETCH_MAX; ++*at)
        if (picks[*at].fate == FATE_CHOSEN)
            seqs[count++] = picks[*at].item.seq;
    st = memory_fetch(conn, f->a, f->q->vault.vault_id, seqs, count, &rows,
                      &row_count, err);
    for (size_t i = from; st == OK && i < *at; i++) {
        struct pick *p = &picks[i];

        if (p->fate != FATE_CHOSEN)
            continue;
        p->row = find_row(rows, row_count, p->item.seq);
        if (p->row)
            p->tokens = render_tokens(&(struct hit){ .row = *p->row });
        else
            p->fate = FATE_GONE;
    }
    return st;
}

static bool
is_chosen(const struct pick *p)
{
    return p->fate == FATE_CHOSEN;
}

/* The texts of what may be chosen, as far as it still exists. */
static enum status
fetch(struct finding *f, struct error *err)
{
    struct db_conn *conn;
    size_t          at = 0;
    enum status     st;

    while (at < f->answer->pick_count && !is_chosen(&f->answer->picks[at]))
        at++;
    if (at == f->answer->pick_count)
        return OK;
    if ((st = db_borrow(f->db, &conn, err)) != OK)
        return st;
    while (st == OK && at < f->answer->pick_count)
        st = fetch_some(f, conn, &at, err);
    db_return(f->db, conn);
    return st;
}

static bool
is_later(const struct memory_row *l, const struct memory_row *r)
{
    return l->occurred_ms != r->occurred_ms ? l->occurred_ms > r->occurred_ms
                                            : l->id > r->id;
}

/* Behind the others, or, if it has the name that was asked for, before them
 * and before those of the name that were said earlier. */
static void
add_hit(struct recall_answer *answer, const struct pick *p, size_t *named)
{
    size_t at = answer->count++;

    for (; p->named && at > 0; at--) {
        if (at <= *named && !is_later(p->row, &answer->hits[at - 1].row))
            break;
        answer->hits[at] = answer->hits[at - 1];
    }
    *named += p->named;
    answer->hits[at] = (struct hit){ *p->row, p->ranked.score, p->window,
                                     p->other_id != 0 };
}

/* Best first is seen in the scores, too. */
static void
raise_scores(struct recall_answer *answer, size_t named)
{
    double best = -INFINITY;

    for (size_t i = named; i < answer->count; i++)
        best = fmax(best, answer->hits[i].score);
    for (size_t i = named; i-- > 0;)
        best = answer->hits[i].score = fmax(answer->hits[i].score, best + 1);
}

static void
take_hits(struct finding *f)
{
    struct recall_answer *answer = f->answer;
    struct scratch       *scratch = scratch_borrow(f->r->scratch, 0);
    size_t                named = 0;

    select_end(f->a, scratch->words, &f->select, answer->picks,
               answer->pick_count, &f->likeness);
    scratch_return(f->r->scratch, scratch);
    answer->hits = arena_array(f->a, struct hit, answer->pick_count);
    for (size_t i = 0; i < answer->pick_count; i++)
        if (is_chosen(&answer->picks[i]))
            add_hit(answer, &answer->picks[i], &named);
    raise_scores(answer, named);
}

static void
find_periods(struct finding *f)
{
    struct when_now now = { f->select.windows.now_ms, 0 };

    f->answer->period_count = when_asked(f->question, &now,
                                         f->answer->periods);
}

enum status
recall_find(struct recall *r, struct db *db, struct arena *a,
            const struct recall_query *q, struct recall_answer *answer,
            struct error *err)
{
    struct str     text = q->question;
    struct finding f = { .r = r, .db = db, .a = a, .q = q,
                         .select = q->select, .answer = answer };
    struct tail   *tail;
    enum status    st;

    *answer = (struct recall_answer){ .count = 0 };
    /* What is asked stands at the end of a long text. */
    f.question = text.len <= QUERY_MAX_BYTES
                     ? text
                     : str_slice(text, text.len - QUERY_MAX_BYTES, text.len);
    f.select.token_budget -= f.select.token_budget < RENDER_FRAME_TOKENS
                                 ? f.select.token_budget
                                 : RENDER_FRAME_TOKENS;
    find_periods(&f);
    if ((st = find_session(&f, err)) != OK)
        return st;
    st = tail_borrow(r->tails, db, &q->vault, &tail, &answer->damage, err);
    if (st != OK)
        return st;
    st = search(&f, tail, err);
    tail_return(r->tails, tail);
    if (st != OK)
        return st;
    if ((st = fetch(&f, err)) == OK)
        take_hits(&f);
    return st;
}
