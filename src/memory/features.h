/*
 * What is known of a memory for a question, as numbers: the features that the
 * ranker adds up.  The inside of rank.c.
 */
#ifndef MEMORY_FEATURES_H
#define MEMORY_FEATURES_H

#include "memory/candidates.h"
#include "memory/rank.h"
#include "memory/signs.h"

/* What is the same for all memories of one question. */
struct features {
    const struct matches    *m;
    const struct rank_query *q;
    struct similar           similar;
    struct asks              asks;
    bool                    *named[INDEX_PARTS];  /* one an author */
    bool                     names_author;
    enum role                asked;  /* whose words are wanted in a chat */
    double                   weights[FEATURE_COUNT];
};

/* `similar` may differ from q->similar; both are borrowed. */
struct features features_of(const struct matches *m, struct arena *a,
                            const struct question *question,
                            const struct similar_query *similar,
                            const struct rank_query *q);

/* Works out how well each candidate itself fits, which the others' features
 * need; before features_measure(). */
void features_fit(const struct features *f, const struct candidates *all);

/* Fills r->features and r->score of the candidate r->item. */
void features_measure(const struct features *f, struct ranked *r);

/* What was found by words alone is worth so much. */
double features_by_words(const struct matches *m, uint32_t item);

#endif
