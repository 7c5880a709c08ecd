/* Rows of floats; a missing one begins with NaN. */
#include "memory/vector_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#include "base/banned.h"

struct vector_list {
    float   *rows;
    size_t   dimensions;
    uint32_t count;
    uint32_t room;
};

struct vector_list *
vector_list_new(size_t dimensions)
{
    struct vector_list *l = alloc_array_or_die(1, sizeof(*l));

    l->dimensions = dimensions;
    return l;
}

void
vector_list_free(struct vector_list *l)
{
    if (!l)
        return;
    free(l->rows);
    free(l);
}

static float *
row(const struct vector_list *l, uint32_t item)
{
    return l->rows + item * l->dimensions;
}

void
vector_list_set(struct vector_list *l, uint32_t item, const float *vector)
{
    if (item >= l->room) {
        l->room = item + item / 2 + 16;
        l->rows = realloc_or_die(l->rows, l->room * l->dimensions *
                                              sizeof(*l->rows));
    }
    for (; l->count <= item; l->count++)
        row(l, l->count)[0] = NAN;
    memcpy(row(l, item), vector, l->dimensions * sizeof(*vector));
}

const float *
vector_list_at(const struct vector_list *l, uint32_t item)
{
    return item < l->count && !isnan(row(l, item)[0]) ? row(l, item) : NULL;
}

size_t
vector_list_dimensions(const struct vector_list *l)
{
    return l->dimensions;
}

size_t
vector_list_bytes(const struct vector_list *l)
{
    return l->room * l->dimensions * sizeof(*l->rows);
}
