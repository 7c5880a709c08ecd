/*
 * Tails: the indexes of words of the vaults that this process served lately.
 *
 * A tail is as new as the epochs of the vault say.  When the epoch moved, the
 * rows above the last one that it has are added; when the purge epoch moved,
 * something was taken away and it is built anew.  The first building runs in a
 * thread of its own, so that it goes on when the request that asked for it
 * cannot wait.  One thread brings a tail up to date, others wait for it.
 *
 * Locks: the map's mutex (map, use counts, sizes) and one mutex (state) and
 * one read-write lock (index) a tail.  No two are ever held at once, and none
 * while the database works.
 */
#ifndef MEMORY_TAIL_H
#define MEMORY_TAIL_H

#include "memory/lexicon.h"

struct tail_cache;  /* one per process */
struct tail;        /* of one vault */

/* How new the tail must be, and until when it is waited for. */
struct tail_wanted {
    int64_t vault_id;
    int64_t epoch;
    int64_t purge_epoch;
    int64_t deadline_us;  /* as clock_tick_us() counts */
};

/* `cache_bytes`: least recently used tails are dropped beyond it; the one in
 * use is kept, however large. */
struct tail_cache *tail_open(size_t cache_bytes);

/* Waits for running loads; no tail may be held. */
void tail_close(struct tail_cache *cache);

/*
 * The tail of a vault, as new as wanted, until tail_return().
 *
 * Errors  ERR_STORE; ERR_TIMEOUT: it is still being built
 */
enum status tail_borrow(struct tail_cache *cache, struct db *db,
                        const struct tail_wanted *wanted, struct tail **tail,
                        struct error *err) MUST_CHECK;
void tail_return(struct tail_cache *cache, struct tail *tail);

/* The index, for reading only, until tail_done(). */
const struct lexicon *tail_read(struct tail *tail);
void tail_done(struct tail *tail);

/* Forgets the tail of a vault; whoever holds it keeps it. */
void tail_forget(struct tail_cache *cache, int64_t vault_id);

/* What the cache holds now. */
size_t tail_bytes(struct tail_cache *cache);

#endif
