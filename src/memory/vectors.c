/* Opening mapped vectors, and searching them. */
#include "memory/vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <faiss/c_api/index_io_c.h>

#include "memory/topk.h"
#include "memory/dot.h"
#include "memory/faiss_more.h"
#include "memory/moments.h"
#include "memory/vectors_map.h"

#include "base/banned.h"

enum { BLOCK = 256 };  /* vectors scored at once */

struct vectors {
    FaissIndex                 *index;
    const FaissIndexIVF        *lists;  /* the same */
    const struct vectors_map   *map;
    uint64_t                    map_bytes;
    const float                *centroids;
    const float                *mean;
    const float                *covariance;  /* where there are many lists */
    const struct vectors_place *places;
};

static enum status
damaged(const char *path, const char *what, struct error *err)
{
    return failed(err, ERR_INTERNAL, "%s: %s", path, what);
}

static enum status
not_opened(const char *path, struct error *err)
{
    return failed(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_BUSY, "%s: %s",
                  path, strerror(errno));
}

/* Says nothing about the file. */
static bool
is_want(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOMEM;
}

static bool
is_map(const struct vectors_map *m, uint64_t bytes)
{
    return m->magic == VECTORS_MAP_MAGIC && m->dimensions > 0 &&
           m->dimensions <= VECTORS_DIMENSIONS_MAX && m->lists > 0 &&
           m->lists <= m->count && m->count <= m->items &&
           m->has_covariance == (m->lists > 1) &&
           vectors_map_bytes(m) == bytes;
}

static enum status
map_file(struct vectors *v, const char *path, int fd, struct error *err)
{
    struct stat about;
    void       *bytes;

    if (fstat(fd, &about) != 0)
        return not_opened(path, err);
    if (about.st_size < (off_t)sizeof(*v->map))
        return damaged(path, "too short", err);
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return not_opened(path, err);
    v->map = bytes;
    v->map_bytes = (uint64_t)about.st_size;
    if (!is_map(v->map, v->map_bytes))
        return damaged(path, "is no map of vectors", err);
    v->centroids = (const float *)(v->map + 1);
    v->mean = v->centroids + (size_t)v->map->lists * v->map->dimensions;
    v->covariance = v->mean + v->map->dimensions;
    v->places = (const void *)((const char *)bytes +
                               vectors_map_head(v->map));
    return OK;
}

static enum status
open_map(struct vectors *v, const char *path, struct error *err)
{
    int         fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status st;

    if (fd < 0)
        return not_opened(path, err);
    st = map_file(v, path, fd, err);
    (void)close(fd); /* only read */
    return st;
}

/* The lists are those that the map speaks of. */
static bool
is_index_of(const struct vectors *v)
{
    const struct vectors_map *m = v->map;
    size_t                    sum = 0;

    if (!v->lists || faiss_Index_d(v->index) != (int)m->dimensions ||
        faiss_Index_metric_type(v->index) != METRIC_INNER_PRODUCT ||
        faiss_IndexIVF_nlist(v->lists) != m->lists ||
        !faiss_more_is_mapped(v->lists))
        return false;
    for (size_t i = 0; i < m->lists; i++)
        sum += faiss_IndexIVF_get_list_size(v->lists, i);
    return sum == m->count;
}

static enum status
open_faiss(struct vectors *v, const char *path, struct error *err)
{
    FaissIndexIVF *lists;
    struct stat    about;

    if (stat(path, &about) != 0)
        return not_opened(path, err);
    if ((uint64_t)about.st_size != v->map->faiss_bytes)
        return damaged(path, "has another size", err);
    errno = 0;
    if (faiss_read_index_fname(path, FAISS_MORE_MMAP, &v->index))
        return is_want(errno) ? not_opened(path, err)
                              : damaged(path, faiss_more_last_error(), err);
    lists = faiss_IndexIVF_cast(v->index);
    v->lists = lists;
    if (!is_index_of(v))
        return damaged(path, "is not what vectors.map says", err);
    /* We find the nearest lists ourselves, from the mapped centroids. */
    faiss_more_drop_centroids(lists);
    faiss_IndexIVF_set_nprobe(lists, VECTORS_PROBES_MAX);
    return OK;
}

