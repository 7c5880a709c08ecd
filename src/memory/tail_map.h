/*
 * The tails of a process by vault, least recently used ones first to go.  The
 * inside of tail.c: nobody else includes this.
 */
#ifndef MEMORY_TAIL_MAP_H
#define MEMORY_TAIL_MAP_H

#include <pthread.h>

#include "memory/tail.h"

enum { TAIL_MAP_BUCKETS = 1024 };

struct tail {
    int64_t      vault_id;

    /* The map's mutex guards these. */
    struct tail *chain;  /* next in its bucket */
    struct tail *older;
    struct tail *newer;
    size_t       uses;
    size_t       bytes;
    bool         forgotten;

    /* `state` guards these; `moved` says that a load ended. */
    pthread_mutex_t state;
    pthread_cond_t  moved;
    bool            loading;
    bool            built;        /* once at least */
    int64_t         epoch;
    int64_t         purge_epoch;
    int64_t         model_id;
    int64_t         embedded_seq;
    uint64_t        loads;        /* that have ended */
    enum status     last_status;  /* of the last one */
    struct error    last_error;
    struct error    damage;       /* status OK: none, or told */

    /* `index` guards the snapshot; only the thread that loads changes it. */
    pthread_rwlock_t index;
    struct snapshot *snapshot;
    bool             asked;       /* for a new segment */
};

struct tail_cache {
    struct tail_options   options;
    struct segment_cache *segments;  /* NULL: there are none */
    pthread_mutex_t       map;
    pthread_cond_t        idle;      /* no loader runs */
    struct tail          *buckets[TAIL_MAP_BUCKETS];
    struct tail          *newest;
    struct tail          *oldest;
    size_t                count;
    size_t                bytes;
    size_t                loaders;
};

/* A mutex, with an assertion that it works. */
void tail_map_lock(pthread_mutex_t *mutex);
void tail_map_unlock(pthread_mutex_t *mutex);

/* The vault's tail, new or old, kept until tail_map_return(). */
struct tail *tail_map_take(struct tail_cache *cache, int64_t vault_id);
void tail_map_return(struct tail_cache *cache, struct tail *t);

/* What it takes now. */
void tail_map_account(struct tail_cache *cache, struct tail *t, size_t bytes);

/* Takes it out; whoever holds it keeps it. */
void tail_map_forget(struct tail_cache *cache, int64_t vault_id);

/* Takes all of them out; the map's mutex is held. */
void tail_map_clear(struct tail_cache *cache);

#endif
