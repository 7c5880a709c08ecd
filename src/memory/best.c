/* A binary heap. */
#include "memory/best.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { ELEMENT_MAX = 256 };

struct best
best_of(struct arena *a, size_t room, size_t size, best_fn *order)
{
    assert(size <= ELEMENT_MAX);
    return (struct best){ arena_alloc_array(a, room, size), size, 0, room,
                          order };
}

static char *
at(const struct best *b, size_t i)
{
    return b->list + i * b->size;
}

static void
swap(struct best *b, size_t i, size_t k)
{
    char moved[ELEMENT_MAX];

    memcpy(moved, at(b, i), b->size);
    memcpy(at(b, i), at(b, k), b->size);
    memcpy(at(b, k), moved, b->size);
}

static void
sink_top(struct best *b)
{
    size_t i = 0;

    for (;;) {
        size_t worst = i;

        for (size_t child = 2 * i + 1;
             child <= 2 * i + 2 && child < b->count; child++)
            if (b->order(at(b, child), at(b, worst)) > 0)
                worst = child;
        if (worst == i)
            return;
        swap(b, i, worst);
        i = worst;
    }
}

static void
rise_last(struct best *b)
{
    for (size_t i = b->count - 1;
         i > 0 && b->order(at(b, i), at(b, (i - 1) / 2)) > 0; i = (i - 1) / 2)
        swap(b, i, (i - 1) / 2);
}

void
best_offer(struct best *b, const void *element)
{
    if (b->count < b->room) {
        memcpy(at(b, b->count++), element, b->size);
        rise_last(b);
    } else if (b->room > 0 && b->order(element, b->list) < 0) {
        memcpy(b->list, element, b->size);
        sink_top(b);
    }
}

void
best_sort(struct best *b)
{
    if (b->count)
        qsort(b->list, b->count, b->size, b->order);
}
