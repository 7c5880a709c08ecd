/*
 * What a process knows of a vault: the segment that the learner built, if
 * there is one, the rows behind it with their words and vectors, and which of
 * the segment's memories are gone.
 *
 * A snapshot is filled by one thread at a time, by snapshot_update(), which
 * takes the lock that it is given for each change, so that others may read
 * meanwhile.
 */
#ifndef MEMORY_SNAPSHOT_H
#define MEMORY_SNAPSHOT_H

#include <pthread.h>

#include "memory/index.h"
#include "memory/segment_cache.h"

struct snapshot;

/* The state of the vault that is wanted. */
struct snapshot_wanted {
    int64_t vault_id;
    int64_t epoch;
    int64_t purge_epoch;
    int64_t model_id;      /* that embeds it; 0: none */
    int64_t embedded_seq;  /* rows up to here have their vectors */
    int64_t deadline_us;   /* as clock_tick_us() counts */
};

/*
 * A new snapshot, without rows until snapshot_update().
 *
 * segments  NULL: none are used
 * damage    what was wrong with the vault's segment, which is then done
 *           without; OK in damage->status when nothing was
 */
struct snapshot *snapshot_new(struct segment_cache *segments,
                              int64_t vault_id, struct error *damage);
void snapshot_free(struct snapshot *s);

/* The generation that it stands on is still the vault's current one. */
bool snapshot_is_current(const struct snapshot *s);

/*
 * Reads what is new since the last call: rows, vectors, and once what is gone
 * of the segment.  What was read before an error stays.
 *
 * readers  taken for writing around each change; NULL: nobody reads yet
 * Errors   ERR_STORE, ERR_TIMEOUT
 */
enum status snapshot_update(struct snapshot *s, struct db_conn *conn,
                            pthread_rwlock_t *readers,
                            const struct snapshot_wanted *wanted,
                            struct error *err) MUST_CHECK;

/* For searching, while the lock is held for reading. */
struct index snapshot_index(const struct snapshot *s);

/* The model whose vectors it holds, "" for none; good as long as s. */
struct str snapshot_model(const struct snapshot *s);

/* Memories behind the segment, and all. */
uint32_t snapshot_tail_count(const struct snapshot *s);
uint32_t snapshot_count(const struct snapshot *s);

/* Private memory that it takes, about. */
size_t snapshot_bytes(const struct snapshot *s);

#endif
