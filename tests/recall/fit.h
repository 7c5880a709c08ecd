/*
 * Fits the weights of a linear ranker to questions whose evidence is known:
 * coordinate ascent on the mean of R@5 and R@10, in which every data set
 * counts the same, however many questions it has.
 *
 * A weight is judged on conversations that it was not fitted on: the
 * conversations of each set fall into two folds, and fit_report() tells what
 * the weights of one fold reach on the other.  Pure but for fit_report(),
 * which prints.
 *
 * Source   coordinate ascent on the measure itself: Metzler and Croft, "Linear
 *          feature-based models for information retrieval", 2007
 */
#ifndef RECALL_FIT_H
#define RECALL_FIT_H

#include <stddef.h>

enum { FIT_FEATURES_MAX = 24, FIT_NO_EVIDENCE = -1 };

struct fit_candidate {
    float features[FIT_FEATURES_MAX];
    int   evidence;  /* number of the evidence that it is, from 0, or
                        FIT_NO_EVIDENCE; several may be the same */
};

/* A question and what could answer it, in the order of today's ranker. */
struct fit_group {
    struct fit_candidate *list;
    size_t                count;
    size_t                evidence_count;  /* also what is not in the list */
    size_t                talk;            /* its conversation */
};

struct fit_set {
    const char       *name;
    struct fit_group *groups;
    size_t            count;
};

struct fit_problem {
    const struct fit_set *sets;
    size_t                set_count;
    const char *const    *names;  /* of the features */
    size_t                features;
};

/* Which conversations count. */
enum fit_fold { FIT_EVEN, FIT_ODD, FIT_ALL };

/*
 * The mean over the sets of (R@5 + R@10) / 2, in percent; sets without a
 * question in the fold are left out.
 */
double fit_value(const struct fit_problem *p, enum fit_fold fold,
                 const double *weights);

/* R@k of one set, in percent; 0 without a question in the fold. */
double fit_recall(const struct fit_problem *p, size_t set,
                  enum fit_fold fold, const double *weights, size_t k);

/* Moves the weights uphill until no step helps; the value then. */
double fit_ascend(const struct fit_problem *p, enum fit_fold fold,
                  double *weights);

/*
 * Fits on each fold and on all, from `start`, and prints the weights and what
 * they reach on the fold that they come from and on the other.
 */
void fit_report(const struct fit_problem *p, const double *start);

#endif
