/*
 * A segment: one generation of one vault, opened.
 *
 * Opening checks the manifest, all sizes, all small files and the beginnings
 * of the large ones, and the structure of what was checked.  What remains,
 * the bulk of large vaults, is checked by segment_verify() in the background;
 * until then a damaged byte there can give a wrong score, never a crash.
 *
 * What is damaged is set aside (bad-<generation>), a new generation is asked
 * for (STATE/wanted), and the caller gets an error to log.
 *
 * An open segment is read only; any number of threads may use it.  Usually it
 * comes from a cache: segment_cache.h.
 */
#ifndef MEMORY_SEGMENT_H
#define MEMORY_SEGMENT_H

#include "memory/lexicon.h"
#include "memory/manifest.h"
#include "memory/vectors.h"

struct segment;

/*
 * Opens the vault's current generation.
 *
 * Errors  ERR_NOT_FOUND: the vault has none (usual for a new vault).
 *         ERR_INTERNAL: it was damaged and has been set aside; log it, and go
 *         on as if it were not there.
 *         ERR_BUSY: descriptors or memory ran out; it is left as it is.
 */
enum status segment_open(const char *state_dir, int64_t vault_id,
                         struct segment **segment,
                         struct error *err) MUST_CHECK;

/* NULL allowed. */
void segment_close(struct segment *s);

/* Vault, model, base_seq, purge_epoch, counts; files without sums. */
const struct manifest *segment_manifest(const struct segment *s);

/* Name of its generation. */
const char *segment_name(const struct segment *s);

const struct lexicon *segment_lexicon(const struct segment *s);

/* NULL when no item has a vector. */
const struct vectors *segment_vectors(const struct segment *s);

/* Address space that it takes. */
size_t segment_mapped_bytes(const struct segment *s);

/* Is something left for segment_verify()? */
bool segment_is_unverified(const struct segment *s);

/* Checks all that opening left out; reads the files, not the mapping.
 * ERR_INTERNAL: damaged and set aside. */
enum status segment_verify(struct segment *s, struct error *err) MUST_CHECK;

#endif
