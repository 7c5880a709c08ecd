/* Which memories the ranker looks at. */
#include "memory/candidates.h"

#include "memory/repeats.h"
#include "memory/topk.h"

#include "base/banned.h"

enum {
    WHOLE_SCOPE_MAX = 20000,  /* up to so many memories all are looked at */
    BY_WORDS = 200,
    BY_VECTOR = 200,
    BY_VECTOR_MAX = 4096,     /* where the scope or repeats hide the others */
    MORE = 4,                 /* times as many are asked for then */
    STANDING_MAX = 2000,      /* the newest of them */
};

/* The list as it grows; near[] marks what is on it. */
struct gathering {
    const struct matches *m;
    struct scratch       *at;
    size_t                count;
};

static void
take(struct gathering *g, uint32_t item)
{
    if (g->at->near[item] ||
        !match_is_in_scope(g->m->index, &g->m->scope, item))
        return;
    g->at->near[item] = 1;
    g->at->touched[g->count++] = item;
}

static void
take_around(struct gathering *g, uint32_t item)
{
    const struct index *ix = g->m->index;
    uint32_t            before = item, behind = item;

    take(g, item);
    for (size_t i = 0; i < CANDIDATES_AROUND; i++) {
        if (before != LEXICON_NONE)
            before = index_place(ix, before).previous;
        if (before != LEXICON_NONE)
            take(g, before);
        if (behind != LEXICON_NONE)
            behind = index_place(ix, behind).next;
        if (behind != LEXICON_NONE)
            take(g, behind);
    }
}

/* The places of a damaged file may lead in a circle. */
static void
take_session(struct gathering *g, int64_t session)
{
    const struct index *ix = g->m->index;
    uint32_t            item = index_session_last(ix, session);

    for (uint32_t left = index_count(ix); item != LEXICON_NONE && left > 0;
         left--) {
        take(g, item);
        item = index_place(ix, item).previous;
    }
}

static void
take_scope(struct gathering *g)
{
    if (!g->m->scope.all) {
        take_session(g, g->m->scope.first);
        take_session(g, g->m->scope.second);
        return;
    }
    for (uint32_t i = 0; i < index_count(g->m->index); i++)
        take(g, i);
}

static struct topk
topk_in(struct arena *a, size_t k)
{
    return (struct topk){ arena_array(a, uint32_t, k),
                          arena_array(a, float, k), k, 0 };
}

static void
take_best(struct gathering *g, const struct topk *t)
{
    for (size_t i = 0; i < t->count; i++)
        take_around(g, t->items[i]);
}

/* Whether most of the best only say again what another memory says: they may
 * hide all that says anything else. */
static bool
is_crowded(const struct index *ix, const struct topk *best)
{
    size_t repeats = 0;

    for (size_t i = 0; i < best->count; i++) {
        const struct lexicon_item *it = index_item(ix, best->items[i]);

        repeats += it->first_id != it->id;
    }
    return best->count == best->room && repeats > best->count / 2;
}

/* The best by words; of each text the newest alone, where there are repeats
 * of what was found. */
static struct topk
best_by_words(const struct gathering *g, struct arena *a,
              double (*worth)(const struct matches *, uint32_t),
              const struct repeats *repeats)
{
    struct topk best = topk_in(a, BY_WORDS);

    for (size_t i = 0; i < g->m->count; i++)
        if (repeats_is_newest(repeats, g->m->index, g->m->found[i]))
            topk_offer(&best, g->m->found[i],
                       (float)worth(g->m, g->m->found[i]));
    return best;
}

static void
take_by_words(struct gathering *g, struct arena *a,
              double (*worth)(const struct matches *, uint32_t))
{
    struct repeats repeats = { NULL, 0 };
    struct topk    best = best_by_words(g, a, worth, &repeats);

    if (is_crowded(g->m->index, &best)) {
        repeats = repeats_of(g->m->index, a, &(struct candidates){
                             g->m->found, g->m->count });
        best = best_by_words(g, a, worth, &repeats);
    }
    take_best(g, &best);
}

/* More where most of the nearest are out of scope. */
static size_t
wanted(const struct matches *m)
{
    size_t in_scope = match_scope_count(m->index, &m->scope);
    size_t all = index_count(m->index);
    size_t k = in_scope ? BY_VECTOR * all / in_scope : BY_VECTOR;

    return k < BY_VECTOR_MAX ? k : BY_VECTOR_MAX;
}

static void
take_by_vector(struct gathering *g, struct arena *a, const struct similar *s)
{
    const struct index *ix = g->m->index;
    size_t              k = wanted(g->m);
    struct topk         best = topk_in(a, k);

    if (ix->vectors)
        best.count = vectors_nearest(ix->vectors, s->question, k, best.items,
                                     best.scores);
    while (is_crowded(ix, &best) && k * MORE <= BY_VECTOR_MAX) {
        best = topk_in(a, k *= MORE);
        best.count = vectors_nearest(ix->vectors, s->question, k, best.items,
                                     best.scores);
    }
    take_best(g, &best);
    best = topk_in(a, BY_VECTOR);
    for (uint32_t i = ix->parts[INDEX_TAIL].first; i < index_count(ix); i++)
        topk_offer(&best, i, similar_cosine(s, i));
    take_best(g, &best);
}

static void
take_standing(struct gathering *g)
{
    size_t room = STANDING_MAX;

    for (size_t part = INDEX_PARTS; part-- > 0;) {
        const struct lexicon *lex = g->m->index->parts[part].lex;
        struct lexicon_items  all = { NULL, 0 };

        if (lex)
            all = lexicon_standing(lex);
        for (size_t i = all.count; i-- > 0 && room > 0; room--)
            if (all.list[i] < index_count(g->m->index))
                take(g, all.list[i]);
    }
}

struct candidates
candidates_of(const struct matches *m, const struct similar *s,
              struct arena *a,
              double (*worth)(const struct matches *m, uint32_t item))
{
    struct gathering g = { m, m->scratch, 0 };

    if (match_scope_count(m->index, &m->scope) <= WHOLE_SCOPE_MAX) {
        take_scope(&g);
    } else {
        take_by_words(&g, a, worth);
        if (s->question)
            take_by_vector(&g, a, s);
        take_standing(&g);
    }
    return (struct candidates){ g.at->touched, g.count };
}

void
candidates_done(const struct matches *m, const struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        m->scratch->near[c->list[i]] = 0;
}
