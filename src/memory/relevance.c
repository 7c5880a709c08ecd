/* Thresholds. */
#include "memory/relevance.h"

#include <math.h>

#include "base/banned.h"

/* With a vector: the sum of evidence that opens, and what is enough then. */
static const double OPENS = .22, ENOUGH = .10;

/* What sharing all words, and being asked about ourselves, adds to it. */
static const double SHARED_WEIGHT = .3, ABOUT_WEIGHT = .06;

/* The best of many strangers is nearer than the best of few. */
static const double PER_TENFOLD = .02, STRANGERS = 100;

/* So large a part of the question's words is enough by itself. */
static const double SHARED_SURE = .5;

/* By words alone: the part that opens, that is enough, and that is enough in
 * a neighbour of one whose surroundings fit. */
static const double WORDS_OPEN = .20, WORDS_ENOUGH = .08, WORDS_NEAR = .15;
static const double NEAR_Z = .3;

/* All words of the question, but for rounding. */
static const double ECHO_SHARED = .99;

enum {
    FIRST = 10,      /* that may open */
    WORDS_AROUND = 3,
};

/* The evidence of one; NAN where it has no vector. */
static double
evidence(const struct relevance *r, const struct ranked *x)
{
    return (double)x->centred + SHARED_WEIGHT * (double)x->shared +
           ABOUT_WEIGHT * r->about;
}

static double
opens_at(const struct relevance *r)
{
    double factor = index_count(r->index) / STRANGERS;

    return r->about || factor <= 1 ? OPENS
                                   : OPENS + PER_TENFOLD * log10(factor);
}

static bool
opens(const struct relevance *r, const struct ranked *x)
{
    if (isnan(x->centred))
        return (double)x->shared >= WORDS_OPEN;
    return evidence(r, x) >= opens_at(r) || (double)x->shared >= SHARED_SURE;
}

/* Some memory around it shares words. */
static bool
is_near(const struct relevance *r, uint32_t item)
{
    uint32_t before = item, behind = item;

    for (size_t i = 0; i < WORDS_AROUND; i++) {
        if (before != LEXICON_NONE)
            before = index_place(r->index, before).previous;
        if (behind != LEXICON_NONE)
            behind = index_place(r->index, behind).next;
        if ((before != LEXICON_NONE &&
             (double)r->shared[before] >= WORDS_NEAR) ||
            (behind != LEXICON_NONE &&
             (double)r->shared[behind] >= WORDS_NEAR))
            return true;
    }
    return false;
}

static bool
is_enough(const struct relevance *r, const struct ranked *x)
{
    if (!isnan(x->centred))
        return evidence(r, x) >= ENOUGH || (double)x->shared >= SHARED_SURE;
    return (double)x->shared >= WORDS_ENOUGH ||
           ((double)x->features[FEATURE_CONTEXT] >= NEAR_Z &&
            is_near(r, x->item));
}

/* The same question asked before: no answer to it. */
static bool
is_echo(const struct relevance *r, const struct ranked *x)
{
    const struct lexicon_item *it = index_item(r->index, x->item);

    return it->asks && (double)x->shared >= ECHO_SHARED &&
           it->content <= r->content;
}

void
relevance_judge(const struct relevance *r, struct ranked *list, size_t count)
{
    bool open = false;

    for (size_t i = 0; i < count && i < FIRST; i++)
        open = open || opens(r, &list[i]);
    for (size_t i = 0; i < count; i++) {
        struct ranked *x = &list[i];
        bool           scores = rank_share(x->score) >= r->min_share;

        x->relevant = open && scores && is_enough(r, x) && !is_echo(r, x);
        x->related = scores && (!isnan(x->centred) ||
                                x->features[FEATURE_CONTEXT] > 0);
    }
}
