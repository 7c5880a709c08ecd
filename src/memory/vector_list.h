/*
 * The vectors of a tail: a growing list, one a memory, some of them missing.
 * Setting needs exclusive use; everything else only reads.
 */
#ifndef MEMORY_VECTOR_LIST_H
#define MEMORY_VECTOR_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vector_list;

struct vector_list *vector_list_new(size_t dimensions);
void vector_list_free(struct vector_list *l);

/* Copies `dimensions` floats; those before `item` that were not set are
 * missing. */
void vector_list_set(struct vector_list *l, uint32_t item,
                     const float *vector);

/* The vector, or NULL; good until the next one is set. */
const float *vector_list_at(const struct vector_list *l, uint32_t item);

size_t vector_list_dimensions(const struct vector_list *l);

/* Memory that it takes. */
size_t vector_list_bytes(const struct vector_list *l);

#endif
