/* A hash table of tails, in the order of their use. */
#include "memory/tail_map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

static struct tail *
new_tail(int64_t vault_id)
{
    struct tail         *t = alloc_array_or_die(1, sizeof(*t));
    pthread_condattr_t   by_tick;
    pthread_rwlockattr_t writers_first;

    t->vault_id = vault_id;
    /* None of these can fail on Linux. */
    (void)pthread_mutex_init(&t->state, NULL);
    (void)pthread_condattr_init(&by_tick);
    (void)pthread_condattr_setclock(&by_tick, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->moved, &by_tick);
    (void)pthread_condattr_destroy(&by_tick);
    (void)pthread_rwlockattr_init(&writers_first);
    (void)pthread_rwlockattr_setkind_np(
        &writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&t->index, &writers_first);
    (void)pthread_rwlockattr_destroy(&writers_first);
    return t;
}

static void
free_tail(struct tail *t)
{
    (void)pthread_mutex_destroy(&t->state);   /* nobody uses it */
    (void)pthread_cond_destroy(&t->moved);    /* any more, so  */
    (void)pthread_rwlock_destroy(&t->index);  /* these succeed */
    snapshot_free(t->snapshot);
    free(t);
}

void
tail_map_lock(pthread_mutex_t *mutex)
{
    int failure = pthread_mutex_lock(mutex);

    assert(failure == 0);
}

void
tail_map_unlock(pthread_mutex_t *mutex)
{
    int failure = pthread_mutex_unlock(mutex);

    assert(failure == 0);
}

static struct tail **
bucket_of(struct tail_cache *cache, int64_t vault_id)
{
    return &cache->buckets[(uint64_t)vault_id % TAIL_MAP_BUCKETS];
}

/* The functions down to tail_map_take() want its mutex held. */
static void
make_newest(struct tail_cache *cache, struct tail *t)
{
    t->newer = NULL;
    t->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = t;
    else
        cache->oldest = t;
    cache->newest = t;
}

static void
unlink_age(struct tail_cache *cache, struct tail *t)
{
    *(t->newer ? &t->newer->older : &cache->newest) = t->older;
    *(t->older ? &t->older->newer : &cache->oldest) = t->newer;
}

/* Takes it out of the map; frees it unless somebody holds it. */
static void
drop(struct tail_cache *cache, struct tail *t)
{
    struct tail **link = bucket_of(cache, t->vault_id);

    while (*link != t)
        link = &(*link)->chain;
    *link = t->chain;
    unlink_age(cache, t);
    cache->bytes -= t->bytes;
    cache->count--;
    t->forgotten = true;
    if (t->uses == 0)
        free_tail(t);
}

static void
drop_old(struct tail_cache *cache)
{
    struct tail *t = cache->oldest;

    while ((cache->bytes > cache->options.cache_bytes ||
            cache->count > cache->options.most) && t && t != cache->newest) {
        struct tail *newer = t->newer;

        if (t->uses == 0)
            drop(cache, t);
        t = newer;
    }
}

static struct tail *
find(struct tail_cache *cache, int64_t vault_id)
{
    struct tail *t = *bucket_of(cache, vault_id);

    while (t && t->vault_id != vault_id)
        t = t->chain;
    return t;
}

struct tail *
tail_map_take(struct tail_cache *cache, int64_t vault_id)
{
    struct tail *t;

    tail_map_lock(&cache->map);
    t = find(cache, vault_id);
    if (t) {
        unlink_age(cache, t);
    } else {
        struct tail **bucket = bucket_of(cache, vault_id);

        t = new_tail(vault_id);
        t->chain = *bucket;
        *bucket = t;
        cache->count++;
    }
    make_newest(cache, t);
    t->uses++;
    tail_map_unlock(&cache->map);
    return t;
}

void
tail_map_return(struct tail_cache *cache, struct tail *t)
{
    tail_map_lock(&cache->map);
    t->uses--;
    if (t->forgotten && t->uses == 0)
        free_tail(t);
    else
        drop_old(cache);
    tail_map_unlock(&cache->map);
}

void
tail_map_account(struct tail_cache *cache, struct tail *t, size_t bytes)
{
    tail_map_lock(&cache->map);
    if (!t->forgotten) {
        cache->bytes += bytes - t->bytes;
        t->bytes = bytes;
    }
    tail_map_unlock(&cache->map);
}

void
tail_map_forget(struct tail_cache *cache, int64_t vault_id)
{
    struct tail *t;

    tail_map_lock(&cache->map);
    t = find(cache, vault_id);
    if (t)
        drop(cache, t);
    tail_map_unlock(&cache->map);
}

void
tail_map_clear(struct tail_cache *cache)
{
    while (cache->oldest)
        drop(cache, cache->oldest);
}
