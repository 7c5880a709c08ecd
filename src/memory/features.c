/* Measuring memories. */
#include "memory/features.h"

#include <math.h>

#include "base/banned.h"

enum {
    CONTENT_WORDS = 15,    /* that count for the length */
    QUESTION_WORDS = 40,   /* a longer one is no question to be answered */
};

/* How long after a time it is still told of; what that and a vague time are
 * worth beside an exact one. */
static const int64_t GRACE_MOST_MS = 7LL * 24 * 3600 * 1000;
static const double  GRACE_WORTH = .6, VAGUE_WORTH = .5;

static double
z_score(float x, const struct moments *m)
{
    return m->deviation > 1e-9 ? ((double)x - m->mean) / m->deviation : 0;
}

struct features
features_of(const struct matches *m, struct arena *a,
            const struct question *question,
            const struct similar_query *similar, const struct rank_query *q)
{
    struct features f = {
        .m = m,
        .similar = similar_of(m->index, similar, m->scratch),
        .asks = signs_asks(q->question),
        .q = q,
        .asked = question->to_you ? ROLE_ASSISTANT : ROLE_USER,
    };

    for (size_t part = 0; part < INDEX_PARTS; part++) {
        const struct lexicon *lex = m->index->parts[part].lex;
        uint32_t              count = lex ? lexicon_author_count(lex) : 0;

        f.named[part] = arena_array(a, bool, count);
        for (uint32_t i = 0; i < count; i++) {
            f.named[part][i] = match_names_author(m->index, question, part,
                                                  i);
            f.names_author = f.names_author || f.named[part][i];
        }
    }
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        f.weights[i] = rank_weight((enum feature)i, f.similar.question);
    return f;
}

static bool
is_by_asked(const struct features *f, uint32_t item,
            const struct lexicon_item *it)
{
    size_t part = item >= f->m->index->parts[INDEX_TAIL].first;
    const struct lexicon *lex = f->m->index->parts[part].lex;

    if (it->author == LEXICON_NONE)
        return it->role == f->asked;
    return it->author < lexicon_author_count(lex) &&
           f->named[part][it->author];
}

/* How well a time fits: people tell of a day some days later, too. */
static double
fit_of_period(const struct when_range *r, int64_t occurred_ms)
{
    int64_t length = r->to_ms - r->from_ms;
    int64_t grace = length > GRACE_MOST_MS ? GRACE_MOST_MS : length;
    double  worth = r->strength == WHEN_STRONG ? 1 : VAGUE_WORTH;

    if (r->from_ms == WHEN_EVER_MS)
        grace = 0;
    if (occurred_ms < r->from_ms || occurred_ms >= r->to_ms + grace)
        return 0;
    return occurred_ms < r->to_ms ? worth : worth * GRACE_WORTH;
}

static double
in_periods(const struct rank_query *q, int64_t occurred_ms)
{
    double best = 0;

    for (size_t i = 0; i < q->period_count; i++)
        best = fmax(best, fit_of_period(&q->periods[i], occurred_ms));
    return best;
}

static double
z_own(const struct features *f, uint32_t item)
{
    return z_score(f->m->scratch->own[item], &f->m->own);
}

static double
z_context(const struct features *f, uint32_t item)
{
    return z_score(f->m->scratch->context[item], &f->m->context);
}

/* How well the memory itself fits. */
static float
fit(const struct features *f, uint32_t item)
{
    return (float)(f->weights[FEATURE_OWN] * z_own(f, item) +
                   f->weights[FEATURE_CONTEXT] * z_context(f, item) +
                   f->weights[FEATURE_SIMILAR] *
                       similar_z(&f->similar, item));
}

/* The fit of one that is a candidate, too; others fit worse than any. */
static float
known_fit(const struct features *f, uint32_t item)
{
    const struct scratch *at = f->m->scratch;

    return at->near[item] ? at->sims[item] : -HUGE_VALF;
}

static double
best_near(const struct features *f, uint32_t item)
{
    const struct index *ix = f->m->index;
    uint32_t            before = item, behind = item;
    float               best = known_fit(f, item);

    for (size_t i = 0; i < CANDIDATES_AROUND; i++) {
        if (before != LEXICON_NONE)
            before = index_place(ix, before).previous;
        if (behind != LEXICON_NONE)
            behind = index_place(ix, behind).next;
        if (before != LEXICON_NONE)
            best = fmaxf(best, known_fit(f, before));
        if (behind != LEXICON_NONE)
            best = fmaxf(best, known_fit(f, behind));
    }
    return (double)best;
}

/* An answer says little by itself: its question has the words. */
static double
answered(const struct features *f, const struct lexicon_place *place)
{
    const struct lexicon_item *before;

    if (place->previous == LEXICON_NONE ||
        !f->m->scratch->near[place->previous])
        return 0;
    before = index_item(f->m->index, place->previous);
    return before->asks && before->words <= QUESTION_WORDS
               ? (double)known_fit(f, place->previous) : 0;
}

static double
around(const struct features *f, const struct lexicon_place *place)
{
    double sum = 0;

    if (place->previous != LEXICON_NONE)
        sum += similar_z(&f->similar, place->previous);
    if (place->next != LEXICON_NONE)
        sum += similar_z(&f->similar, place->next);
    return sum;
}

static double
length_of(const struct lexicon_item *it)
{
    return log1p(it->content < CONTENT_WORDS ? it->content : CONTENT_WORDS);
}

void
features_measure(const struct features *f, struct ranked *r)
{
    const struct lexicon_item *it = index_item(f->m->index, r->item);
    struct lexicon_place       place = index_place(f->m->index, r->item);
    bool                       by_asked = is_by_asked(f, r->item, it);
    const double features[] = {
        [FEATURE_OWN] = z_own(f, r->item),
        [FEATURE_CONTEXT] = z_context(f, r->item),
        [FEATURE_SIMILAR] = similar_z(&f->similar, r->item),
        [FEATURE_NEAR] = best_near(f, r->item),
        [FEATURE_ANSWERS] = by_asked ? answered(f, &place) : 0,
        [FEATURE_AROUND] = around(f, &place),
        [FEATURE_AUTHOR] = by_asked,
        [FEATURE_STANDING] = it->standing != 0,
        [FEATURE_LENGTH] = length_of(it),
        [FEATURE_PERIOD] = in_periods(f->q, it->occurred_ms),
        [FEATURE_TIMED] = f->asks.when && it->timed,
        [FEATURE_NAMED] = f->asks.which && it->named,
        [FEATURE_ASKS] = it->asks != 0,
    };

    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        r->features[i] = (float)features[i];
        r->score += f->weights[i] * features[i];
    }
}

void
features_fit(const struct features *f, const struct candidates *all)
{
    for (size_t i = 0; i < all->count; i++)
        f->m->scratch->sims[all->list[i]] = fit(f, all->list[i]);
}

double
features_by_words(const struct matches *m, uint32_t item)
{
    return rank_weight(FEATURE_OWN, false) *
               z_score(m->scratch->own[item], &m->own) +
           rank_weight(FEATURE_CONTEXT, false) *
               z_score(m->scratch->context[item], &m->context);
}
