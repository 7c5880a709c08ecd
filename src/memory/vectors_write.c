/* From rows in a file to the two files of a generation's vectors. */
#include "memory/vectors_write.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/IndexIVFFlat_c.h>
#include <faiss/c_api/MetaIndexes_c.h>
#include <faiss/c_api/index_io_c.h>

#include "memory/faiss_more.h"
#include "memory/kmeans.h"
#include "memory/moments.h"
#include "memory/vectors_map.h"

#include "base/banned.h"

enum {
    FIRST_ROOM  = 1024,
    ADD_AT_ONCE = 512,   /* vectors handed to FAISS in one call */
};

struct vectors_writer {
    struct arena arena;     /* paths */
    const char  *rows_path;
    const char  *faiss_path;
    const char  *map_path;
    FILE        *rows_file;
    size_t       width;
    uint32_t     items;
    uint32_t     count;     /* with a vector */
    uint32_t    *item_of;   /* each of them */
    size_t       room;

    /* While it ends. */
    struct vectors_map    map;
    const float          *rows;     /* mapped */
    float                *floats;   /* of vectors.map, in its order */
    uint32_t             *list_of;  /* each row */
    size_t               *sizes;    /* of the lists */
};

size_t
vectors_write_lists(size_t count)
{
    size_t lists = 1;

    if (count <= VECTORS_EXACT_MAX)
        return 1;
    while (4.0 * (double)lists * (double)lists <= 1.1 * (double)count)
        lists *= 2;
    return lists;
}

uint32_t
vectors_write_count(const struct vectors_writer *w)
{
    return w->count;
}

static enum status
refused_by_disk(const char *path, struct error *err)
{
    return failed(err, ERR_STORE, "%s: %s", path, strerror(errno));
}

enum status
vectors_write_begin(const char *folder, size_t dimensions,
                    struct vectors_writer **writer, struct error *err)
{
    struct vectors_writer *w;
    enum status            st;

    if (dimensions == 0 || dimensions > VECTORS_DIMENSIONS_MAX)
        return failed(err, ERR_INTERNAL, "vectors of %zu dimensions",
                      dimensions);
    w = alloc_array_or_die(1, sizeof(*w));
    w->width = dimensions;
    w->rows_path = arena_printf(&w->arena, "%s/rows", folder).ptr;
    w->faiss_path = arena_printf(&w->arena, "%s/vectors.faiss", folder).ptr;
    w->map_path = arena_printf(&w->arena, "%s/vectors.map", folder).ptr;
    w->rows_file = fopen(w->rows_path, "w+xe");
    if (!w->rows_file) {
        st = refused_by_disk(w->rows_path, err);
        vectors_write_free(w);
        return st;
    }
    *writer = w;
    return OK;
}

void
vectors_write_free(struct vectors_writer *w)
{
    if (!w)
        return;
    if (w->rows)
        (void)munmap((void *)(uintptr_t)w->rows,
                     w->count * w->width * sizeof(float));
    if (w->rows_file) {
        (void)fclose(w->rows_file); /* nobody reads it again */
        (void)unlink(w->rows_path); /* likewise */
    }
    free(w->item_of);
    free(w->floats);
    free(w->list_of);
    free(w->sizes);
    arena_release(&w->arena);
    free(w);
}

static bool
is_finite(const float *vector, size_t width)
{
    for (size_t i = 0; i < width; i++)
        if (!isfinite(vector[i]))
            return false;
    return true;
}

enum status
vectors_write_add(struct vectors_writer *w, const float *vector,
                  struct error *err)
{
    uint32_t item = w->items++;

    if (!vector || !is_finite(vector, w->width))
        return OK;
    if (w->count == w->room) {
        w->room = w->room ? w->room * 2 : FIRST_ROOM;
        w->item_of = realloc_or_die(w->item_of,
                                    w->room * sizeof(*w->item_of));
    }
    if (fwrite(vector, sizeof(*vector), w->width, w->rows_file) != w->width)
        return refused_by_disk(w->rows_path, err);
    w->item_of[w->count++] = item;
    return OK;
}

