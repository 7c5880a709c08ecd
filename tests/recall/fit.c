/* Coordinate ascent. */
#include "recall/fit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#include "base/banned.h"

enum { NEAR = 5, FAR = 10, SWEEPS_MAX = 30 };

/* Large ones first, so that a weight finds its region before its place. */
static const double steps[] = { 1, .5, .25, .1, .05, .02 };

/* The least gain that is worth a step, in percent. */
static const double GAIN = 1e-6;

static bool
counts(const struct fit_group *g, enum fit_fold fold)
{
    return fold == FIT_ALL || g->talk % 2 == (size_t)fold;
}

static double
score_of(const struct fit_problem *p, const struct fit_candidate *c,
         const double *weights)
{
    double score = 0;

    for (size_t i = 0; i < p->features; i++)
        score += weights[i] * (double)c->features[i];
    return score;
}

/*
 * The place from 0 of the best candidate that is this evidence, g->count if
 * there is none.  Of equal scores the first in the list stands first.
 */
static size_t
place_of(const struct fit_group *g, const double *scores, int evidence)
{
    size_t best = g->count, place = 0;

    for (size_t i = 0; i < g->count; i++)
        if (g->list[i].evidence == evidence &&
            (best == g->count || scores[i] > scores[best]))
            best = i;
    if (best == g->count)
        return g->count;
    for (size_t i = 0; i < g->count; i++)
        place += scores[i] > scores[best] ||
                 (i < best && scores[i] >= scores[best]);
    return place;
}

/* What is found of a question among the first NEAR and the first FAR. */
struct found {
    double near;
    double far;
};

enum { SCORES_MAX = 1024 };

static struct found
find(const struct fit_problem *p, const struct fit_group *g,
     const double *weights, size_t near, size_t far)
{
    double       scores[SCORES_MAX];
    struct found f = { 0, 0 };

    for (size_t i = 0; i < g->count && i < SCORES_MAX; i++)
        scores[i] = score_of(p, &g->list[i], weights);
    for (size_t e = 0; e < g->evidence_count; e++) {
        size_t place = place_of(g, scores, (int)e);

        f.near += place < g->count && place < near;
        f.far += place < g->count && place < far;
    }
    f.near /= (double)g->evidence_count;
    f.far /= (double)g->evidence_count;
    return f;
}

/* The mean over the questions of a set; false without any. */
static bool
find_in_set(const struct fit_problem *p, const struct fit_set *set,
            enum fit_fold fold, const double *weights, struct found *mean,
            size_t near, size_t far)
{
    size_t questions = 0;

    *mean = (struct found){ 0, 0 };
    for (size_t i = 0; i < set->count; i++) {
        struct found f;

        if (!counts(&set->groups[i], fold) ||
            set->groups[i].evidence_count == 0)
            continue;
        f = find(p, &set->groups[i], weights, near, far);
        mean->near += f.near;
        mean->far += f.far;
        questions++;
    }
    if (questions == 0)
        return false;
    mean->near /= (double)questions;
    mean->far /= (double)questions;
    return true;
}

double
fit_value(const struct fit_problem *p, enum fit_fold fold,
          const double *weights)
{
    double sum = 0;
    size_t sets = 0;

    for (size_t i = 0; i < p->set_count; i++) {
        struct found mean;

        if (!find_in_set(p, &p->sets[i], fold, weights, &mean, NEAR, FAR))
            continue;
        sum += 100 * (mean.near + mean.far) / 2;
        sets++;
    }
    return sets ? sum / (double)sets : 0;
}

double
fit_recall(const struct fit_problem *p, size_t set, enum fit_fold fold,
           const double *weights, size_t k)
{
    struct found mean;

    (void)find_in_set(p, &p->sets[set], fold, weights, &mean, k, k);
    return 100 * mean.near;
}

/* Tries a step both ways; whether one was better. */
static bool
move_one(const struct fit_problem *p, enum fit_fold fold, double *weight,
         const double *weights, double step, double *value)
{
    double before = *weight;

    for (int sign = -1; sign <= 1; sign += 2) {
        double now;

        *weight = before + sign * step;
        now = fit_value(p, fold, weights);
        if (now > *value + GAIN) {
            *value = now;
            return true;
        }
    }
    *weight = before;
    return false;
}

double
fit_ascend(const struct fit_problem *p, enum fit_fold fold, double *weights)
{
    double value = fit_value(p, fold, weights);

    for (size_t s = 0; s < COUNT(steps); s++) {
        bool better = true;

        for (int sweep = 0; better && sweep < SWEEPS_MAX; sweep++) {
            better = false;
            for (size_t i = 0; i < p->features; i++)
                better |= move_one(p, fold, &weights[i], weights, steps[s],
                                   &value);
        }
    }
    return value;
}

static void
print_values(const struct fit_problem *p, const char *name,
             enum fit_fold fold, const double *weights)
{
    printf("  %-12s %6.2f ", name, fit_value(p, fold, weights));
    for (size_t i = 0; i < p->set_count; i++)
        printf("  %s %.1f %.1f", p->sets[i].name,
               fit_recall(p, i, fold, weights, NEAR),
               fit_recall(p, i, fold, weights, FAR));
    printf("\n");
}

static void
print_weights(const struct fit_problem *p, const double *weights)
{
    for (size_t i = 0; i < p->features; i++)
        printf("  %-16s %6.2f\n", p->names[i], weights[i]);
}

void
fit_report(const struct fit_problem *p, const double *start)
{
    static const struct {
        const char   *name;
        enum fit_fold in, out;
    } fits[] = {
        { "fitted on the even conversations", FIT_EVEN, FIT_ODD },
        { "fitted on the odd conversations", FIT_ODD, FIT_EVEN },
        { "fitted on all", FIT_ALL, FIT_ALL },
    };

    printf("value = mean over sets of (R@5 + R@10) / 2; then R@5 and R@10 of "
           "each set\nas it is\n");
    print_weights(p, start);
    print_values(p, "even", FIT_EVEN, start);
    print_values(p, "odd", FIT_ODD, start);
    print_values(p, "all", FIT_ALL, start);
    for (size_t i = 0; i < COUNT(fits); i++) {
        double weights[FIT_FEATURES_MAX];

        memcpy(weights, start, sizeof(weights));
        (void)fit_ascend(p, fits[i].in, weights);
        printf("%s\n", fits[i].name);
        print_weights(p, weights);
        print_values(p, "in the fold", fits[i].in, weights);
        if (fits[i].out != fits[i].in)
            print_values(p, "outside", fits[i].out, weights);
    }
}
