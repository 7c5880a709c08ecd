/* The ranker. */
#include "memory/rank.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

/* What each feature adds to the score. */
struct weights {
    double own;       /* z-score of BM25                                 */
    double context;   /* z-score of BM25 with the neighbours             */
    double author;    /* the question is about what this author said     */
    double standing;  /* lasting instruction or preference               */
    double length;    /* ln(1 + words), at most LENGTH_WORDS             */
    double asks;      /* a question seldom answers one                   */
};

/*
 * Origin: set by hand in round numbers around the optimum of R@5 + R@10 on
 * five conversations of LoCoMo; author, standing, length and asks are those
 * of the fit over LoCoMo, REALTALK and BEAM 100K together.  Measured with
 * tests/recall/recall_bench.
 */
static const struct weights weights = { .3, .6, 2, 1, .5, -.25 };

/* The least part of the question, by weight, that a relevant memory shares:
 * costs 1.6 points of R@10 on LoCoMo and halves what is injected. */
static const double SHARE_MIN = .15;

/* The least z-score of its surroundings for one that shares less. */
static const double NEIGHBOUR_Z = .5;

enum {
    LENGTH_WORDS = 25,
    NEIGHBOUR_RANK = 10,  /* places for those that only stand next to one */
};

static double
z_score(double x, const struct moments *m)
{
    return m->deviation > 1e-9 ? (x - m->mean) / m->deviation : 0;
}

/* What is the same for all items of one question. */
struct asking {
    const struct lexicon *lex;
    double                by_length[LENGTH_WORDS + 1];
    const bool           *named;   /* one an author */
    enum role             asked;   /* whose words are wanted in a chat */
};

static struct asking
asking_of(const struct lexicon *lex, struct arena *a, const struct question *q)
{
    uint32_t      count = lexicon_author_count(lex);
    bool         *named = arena_array(a, bool, count);
    struct asking p = {
        .lex = lex,
        .named = named,
        .asked = q->to_you ? ROLE_ASSISTANT : ROLE_USER,
    };

    for (uint32_t i = 0; i < count; i++)
        named[i] = match_names_author(lex, q, i);
    for (size_t i = 0; i <= LENGTH_WORDS; i++)
        p.by_length[i] = weights.length * log(1 + (double)i);
    return p;
}

static bool
is_by_asked(const struct asking *p, const struct lexicon_item *item)
{
    if (item->author != LEXICON_NONE)
        return p->named[item->author];
    return item->role == p->asked;
}

static double
score(const struct matches *m, const struct match *match,
      const struct lexicon_item *item, const struct asking *asking)
{
    size_t words = item->words < LENGTH_WORDS ? item->words : LENGTH_WORDS;

    return weights.own * z_score(match->own, &m->own) +
           weights.context * z_score(match->context, &m->context) +
           weights.author * is_by_asked(asking, item) +
           weights.standing * item->standing +
           asking->by_length[words] + weights.asks * item->asks;
}

/* For comparing: what decides between two, in this order. */
struct placed {
    struct ranked ranked;
    bool          own_session;
    int64_t       occurred_ms;
    bool          near;  /* relevant only by its neighbour */
};

/* Below 0 when l ranks before r. */
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

/* A heap of the best `room`, the worst of them on top. */
struct best {
    struct placed *list;
    size_t         count;
    size_t         room;
};

static void
sink_top(struct best *b)
{
    size_t at = 0;

    for (;;) {
        size_t worst = at;

        for (size_t child = 2 * at + 1;
             child <= 2 * at + 2 && child < b->count; child++)
            if (by_rank(&b->list[child], &b->list[worst]) > 0)
                worst = child;
        if (worst == at)
            return;

        struct placed moved = b->list[at];
        b->list[at] = b->list[worst];
        b->list[worst] = moved;
        at = worst;
    }
}

static void
rise_last(struct best *b)
{
    size_t at = b->count - 1;

    while (at > 0 && by_rank(&b->list[at], &b->list[(at - 1) / 2]) > 0) {
        struct placed moved = b->list[at];

        b->list[at] = b->list[(at - 1) / 2];
        at = (at - 1) / 2;
        b->list[at] = moved;
    }
}

static void
offer(struct best *b, const struct placed *p)
{
    if (b->count < b->room) {
        b->list[b->count++] = *p;
        rise_last(b);
    } else if (by_rank(p, &b->list[0]) < 0) {
        b->list[0] = *p;
        sink_top(b);
    }
}

static bool
shares(const struct matches *m, uint32_t item)
{
    return item != LEXICON_NONE && (double)m->shared[item] >= SHARE_MIN;
}

static struct placed
place(const struct matches *m, const struct match *match,
      const struct asking *asking, const struct rank_query *q)
{
    const struct lexicon       *lex = asking->lex;
    const struct lexicon_item  *item = lexicon_item(lex, match->item);
    const struct lexicon_place *at = &lexicon_places(lex)[match->item];
    struct placed p = {
        .ranked = { match->item, score(m, match, item, asking), false },
        .own_session = item->session_id == q->scope.first,
        .occurred_ms = item->occurred_ms,
    };
    bool next_to_one = shares(m, at->previous) || shares(m, at->next);

    if (p.ranked.score < q->min_score)
        return p;
    p.ranked.relevant = match->shared >= SHARE_MIN;
    p.near = !p.ranked.relevant && next_to_one &&
             z_score(match->context, &m->context) >= NEIGHBOUR_Z;
    return p;
}

void
rank_find(const struct lexicon *lex, struct arena *a,
          const struct rank_query *q, struct ranked **list, size_t *count)
{
    struct question question = match_question(lex, q->question);
    struct matches  m = match_find(lex, a, &question, &q->scope);
    struct asking   asking = asking_of(lex, a, &question);
    struct best     best = { .room = q->keep < m.count ? q->keep : m.count };

    best.list = arena_array(a, struct placed, best.room);
    for (size_t i = 0; i < m.count; i++) {
        struct placed p = place(&m, &m.list[i], &asking, q);

        offer(&best, &p);
    }
    qsort(best.list, best.count, sizeof(*best.list), by_rank);
    *count = best.count;
    *list = arena_array(a, struct ranked, best.count);
    for (size_t i = 0; i < best.count; i++) {
        (*list)[i] = best.list[i].ranked;
        if (best.list[i].near && i < NEIGHBOUR_RANK)
            (*list)[i].relevant = true;
    }
}