static enum status
map_rows(struct vectors_writer *w, struct error *err)
{
    void *rows;

    if (fflush(w->rows_file) != 0)
        return refused_by_disk(w->rows_path, err);
    rows = mmap(NULL, w->count * w->width * sizeof(float), PROT_READ,
                MAP_SHARED, fileno(w->rows_file), 0);
    if (rows == MAP_FAILED)
        return refused_by_disk(w->rows_path, err);
    w->rows = rows;
    return OK;
}

/* Centroids, mean, covariance, and the list of each vector. */
static void
find_lists(struct vectors_writer *w)
{
    size_t lists = w->map.lists;
    float *mean, *products = alloc_array_or_die(lists, sizeof(*products));

    w->floats = alloc_array_or_die(vectors_map_floats(&w->map) + 1,
                                   sizeof(*w->floats));
    w->list_of = alloc_array_or_die(w->count, sizeof(*w->list_of));
    w->sizes = alloc_array_or_die(lists, sizeof(*w->sizes));
    mean = w->floats + lists * w->width;
    moments_mean(w->rows, w->count, w->width, mean);
    if (lists == 1) {
        memcpy(w->floats, mean, w->width * sizeof(*mean));
    } else {
        moments_covariance(w->rows, w->count, w->width, mean,
                           mean + w->width);
        kmeans_run(w->rows, w->count, w->width, lists, w->floats);
    }
    for (size_t i = 0; i < w->count; i++) {
        if (lists > 1)
            w->list_of[i] = kmeans_nearest(w->floats, lists, w->width,
                                           w->rows + i * w->width, products);
        w->sizes[w->list_of[i]]++;
    }
    free(products);
}

static enum status
faiss_failed(struct error *err)
{
    return failed(err, ERR_STORE, "faiss: %s", faiss_more_last_error());
}

/*
 * The coarse quantiser: the centroids in a flat index, under an id map that
 * changes nothing.  It is there for its odd number of bytes in the file: with
 * it the vectors behind stand at a multiple of four.
 */
static enum status
new_quantizer(const struct vectors_writer *w, FaissIndex **quantizer,
              struct error *err)
{
    FaissIndexFlatIP *flat;
    FaissIndexIDMap  *map;
    idx_t            *ids;
    int               failure;

    if (faiss_IndexFlatIP_new_with(&flat, (idx_t)w->width))
        return faiss_failed(err);
    if (faiss_IndexIDMap_new(&map, flat)) {
        faiss_Index_free(flat);
        return faiss_failed(err);
    }
    faiss_IndexIDMap_set_own_fields(map, 1);
    ids = alloc_array_or_die(w->map.lists, sizeof(*ids));
    for (uint32_t i = 0; i < w->map.lists; i++)
        ids[i] = i;
    failure = faiss_Index_add_with_ids(map, w->map.lists, w->floats, ids);
    free(ids);
    if (failure) {
        faiss_Index_free(map);
        return faiss_failed(err);
    }
    *quantizer = map;
    return OK;
}

static enum status
add_rows(const struct vectors_writer *w, FaissIndexIVFFlat *index,
         struct error *err)
{
    idx_t ids[ADD_AT_ONCE], lists[ADD_AT_ONCE];

    if (faiss_more_reserve(index, w->sizes))
        return failed(err, ERR_BUSY, "no memory for %u vectors", w->count);
    for (size_t i = 0; i < w->count;) {
        size_t n = 0;

        for (; n < COUNT(ids) && i + n < w->count; n++) {
            ids[n] = w->item_of[i + n];
            lists[n] = w->list_of[i + n];
        }
        if (faiss_IndexIVFFlat_add_core(index, (idx_t)n,
                                        w->rows + i * w->width, ids, lists))
            return faiss_failed(err);
        i += n;
    }
    return OK;
}

