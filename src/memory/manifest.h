/*
 * What a generation is and what its files must look like: the file MANIFEST.
 *
 * Lines of text, the last one a sum over all others.  Files are summed in
 * blocks of MANIFEST_BLOCK_BYTES, and their heads once more by themselves, so
 * that these can be checked without reading all of a file.
 */
#ifndef MEMORY_MANIFEST_H
#define MEMORY_MANIFEST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
    MANIFEST_VERSION     = 1,
    MANIFEST_BLOCK_BYTES = 1 << 20,
    MANIFEST_FILES_MAX   = 8,
    MANIFEST_NAME_BYTES  = 256,
    MANIFEST_MAX_BYTES   = 4 << 20,
};

struct manifest_file {
    char      name[32];
    uint64_t  bytes;
    uint64_t  head_bytes;  /* must be right before anything is read */
    uint64_t  head_sum;
    uint64_t *sums;        /* of its blocks */
};

struct manifest {
    int64_t  vault_id;
    int64_t  model_id;      /* 0: without vectors */
    char     model[MANIFEST_NAME_BYTES];  /* its name; "" without */
    uint32_t dimensions;    /* 0: without vectors */
    int64_t  base_seq;      /* rows above it are the tail */
    int64_t  purge_epoch;   /* of the vault when building began */
    int64_t  built_ms;
    uint32_t items;
    uint32_t vectors;       /* items that have one */
    size_t   file_count;
    struct manifest_file files[MANIFEST_FILES_MAX];
};

/* Number of blocks of a file. */
size_t manifest_blocks(uint64_t bytes);

/* The text of it. */
void manifest_print(const struct manifest *m, struct buf *out);

/* ERR_INTERNAL when it was changed or is of another version; *m is owned by
 * `a`. */
enum status manifest_parse(struct arena *a, struct str text,
                           struct manifest **m, struct error *err) MUST_CHECK;

/* The file of this name, or NULL. */
const struct manifest_file *manifest_file(const struct manifest *m,
                                          const char *name);

/* Reads an open file and sums its head and blocks; file->sums is owned by
 * `a`.
 * Errors: ERR_STORE. */
enum status manifest_sum(struct arena *a, int fd, struct manifest_file *file,
                         struct error *err) MUST_CHECK;

/* Compares the head of an open file, or all of it.  ERR_INTERNAL when they
 * differ or cannot be read. */
enum status manifest_check_head(const struct manifest_file *file, int fd,
                                struct error *err) MUST_CHECK;
enum status manifest_check(const struct manifest_file *file, int fd,
                           struct error *err) MUST_CHECK;

#endif
