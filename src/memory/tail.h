/*
 * Tails: what this process has read of the vaults that it served lately, each
 * a snapshot (memory/snapshot.h) of the segment and the rows behind it.
 *
 * A tail is as new as the epochs of the vault say.  When the epoch moved, the
 * rows above the last one that it has are added; when the learner embedded
 * more, the vectors; when the purge epoch moved, something was taken away, and
 * when there is another segment or model, it is built anew.  The first
 * building runs in a thread of its own, so that it goes on when the request
 * that asked for it cannot wait.  One thread brings a tail up to date, others
 * wait for it.  A tail that has grown long asks for a new segment.
 *
 * Locks: the map's mutex (map, use counts, sizes) and one mutex (state) and
 * one read-write lock (index) a tail.  No two are ever held at once, and none
 * while the database works; the segment cache's own may be taken under them.
 */
#ifndef MEMORY_TAIL_H
#define MEMORY_TAIL_H

#include "memory/snapshot.h"

struct tail_cache;  /* one per process */
struct tail;        /* of one vault */

/* A tail longer than this, and than so much of its vault, wants a segment. */
enum { TAIL_LONG_ROWS = 64, TAIL_LONG_PERCENT = 5 };

struct tail_options {
    const char *state_dir;    /* NULL: there are no segments */
    size_t      cache_bytes;  /* least recently used ones go beyond it; the
                                 one in use is kept, however large */
    size_t      most;         /* likewise for their number */
};

struct tail_cache *tail_open(const struct tail_options *options);

/* Waits for running loads; no tail may be held. */
void tail_close(struct tail_cache *cache);

/*
 * The tail of a vault, as new as wanted, until tail_return().
 *
 * damage  damage->status is OK, or what was wrong with the vault's segment:
 *         recall goes on without it, and somebody should log it
 * Errors  ERR_STORE; ERR_TIMEOUT: it is still being built
 */
enum status tail_borrow(struct tail_cache *cache, struct db *db,
                        const struct snapshot_wanted *wanted,
                        struct tail **tail, struct error *damage,
                        struct error *err) MUST_CHECK;
void tail_return(struct tail_cache *cache, struct tail *tail);

/* For reading only, until tail_done(). */
const struct snapshot *tail_read(struct tail *tail);
void tail_done(struct tail *tail);

/* Forgets the tail of a vault; whoever holds it keeps it. */
void tail_forget(struct tail_cache *cache, int64_t vault_id);

/* What the cache holds now. */
size_t tail_bytes(struct tail_cache *cache);

#endif
