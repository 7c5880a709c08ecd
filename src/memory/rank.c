/* The ranker. */
#include "memory/rank.h"

#include <assert.h>
#include <math.h>

#include "memory/best.h"
#include "memory/features.h"
#include "memory/relevance.h"
#include "memory/repeats.h"

#include "base/banned.h"

/*
 * Origin: by hand in round numbers around the optimum of R@5 + R@10 on five
 * conversations of LoCoMo, each feature kept that helps in all of them and in
 * chats with an assistant made of them; author and standing in the proportion
 * that REALTALK and BEAM 100K ask for.  tests/recall/recall-bench --fit
 * measures.
 */
static const struct row {
    const char *name;
    double      with_vectors;
    double      words_only;
} rows[] = {
    [FEATURE_OWN]      = { "own",        .2,   .3  },
    [FEATURE_CONTEXT]  = { "context",    .2,   .6  },
    [FEATURE_SIMILAR]  = { "similar",   1.1,   0   },
    [FEATURE_NEAR]     = { "near",       .4,   .4  },
    [FEATURE_ANSWERS]  = { "answers",    .25,  .35 },
    [FEATURE_AROUND]   = { "around",     .1,   0   },
    [FEATURE_AUTHOR]   = { "author",    3,    2.5  },
    [FEATURE_STANDING] = { "standing",  1.25, 1.25 },
    [FEATURE_LENGTH]   = { "length",     .75,  .75 },
    [FEATURE_PERIOD]   = { "period",    3,    3    },
    [FEATURE_TIMED]    = { "timed",     1,    1    },
    [FEATURE_NAMED]    = { "named",      .7,   .7  },
    [FEATURE_ASKS]     = { "asks",      -.25, -.25 },
};

static_assert(COUNT(rows) == FEATURE_COUNT, "each feature has its weights");

static const double *fitted[2];  /* rank_set_weights() */

const char *
rank_feature_name(enum feature feature)
{
    return rows[feature].name;
}

double
rank_weight(enum feature feature, bool with_vectors)
{
    if (fitted[with_vectors])
        return fitted[with_vectors][feature];
    return with_vectors ? rows[feature].with_vectors
                        : rows[feature].words_only;
}

void
rank_set_weights(const double *with_vectors, const double *words_only)
{
    fitted[true] = with_vectors;
    fitted[false] = words_only;
}

/* The score that is told as .5, and how far from it .73 is. */
static const double HALF = 4, STEEPNESS = 2;

double
rank_share(double score)
{
    return 1 / (1 + exp((HALF - score) / STEEPNESS));
}

/* For comparing: what decides between two, in this order. */
struct placed {
    struct ranked ranked;
    bool          own_session;
    int64_t       occurred_ms;
};

static int
by_rank(const void *left, const void *right)
{
    const struct placed *l = left, *r = right;

    if (l->ranked.score != r->ranked.score)
        return l->ranked.score > r->ranked.score ? -1 : 1;
    if (l->own_session != r->own_session)
        return l->own_session ? -1 : 1;
    if (l->occurred_ms != r->occurred_ms)
        return l->occurred_ms > r->occurred_ms ? -1 : 1;
    return (l->ranked.item < r->ranked.item) -
           (l->ranked.item > r->ranked.item);
}

/* The best of all, and of each window. */
struct kept {
    struct best all;
    struct best windows[WINDOW_COUNT];
};

static struct kept
kept_of(struct arena *a, const struct rank_query *q, size_t candidates)
{
    size_t      keep = q->keep < candidates ? q->keep : candidates;
    struct kept k = { .all = best_of(a, keep, sizeof(struct placed),
                                     by_rank) };

    for (size_t i = 0; i < WINDOW_COUNT; i++)
        k.windows[i] = best_of(a, keep < candidates ? q->keep_each : 0,
                               sizeof(struct placed), by_rank);
    return k;
}

static const struct placed *
placed_at(const struct best *b, size_t i)
{
    return (const struct placed *)(const void *)b->list + i;
}

/* All of them in order; what a window has beyond the best of all comes behind
 * those. */
static struct best
merged(struct arena *a, struct kept *k)
{
    size_t      room = k->all.count;
    struct best list;

    best_sort(&k->all);
    for (size_t i = 0; i < WINDOW_COUNT; i++)
        room += k->windows[i].count;
    list = best_of(a, room, sizeof(struct placed), by_rank);
    for (size_t i = 0; i < k->all.count; i++)
        best_offer(&list, placed_at(&k->all, i));
    for (size_t w = 0; w < WINDOW_COUNT; w++)
        for (size_t i = 0; i < k->windows[w].count; i++) {
            const struct placed *p = placed_at(&k->windows[w], i);

            if (by_rank(placed_at(&k->all, k->all.count - 1), p) < 0)
                best_offer(&list, p);
        }
    best_sort(&list);
    return list;
}

static struct best
rank_all(const struct features *f, struct arena *a,
         const struct candidates *all)
{
    struct scratch *at = f->m->scratch;
    struct kept     kept = kept_of(a, f->q, all->count);
    struct repeats  repeats = repeats_of(f->m->index, a, all);

    features_fit(f, all);
    for (size_t i = 0; i < all->count; i++) {
        uint32_t                   item = all->list[i];
        const struct lexicon_item *it = index_item(f->m->index, item);
        struct placed              new = {
            .ranked = { .item = item, .shared = at->shared[item] },
            .own_session = it->session_id == f->q->scope.first,
            .occurred_ms = it->occurred_ms,
        };

        if (!repeats_is_newest(&repeats, f->m->index, item))
            continue;
        features_measure(f, &new.ranked);
        best_offer(&kept.all, &new);
        best_offer(&kept.windows[windows_find(f->q->windows,
                                              it->occurred_ms)], &new);
    }
    return merged(a, &kept);
}

/* A model that knows English only says nothing about other questions. */
static struct similar_query
understood(const struct similar_query *q, const struct question *question)
{
    struct similar_query similar = *q;

    if (q->centre.english && question->foreign)
        similar.vector = NULL;
    return similar;
}

bool
rank_find(const struct index *ix, struct scratch *scratch, struct arena *a,
          const struct rank_query *q, struct ranked **list, size_t *count)
{
    struct question      question = match_question(ix, scratch->words,
                                                   q->question);
    struct matches       m = match_find(ix, &question, &q->scope, scratch);
    struct similar_query similar = understood(&q->similar, &question);
    struct features      features = features_of(&m, a, &question, &similar, q);
    struct candidates    all = candidates_of(&m, &features.similar, a,
                                             features_by_words);
    struct best          best = rank_all(&features, a, &all);
    struct relevance     relevance = {
        .index = ix,
        .shared = scratch->shared,
        .about = features.asks.about_us || features.names_author,
        .content = question.content,
        .min_share = q->min_share,
    };

    candidates_done(&m, &all);
    *count = best.count;
    *list = arena_array(a, struct ranked, best.count);
    for (size_t i = 0; i < best.count; i++) {
        (*list)[i] = placed_at(&best, i)->ranked;
        (*list)[i].centred = similar_centred(&features.similar,
                                             &q->similar.centre,
                                             (*list)[i].item);
    }
    relevance_judge(&relevance, *list, *count);
    match_done(&m);
    return features.similar.question != NULL;
}