enum status
vectors_open(const char *folder, struct vectors **vectors, struct error *err)
{
    struct arena    a = ARENA_INIT;
    struct vectors *v = alloc_array_or_die(1, sizeof(*v));
    enum status     st;

    st = open_map(v, arena_printf(&a, "%s/vectors.map", folder).ptr, err);
    if (st == OK)
        st = open_faiss(v, arena_printf(&a, "%s/vectors.faiss", folder).ptr,
                        err);
    arena_release(&a);
    if (st == OK)
        *vectors = v;
    else
        vectors_close(v);
    return st;
}

void
vectors_close(struct vectors *v)
{
    if (!v)
        return;
    if (v->index)
        faiss_Index_free(v->index);
    if (v->map)
        (void)munmap((void *)(uintptr_t)v->map, v->map_bytes);
    free(v);
}

uint32_t
vectors_items(const struct vectors *v)
{
    return v->map->items;
}

uint32_t
vectors_count(const struct vectors *v)
{
    return v->map->count;
}

size_t
vectors_dimensions(const struct vectors *v)
{
    return v->map->dimensions;
}

size_t
vectors_lists(const struct vectors *v)
{
    return v->map->lists;
}

size_t
vectors_mapped_bytes(const struct vectors *v)
{
    return v->map_bytes + v->map->faiss_bytes;
}

bool
vectors_is_exact(const struct vectors *v)
{
    return v->map->lists == 1;
}

const float *
vectors_at(const struct vectors *v, uint32_t item)
{
    struct vectors_place place;

    if (item >= v->map->items)
        return NULL;
    place = v->places[item];
    if (place.list >= v->map->lists ||
        place.offset >= faiss_IndexIVF_get_list_size(v->lists, place.list))
        return NULL;
    return faiss_more_vectors(v->lists, place.list) +
           (size_t)place.offset * v->map->dimensions;
}

/* One block of scores and whose they are. */
typedef void block_fn(void *owner, const int64_t *ids, const float *scores,
                      size_t count);

static void
each_block(const struct vectors *v, const float *question, block_fn *fn,
           void *owner)
{
    size_t width = v->map->dimensions;
    float  scores[BLOCK];

    for (size_t list = 0; list < v->map->lists; list++) {
        size_t size = faiss_IndexIVF_get_list_size(v->lists, list);
        const float   *rows = faiss_more_vectors(v->lists, list);
        const int64_t *ids = faiss_more_ids(v->lists, list);

        for (size_t i = 0; i < size; i += BLOCK) {
            size_t count = size - i < BLOCK ? size - i : BLOCK;

            dot_rows(question, rows + i * width, count, width, scores);
            fn(owner, ids + i, scores, count);
        }
    }
}

struct all_scores {
    float   *scores;
    uint32_t items;
};

static void
put_scores(void *owner, const int64_t *ids, const float *scores, size_t count)
{
    const struct all_scores *all = owner;

    for (size_t i = 0; i < count; i++)
        if ((uint64_t)ids[i] < all->items)
            all->scores[ids[i]] = scores[i];
}

void
vectors_scores(const struct vectors *v, const float *question, float *scores)
{
    struct all_scores all = { scores, v->map->items };

    for (uint32_t i = 0; v->map->count < all.items && i < all.items; i++)
        scores[i] = NAN;
    each_block(v, question, put_scores, &all);
}

void
vectors_scores_of(const struct vectors *v, const float *question,
                  const uint32_t *items, size_t count, float *scores)
{
    for (size_t i = 0; i < count; i++) {
        const float *vector = vectors_at(v, items[i]);

        scores[i] = vector ? dot_product(question, vector,
                                         v->map->dimensions) : NAN;
    }
}

struct offering {
    struct topk best;
    uint32_t    items;
};

