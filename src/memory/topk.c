/* The heap of the best. */
#include "memory/topk.h"

#include <stdbool.h>

#include "base/banned.h"

static bool
is_worse(const struct topk *t, size_t i, size_t j)
{
    return t->scores[i] < t->scores[j] ||
           (t->scores[i] == t->scores[j] && t->items[i] > t->items[j]);
}

static void
swap(struct topk *t, size_t i, size_t j)
{
    uint32_t item = t->items[i];
    float    score = t->scores[i];

    t->items[i] = t->items[j];
    t->scores[i] = t->scores[j];
    t->items[j] = item;
    t->scores[j] = score;
}

static void
sift_down(struct topk *t, size_t count)
{
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= count)
            return;
        if (child + 1 < count && is_worse(t, child + 1, child))
            child++;
        if (!is_worse(t, child, i))
            return;
        swap(t, i, child);
        i = child;
    }
}

static void
sift_up(struct topk *t, size_t i)
{
    while (i > 0 && is_worse(t, i, (i - 1) / 2)) {
        swap(t, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

void
topk_offer(struct topk *t, uint32_t item, float score)
{
    if (score != score) /* NAN */
        return;
    if (t->count < t->room) {
        t->items[t->count] = item;
        t->scores[t->count] = score;
        sift_up(t, t->count++);
    } else if (score > t->scores[0] ||
               (score == t->scores[0] && item < t->items[0])) {
        t->items[0] = item;
        t->scores[0] = score;
        sift_down(t, t->count);
    }
}

void
topk_sort(struct topk *t)
{
    for (size_t left = t->count; left > 1; left--) {
        swap(t, 0, left - 1);
        sift_down(t, left - 1);
    }
}
