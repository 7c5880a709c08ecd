/*
 * The open segments of this process.
 *
 * At most so many, and so many bytes of mapped address space; the least
 * recently used ones are closed beyond that.  Whoever borrows one keeps it,
 * also when a newer generation takes its place meanwhile.  A borrow asks the
 * disk with one system call whether the generation is still the current one.
 * Large segments are verified in full by one thread of the cache, which runs
 * only while there are such.
 *
 * Locks: one mutex guards the map, the order of use and the use counts.  It
 * is never held while a file is opened, read, closed or unmapped, and no
 * other lock is taken while it is held, so it may be taken under any lock of
 * tail.h.  Threads that want a segment which is just being opened wait for
 * the one that opens it.
 */
#ifndef MEMORY_SEGMENT_CACHE_H
#define MEMORY_SEGMENT_CACHE_H

#include "memory/segment.h"

struct segment_cache;

/* `state_dir` must outlive it.  The one in use is kept, however large. */
struct segment_cache *segment_cache_open(const char *state_dir,
                                         size_t max_segments,
                                         size_t max_bytes);

/* Waits for the verifying thread; no segment may be borrowed. */
void segment_cache_close(struct segment_cache *cache);

/*
 * The vault's current segment until segment_cache_return().
 *
 * Errors  As segment_open().  ERR_INTERNAL is also how a damage found by the
 *         verifying thread is told, once, to the next who asks.
 */
enum status segment_cache_borrow(struct segment_cache *cache,
                                 int64_t vault_id,
                                 const struct segment **segment,
                                 struct error *err) MUST_CHECK;

/* NULL allowed. */
void segment_cache_return(struct segment_cache *cache,
                          const struct segment *segment);

/* Now open. */
size_t segment_cache_count(struct segment_cache *cache);
size_t segment_cache_bytes(struct segment_cache *cache);

#endif
