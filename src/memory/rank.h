/*
 * The order of what may be injected: one linear ranker with few features, and
 * the rule that says what is relevant at all.  Pure; reads the index only.
 */
#ifndef MEMORY_RANK_H
#define MEMORY_RANK_H

#include "memory/match.h"
#include "memory/similar.h"
#include "memory/when.h"
#include "memory/windows.h"

/* What is known of a memory when its place is decided. */
enum feature {
    FEATURE_OWN,       /* z-score of BM25 of its words                   */
    FEATURE_CONTEXT,   /* the same with its neighbours' words            */
    FEATURE_SIMILAR,   /* z-score of the cosine                          */
    FEATURE_NEAR,      /* the best sum of these three up to 6 places off */
    FEATURE_ANSWERS,   /* that sum of the question that it answers       */
    FEATURE_AROUND,    /* sum of its neighbours' z-scores of the cosine  */
    FEATURE_AUTHOR,    /* 1: the question is about what this author said */
    FEATURE_STANDING,  /* 1: a lasting instruction or preference         */
    FEATURE_LENGTH,    /* ln(1 + words that say something), 15 at most   */
    FEATURE_PERIOD,    /* 0..1: of the time that the question speaks of  */
    FEATURE_TIMED,     /* 1: says when, and when is asked                */
    FEATURE_NAMED,     /* 1: names somebody, and who or where is asked   */
    FEATURE_ASKS,      /* 1: a question; it seldom answers one           */
    FEATURE_COUNT
};

struct rank_query {
    struct str            question;
    struct similar_query  similar;
    struct when_range     periods[WHEN_RANGES_MAX]; /* that it speaks of */
    size_t                period_count;
    struct match_scope    scope;
    const struct windows *windows;
    size_t                keep;       /* so many of the best, 1 or more ... */
    size_t                keep_each;  /* ... and of the best of each window */
    double                min_share;  /* 0..1: less is not relevant */
};

struct ranked {
    uint32_t item;
    double   score;
    bool     relevant;  /* has to do with the question */
    bool     related;   /* has a word of it near, or a vector: may have */
    float    centred;   /* similar_centred(); NAN: not known */
    float    shared;    /* part of the question's words that it has */
    float    features[FEATURE_COUNT];
};

/* "own", "context" ... */
const char *rank_feature_name(enum feature feature);

/* What a feature adds to the score, with vectors and by words alone. */
double rank_weight(enum feature feature, bool with_vectors);

/* A score as a number from 0 to 1 for people and programs: the greater, the
 * surer. */
double rank_share(double score);

/* Other weights, of FEATURE_COUNT numbers each, for fitting them; NULL: those
 * of the product.  Not while anybody ranks. */
void rank_set_weights(const double *with_vectors, const double *words_only);

/*
 * The memories that fit the question best, best first; of equals the session
 * of the caller first, then the newer.  `relevant` tells which of them have
 * anything to do with it at all; often that is none.
 *
 * scratch  for index_count() memories
 * list     *count of them, owned by `a`
 * Returns  whether vectors had a say: not where there are none, or the model
 *          does not understand the question's language
 * Source   README, "Recall": measured on LoCoMo, REALTALK and BEAM
 */
bool rank_find(const struct index *ix, struct scratch *scratch,
               struct arena *a, const struct rank_query *q,
               struct ranked **list, size_t *count);

#endif
