/*
 * The k best of many scored items, kept while they come by.
 *
 * A heap in the caller's two arrays with the worst on top; better is the
 * higher score, or the lower number where scores are equal.  NAN is worse
 * than everything and never kept.
 */
#ifndef MEMORY_TOPK_H
#define MEMORY_TOPK_H

#include <stddef.h>
#include <stdint.h>

struct topk {
    uint32_t *items;
    float    *scores;
    size_t    room;   /* k, at least 1 */
    size_t    count;
};

void topk_offer(struct topk *b, uint32_t item, float score);

/* Puts them in order, best first; nothing may be offered afterwards. */
void topk_sort(struct topk *b);

#endif
