/*
 * The order of what may be injected: one linear ranker with few features, and
 * the rule that says what is relevant at all.  Pure; reads the index only.
 */
#ifndef MEMORY_RANK_H
#define MEMORY_RANK_H

#include "memory/match.h"

struct rank_query {
    struct str         question;
    struct match_scope scope;
    size_t             keep;       /* at most so many, 1 or more */
    double             min_score;
};

struct ranked {
    uint32_t item;
    double   score;
    bool     relevant;
};

/*
 * The memories that fit the question, best first; of equals the session of the
 * caller first, then the newer.  Memories that share nothing with the question
 * and whose neighbours share nothing either are not among them.
 *
 * list     *count of them, owned by `a`
 * Source   z-scores of BM25 with and without neighbours, author, standing,
 *          length, question: measured on LoCoMo, REALTALK and BEAM
 */
void rank_find(const struct lexicon *lex, struct arena *a,
               const struct rank_query *q, struct ranked **list,
               size_t *count);

#endif
