/*
 * The file vectors.map: one struct vectors_map, then floats (centroids of the
 * lists, mean of all vectors, covariance where has_covariance), then a struct
 * vectors_place for each item.  In the machine's own order of bytes: these
 * files are made where they are read.
 */
#ifndef MEMORY_VECTORS_MAP_H
#define MEMORY_VECTORS_MAP_H

#include <stddef.h>
#include <stdint.h>

#define VECTORS_MAP_MAGIC UINT64_C(0x0A3150414D43564D)  /* "MVCMAP1\n" */
#define VECTORS_NO_LIST   UINT32_MAX

struct vectors_map {
    uint64_t magic;
    uint32_t dimensions;
    uint32_t items;
    uint32_t count;           /* items that have a vector */
    uint32_t lists;           /* at least 1 */
    uint32_t has_covariance;  /* 0 or 1 */
    uint32_t none;            /* 0 */
    uint64_t faiss_bytes;     /* size of vectors.faiss */
};

struct vectors_place {
    uint32_t list;    /* or VECTORS_NO_LIST */
    uint32_t offset;  /* in the list, counted in vectors */
};

/* Floats between the head and the places. */
static inline uint64_t
vectors_map_floats(const struct vectors_map *m)
{
    uint64_t width = m->dimensions;

    return width * m->lists + width + (m->has_covariance ? width * width : 0);
}

/* Where the places begin, which is what must be right first. */
static inline uint64_t
vectors_map_head(const struct vectors_map *m)
{
    uint64_t bytes = sizeof(*m) + vectors_map_floats(m) * sizeof(float);

    return (bytes + 7) / 8 * 8;
}

static inline uint64_t
vectors_map_bytes(const struct vectors_map *m)
{
    return vectors_map_head(m) +
           (uint64_t)m->items * sizeof(struct vectors_place);
}

#endif
