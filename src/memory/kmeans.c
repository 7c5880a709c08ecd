/* Lloyd's iterations over a sample. */
#include "memory/kmeans.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "memory/dot.h"

#include "base/banned.h"

enum {
    ROWS_A_LIST = 64,  /* in the sample */
    ROUNDS      = 10,
};

struct sample {
    const float **rows;
    uint32_t     *lists;   /* that each is in */
    size_t        count;
    size_t        width;
    size_t        list_count;
    float        *centroids;
    float        *sums;    /* of the lists' rows */
    uint32_t     *sizes;
    float        *products;
    uint64_t      random;
};

/* Source: splitmix64, Vigna, public domain. */
static uint64_t
next_random(struct sample *s)
{
    uint64_t z = s->random += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint32_t
kmeans_nearest(const float *centroids, size_t lists, size_t width,
               const float *row, float *products)
{
    uint32_t best = 0;

    dot_rows(row, centroids, lists, width, products);
    for (uint32_t i = 1; i < lists; i++)
        if (products[i] > products[best])
            best = i;
    return best;
}

/* False when there is no direction in it. */
static bool
to_unit_length(const float *from, float *to, size_t width)
{
    float length = sqrtf(dot_product(from, from, width));

    if (!(length > 0) || !isfinite(length))
        return false;
    for (size_t i = 0; i < width; i++)
        to[i] = from[i] / length;
    return true;
}

static void
take_centroid(struct sample *s, size_t list, const float *row)
{
    float *centroid = s->centroids + list * s->width;

    if (!to_unit_length(row, centroid, s->width))
        memset(centroid, 0, s->width * sizeof(*centroid));
}

/* Any rows of the sample, each once while there are enough. */
static void
first_centroids(struct sample *s)
{
    for (size_t i = 0; i < s->list_count; i++) {
        size_t       left = s->count > i ? s->count - i : 1;
        size_t       at = s->count > i ? i + next_random(s) % left
                                       : next_random(s) % s->count;
        const float *row = s->rows[at];

        if (s->count > i) {
            s->rows[at] = s->rows[i];
            s->rows[i] = row;
        }
        take_centroid(s, i, row);
    }
}

/* Puts every row where it belongs; how many moved. */
static size_t
assign(struct sample *s)
{
    size_t moved = 0;

    memset(s->sizes, 0, s->list_count * sizeof(*s->sizes));
    memset(s->sums, 0, s->list_count * s->width * sizeof(*s->sums));
    for (size_t i = 0; i < s->count; i++) {
        uint32_t list = kmeans_nearest(s->centroids, s->list_count, s->width,
                                       s->rows[i], s->products);
        float   *sum = s->sums + list * s->width;

        moved += list != s->lists[i];
        s->lists[i] = list;
        s->sizes[list]++;
        for (size_t k = 0; k < s->width; k++)
            sum[k] += s->rows[i][k];
    }
    return moved;
}

/* A list that nobody is in begins again at any row. */
static void
move_centroids(struct sample *s)
{
    for (size_t i = 0; i < s->list_count; i++) {
        if (s->sizes[i])
            take_centroid(s, i, s->sums + i * s->width);
        else
            take_centroid(s, i, s->rows[next_random(s) % s->count]);
    }
}

void
kmeans_run(const float *rows, size_t count, size_t width, size_t lists,
           float *centroids)
{
    size_t        most = lists * ROWS_A_LIST;
    struct sample s = {
        .count = count < most ? count : most, .width = width,
        .list_count = lists, .centroids = centroids, .random = 1,
    };

    s.rows = alloc_array_or_die(s.count, sizeof(const float *));
    s.lists = alloc_array_or_die(s.count, sizeof(*s.lists));
    s.sums = alloc_array_or_die(lists * width, sizeof(*s.sums));
    s.sizes = alloc_array_or_die(lists, sizeof(*s.sizes));
    s.products = alloc_array_or_die(lists, sizeof(*s.products));
    for (size_t i = 0; i < s.count; i++)
        s.rows[i] = rows + (size_t)((double)i * (double)count /
                                    (double)s.count) * width;
    first_centroids(&s);
    for (int round = 0; round < ROUNDS; round++) {
        if (assign(&s) == 0 && round > 0)
            break;
        move_centroids(&s);
    }
    free(s.rows);
    free(s.lists);
    free(s.sums);
    free(s.sizes);
    free(s.products);
}