static void
offer_scores(void *owner, const int64_t *ids, const float *scores,
             size_t count)
{
    struct offering *o = owner;

    for (size_t i = 0; i < count; i++)
        if ((uint64_t)ids[i] < o->items)
            topk_offer(&o->best, (uint32_t)ids[i], scores[i]);
}

/* The lists nearest to the question; FAISS leaves out those that are -1. */
static void
nearest_lists(const struct vectors *v, const float *question, size_t probes,
              idx_t *lists, float *scores)
{
    uint32_t    numbers[VECTORS_PROBES_MAX];
    struct topk best = { numbers, scores, probes, 0 };
    size_t      width = v->map->dimensions;
    float       products[BLOCK];

    for (uint32_t i = 0; i < v->map->lists; i += BLOCK) {
        uint32_t left = v->map->lists - i, count = left < BLOCK ? left : BLOCK;

        dot_rows(question, v->centroids + i * width, count, width, products);
        for (uint32_t k = 0; k < count; k++)
            topk_offer(&best, i + k, products[k]);
    }
    topk_sort(&best);
    for (size_t i = 0; i < VECTORS_PROBES_MAX; i++)
        lists[i] = i < best.count ? (idx_t)numbers[i] : -1;
}

static void
search_lists(const struct vectors *v, const float *question, size_t probes,
             struct offering *o)
{
    idx_t  lists[VECTORS_PROBES_MAX];
    float  list_scores[VECTORS_PROBES_MAX] = { 0 };
    size_t k = o->best.room;
    idx_t *ids = alloc_array_or_die(k, sizeof(*ids));
    float *scores = alloc_array_or_die(k, sizeof(*scores));

    nearest_lists(v, question, probes, lists, list_scores);
    faiss_more_stay_in_thread();
    if (faiss_IndexIVF_search_preassigned(v->lists, 1, question, (idx_t)k,
                                          lists, list_scores, scores, ids,
                                          0) == 0)
        offer_scores(o, ids, scores, k);
    free(ids);
    free(scores);
}

size_t
vectors_nearest_of(const struct vectors *v, const float *question,
                   size_t probes, size_t k, uint32_t *items, float *scores)
{
    struct offering o = { { items, scores, k, 0 }, v->map->items };

    if (k > v->map->count)
        o.best.room = v->map->count;
    if (probes > VECTORS_PROBES_MAX)
        probes = VECTORS_PROBES_MAX;
    if (vectors_is_exact(v))
        each_block(v, question, offer_scores, &o);
    else
        search_lists(v, question, probes, &o);
    topk_sort(&o.best);
    return o.best.count;
}

/*
 * Lists to read, so that less than one in a hundred of what an exact search
 * puts first ten is lost: 36 of 256, 48 of 1,024
 * (tests/bench/vectors_bench.c).
 */
static size_t
probes_of(const struct vectors *v)
{
    return 32 + v->map->lists / 64;
}

size_t
vectors_nearest(const struct vectors *v, const float *question, size_t k,
                uint32_t *items, float *scores)
{
    return vectors_nearest_of(v, question, probes_of(v), k, items, scores);
}

struct sums {
    double sum;
    double squares;
};

static void
add_scores(void *owner, const int64_t *ids, const float *scores, size_t count)
{
    struct sums *s = owner;

    (void)ids; /* all count alike */
    for (size_t i = 0; i < count; i++) {
        s->sum += (double)scores[i];
        s->squares += (double)scores[i] * (double)scores[i];
    }
}

void
vectors_moments(const struct vectors *v, const float *question, double *mean,
                double *deviation)
{
    size_t      width = v->map->dimensions;
    struct sums s = { 0, 0 };
    double      variance;

    if (!vectors_is_exact(v)) {
        *mean = (double)dot_product(question, v->mean, width);
        *deviation = sqrt(moments_variance(v->covariance, width, question));
        return;
    }
    each_block(v, question, add_scores, &s);
    *mean = s.sum / v->map->count;
    variance = s.squares / v->map->count - *mean * *mean;
    *deviation = variance > 0 ? sqrt(variance) : 0;
}
