/*
 * What has anything to do with a question at all.  Two thresholds: the first
 * ten must hold something that surely has, or nothing is relevant; then much
 * less is enough, because a question on the vault's topic has evidence far
 * below what a single memory off the topic may reach.
 */
#ifndef MEMORY_RELEVANCE_H
#define MEMORY_RELEVANCE_H

#include "memory/rank.h"

struct relevance {
    const struct index *index;
    const float        *shared;   /* of every memory, as match_find() left it */
    bool                about;    /* the question speaks of us, or of an
                                     author of the vault */
    size_t              content;  /* words of the question that say something */
    double              min_share;
};

/*
 * Sets `relevant` and `related` of each.
 *
 * list     `count` of them, best first
 * Source   thresholds on LoCoMo (R@10 kept within a point), on questions asked
 *          of a stranger's vault, and on vaults of one to ten memories
 */
void relevance_judge(const struct relevance *r, struct ranked *list,
                     size_t count);

#endif
