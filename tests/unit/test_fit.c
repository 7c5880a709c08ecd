/* Fitting weights: what counts, and that it climbs. */
#include "unit/check.h"

#include "recall/fit.h"

#include "base/banned.h"

enum { TRUTH, NOISE, FEATURES, CANDIDATES = 40, QUESTIONS = 30 };

static const char *const names[FEATURES] = { "truth", "noise" };

/* Numbers that look like chance and are the same everywhere. */
static float
chance(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (float)(*state >> 8) / (float)(1 << 24);
}

struct world {
    struct fit_candidate list[QUESTIONS][CANDIDATES];
    struct fit_group     groups[QUESTIONS];
    struct fit_set       set;
    struct fit_problem   problem;
};

/* The evidence has the highest `truth` of its group; `noise` says nothing. */
static void
make_world(struct world *w, uint32_t seed)
{
    for (size_t q = 0; q < QUESTIONS; q++) {
        for (size_t c = 0; c < CANDIDATES; c++)
            w->list[q][c] = (struct fit_candidate){
                { chance(&seed), 20 * chance(&seed) }, FIT_NO_EVIDENCE };
        w->list[q][q % CANDIDATES].features[TRUTH] = 2;
        w->list[q][q % CANDIDATES].evidence = 0;
        w->groups[q] = (struct fit_group){ w->list[q], CANDIDATES, 1, q };
    }
    w->set = (struct fit_set){ "world", w->groups, QUESTIONS };
    w->problem = (struct fit_problem){ &w->set, 1, names, FEATURES };
}

static void
the_true_feature_is_found(void **state)
{
    static struct world w;
    double              weights[FIT_FEATURES_MAX] = { 0, 1 };
    double              before;

    (void)state;
    make_world(&w, 7);
    before = fit_value(&w.problem, FIT_ALL, weights);
    assert_true(before < 60);
    assert_true(fit_ascend(&w.problem, FIT_ALL, weights) > 99.9);
    assert_true(fit_value(&w.problem, FIT_ALL, weights) > 99.9);
    assert_true(weights[TRUTH] > 0);
}

static void
what_one_fold_teaches_holds_on_the_other(void **state)
{
    static struct world w;
    double              weights[FIT_FEATURES_MAX] = { 0, 1 };

    (void)state;
    make_world(&w, 11);
    (void)fit_ascend(&w.problem, FIT_EVEN, weights);
    assert_true(fit_value(&w.problem, FIT_ODD, weights) > 90);
}

static void
folds_are_conversations(void **state)
{
    static struct world w;
    double              weights[FIT_FEATURES_MAX] = { 1, 0 };

    (void)state;
    make_world(&w, 3);
    /* No question of an even conversation has its evidence any more. */
    for (size_t q = 0; q < QUESTIONS; q += 2)
        w.list[q][q % CANDIDATES].evidence = FIT_NO_EVIDENCE;
    assert_true(fit_value(&w.problem, FIT_EVEN, weights) < 0.1);
    assert_true(fit_value(&w.problem, FIT_ODD, weights) > 99.9);
    assert_true(fit_recall(&w.problem, 0, FIT_ALL, weights, 5) > 49.9);
    assert_true(fit_recall(&w.problem, 0, FIT_ALL, weights, 5) < 50.1);
}

static void
every_set_counts_the_same(void **state)
{
    static struct world large, small;
    struct fit_set      sets[2];
    struct fit_problem  p = { sets, 2, names, FEATURES };
    double              weights[FIT_FEATURES_MAX] = { 1, 0 };

    (void)state;
    make_world(&large, 5);
    make_world(&small, 6);
    small.list[0][0].evidence = FIT_NO_EVIDENCE;
    sets[0] = large.set;
    sets[1] = (struct fit_set){ "small", small.groups, 1 };
    assert_true(fit_value(&p, FIT_ALL, weights) > 49.9);
    assert_true(fit_value(&p, FIT_ALL, weights) < 50.1);
    /* And one that has nothing in the fold does not count. */
    assert_true(fit_value(&p, FIT_ODD, weights) > 99.9);
}

static void
evidence_counts_once_and_also_when_it_is_missing(void **state)
{
    struct fit_candidate list[] = {
        { { 3 }, 0 }, { { 2 }, 0 }, { { 1 }, FIT_NO_EVIDENCE },
        { { 1 }, 1 },
    };
    struct fit_group   group = { list, COUNT(list), 4, 0 };
    struct fit_set     set = { "one", &group, 1 };
    struct fit_problem p = { &set, 1, names, 1 };
    double             up[FIT_FEATURES_MAX] = { 1 };
    double             flat[FIT_FEATURES_MAX] = { 0 };

    (void)state;
    assert_true(fit_recall(&p, 0, FIT_ALL, up, 1) > 24.9);
    assert_true(fit_recall(&p, 0, FIT_ALL, up, 3) < 25.1);
    assert_true(fit_recall(&p, 0, FIT_ALL, up, 4) > 49.9);
    /* Equal scores keep the order of the list. */
    assert_true(fit_recall(&p, 0, FIT_ALL, flat, 1) > 24.9);
    assert_true(fit_recall(&p, 0, FIT_ALL, flat, 3) < 25.1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_true_feature_is_found),
        cmocka_unit_test(what_one_fold_teaches_holds_on_the_other),
        cmocka_unit_test(folds_are_conversations),
        cmocka_unit_test(every_set_counts_the_same),
        cmocka_unit_test(evidence_counts_once_and_also_when_it_is_missing),
    };

    return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
