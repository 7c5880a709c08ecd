/*
 * Writing the vectors of a generation.
 *
 * Vectors are added in order of item and go to a file first, so that a large
 * vault needs its size in memory once, for FAISS.  Lists are found by k-means
 * over a bounded sample with a fixed seed: the same vectors give the same
 * files.  One thread at a time; no others are started.
 */
#ifndef MEMORY_VECTORS_WRITE_H
#define MEMORY_VECTORS_WRITE_H

#include "memory/vectors.h"

struct vectors_writer;

/* Begins in `folder`, which exists.  dimensions: 1..VECTORS_DIMENSIONS_MAX.
 * Errors: ERR_STORE when the disk refuses. */
enum status vectors_write_begin(const char *folder, size_t dimensions,
                                struct vectors_writer **writer,
                                struct error *err) MUST_CHECK;

/* The next item's vector; NULL, or one with a number that is not finite:
 * the item has none. */
enum status vectors_write_add(struct vectors_writer *w, const float *vector,
                              struct error *err) MUST_CHECK;

/* Writes and syncs the two files; the writer is to be freed all the same. */
enum status vectors_write_end(struct vectors_writer *w,
                              struct error *err) MUST_CHECK;

/* NULL allowed.  Removes what is not part of the result. */
void vectors_write_free(struct vectors_writer *w);

/* How many of them have a vector. */
uint32_t vectors_write_count(const struct vectors_writer *w);

/* How many bytes of one of the two files must be right before anything in it
 * is read; good after vectors_write_end(). */
uint64_t vectors_write_head(const struct vectors_writer *w, const char *file);

/* How many lists `count` vectors become. */
size_t vectors_write_lists(size_t count);

#endif
