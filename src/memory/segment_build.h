/*
 * Building the next generation of a vault.
 *
 * Rows are asked for one by one, each with its vector if it has one; the
 * folder is built beside the others, synced, and becomes current by one
 * rename.  A failure of any kind leaves the old generation as it was.
 */
#ifndef MEMORY_SEGMENT_BUILD_H
#define MEMORY_SEGMENT_BUILD_H

#include "store/memory.h"

/* One row, good until the next is asked for. */
struct segment_row {
    const struct memory_row *memory;      /* NULL: there are no more */
    const float             *vector;      /* NULL: it has none */
    size_t                   dimensions;  /* of it; if other than the
                                             source's, it counts as none */
};

/* The next row, seq above that of the one before; anything but OK ends the
 * building. */
typedef enum status segment_next_fn(void *owner, struct segment_row *row,
                                    struct error *err);

struct segment_source {
    int64_t          vault_id;
    int64_t          model_id;     /* 0: words only */
    struct str       model;        /* its name; cut to 255 bytes */
    size_t           dimensions;   /* of its vectors; 0: words only */
    int64_t          base_seq;     /* no row is above it, none below is left
                                      out */
    int64_t          purge_epoch;  /* read before the first row */
    segment_next_fn *next;
    void            *owner;
};

/*
 * Builds and publishes.  Takes away the vault's file in STATE/wanted when it
 * stood there at the beginning.
 *
 * Errors  ERR_CONFLICT: somebody else builds this vault now.  ERR_STORE: the
 *         disk is full or refuses.  Whatever source->next returns.
 */
enum status segment_build(const char *state_dir,
                          const struct segment_source *source,
                          struct error *err) MUST_CHECK;

#endif