static enum status
new_index(const struct vectors_writer *w, FaissIndexIVFFlat **index,
          struct error *err)
{
    FaissIndex *quantizer = NULL;
    enum status st = new_quantizer(w, &quantizer, err);

    if (st != OK)
        return st;
    if (faiss_IndexIVFFlat_new_with_metric(index, quantizer, w->width,
                                           w->map.lists,
                                           METRIC_INNER_PRODUCT)) {
        faiss_Index_free(quantizer);
        return faiss_failed(err);
    }
    faiss_IndexIVFFlat_set_own_fields(*index, 1);
    st = add_rows(w, *index, err);
    if (st != OK)
        faiss_Index_free(*index);
    return st;
}

/* Closes it, on disk or not at all. */
static enum status
close_file(FILE *f, const char *path, bool good, struct error *err)
{
    good = good && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (!good) {
        enum status st = refused_by_disk(path, err);

        (void)fclose(f); /* it is lost */
        return st;
    }
    return fclose(f) == 0 ? OK : refused_by_disk(path, err);
}

static enum status
write_faiss(struct vectors_writer *w, struct error *err)
{
    FaissIndexIVFFlat *index = NULL;
    enum status        st;
    FILE              *f;

    faiss_more_stay_in_thread();
    st = new_index(w, &index, err);
    if (st != OK)
        return st;
    f = fopen(w->faiss_path, "wxe");
    if (!f) {
        st = refused_by_disk(w->faiss_path, err);
    } else if (faiss_write_index(index, f)) {
        st = faiss_failed(err);
        (void)fclose(f); /* it is lost */
    } else {
        w->map.faiss_bytes = (uint64_t)ftello(f);
        st = close_file(f, w->faiss_path, true, err);
    }
    faiss_Index_free(index);
    return st;
}

static void
find_places(const struct vectors_writer *w, struct vectors_place *places)
{
    uint32_t *next = alloc_array_or_die(w->map.lists, sizeof(*next));

    for (uint32_t i = 0; i < w->items; i++)
        places[i] = (struct vectors_place){ VECTORS_NO_LIST, 0 };
    for (uint32_t i = 0; i < w->count; i++)
        places[w->item_of[i]] = (struct vectors_place){
            w->list_of[i], next[w->list_of[i]]++ };
    free(next);
}

static enum status
write_map(const struct vectors_writer *w, struct error *err)
{
    struct vectors_place *places = alloc_array_or_die(w->items,
                                                      sizeof(*places));
    size_t      float_bytes = vectors_map_head(&w->map) - sizeof(w->map);
    FILE       *f = fopen(w->map_path, "wxe");
    enum status st;
    bool        good;

    if (!f) {
        st = refused_by_disk(w->map_path, err);
        free(places);
        return st;
    }
    find_places(w, places);
    good = fwrite(&w->map, sizeof(w->map), 1, f) == 1 &&
           fwrite(w->floats, 1, float_bytes, f) == float_bytes &&
           fwrite(places, sizeof(*places), w->items, f) == w->items;
    free(places);
    return close_file(f, w->map_path, good, err);
}

enum status
vectors_write_end(struct vectors_writer *w, struct error *err)
{
    enum status st;

    if (w->count == 0)
        return OK;
    st = map_rows(w, err);
    if (st != OK)
        return st;
    w->map = (struct vectors_map){
        .magic = VECTORS_MAP_MAGIC, .dimensions = (uint32_t)w->width,
        .items = w->items, .count = w->count,
        .lists = (uint32_t)vectors_write_lists(w->count),
    };
    w->map.has_covariance = w->map.lists > 1;
    find_lists(w);
    st = write_faiss(w, err);
    return st == OK ? write_map(w, err) : st;
}

uint64_t
vectors_write_head(const struct vectors_writer *w, const char *file)
{
    uint64_t each = w->width * sizeof(float) + sizeof(idx_t);

    return strcmp(file, "vectors.map") == 0
               ? vectors_map_head(&w->map)
               : w->map.faiss_bytes - w->count * each;
}
