/* The map of open segments, and the thread that verifies the large ones. */
#include "memory/segment_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "memory/generation.h"

#include "base/banned.h"

enum {
    BUCKETS = 1024,
    VERIFIER_STACK_BYTES = 256 << 10,
};

/* One vault's segment.  The mutex guards all of it. */
struct entry {
    int64_t         vault_id;
    struct segment *segment;  /* NULL while it is being opened */
    struct error   *damage;   /* found by the verifier, not yet told */
    size_t          bytes;
    size_t          uses;
    bool            retired;  /* in its bucket only until nobody uses it */
    struct entry   *chain;    /* next in its bucket */
    struct entry   *older;
    struct entry   *newer;
    struct entry   *to_verify;  /* next in the queue */
};

struct segment_cache {
    const char     *state_dir;
    size_t          max_segments;
    size_t          max_bytes;
    pthread_mutex_t map;
    pthread_cond_t  opened;   /* or not: one that was being opened */
    pthread_cond_t  idle;     /* no verifier runs */
    struct entry   *buckets[BUCKETS];
    struct entry   *newest;
    struct entry   *oldest;
    size_t          count;
    size_t          bytes;
    struct entry   *queue;    /* to verify */
    bool            verifying;
};

struct segment_cache *
segment_cache_open(const char *state_dir, size_t max_segments,
                   size_t max_bytes)
{
    struct segment_cache *cache = alloc_array_or_die(1, sizeof(*cache));

    cache->state_dir = state_dir;
    cache->max_segments = max_segments;
    cache->max_bytes = max_bytes;
    (void)pthread_mutex_init(&cache->map, NULL);   /* none of these */
    (void)pthread_cond_init(&cache->opened, NULL); /* can fail on   */
    (void)pthread_cond_init(&cache->idle, NULL);   /* Linux         */
    return cache;
}

static void
lock(struct segment_cache *cache)
{
    int failure = pthread_mutex_lock(&cache->map);

    assert(failure == 0);
}

static void
unlock(struct segment_cache *cache)
{
    int failure = pthread_mutex_unlock(&cache->map);

    assert(failure == 0);
}

static struct entry **
bucket_of(struct segment_cache *cache, int64_t vault_id)
{
    return &cache->buckets[(uint64_t)vault_id % BUCKETS];
}

/* The functions down to open_entry() want the mutex held.  Entries that
 * nobody needs go to a list, which is freed after unlocking: closing unmaps
 * files. */
static void
make_newest(struct segment_cache *cache, struct entry *e)
{
    e->newer = NULL;
    e->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = e;
    else
        cache->oldest = e;
    cache->newest = e;
}

static void
unlink_age(struct segment_cache *cache, struct entry *e)
{
    *(e->newer ? &e->newer->older : &cache->newest) = e->older;
    *(e->older ? &e->older->newer : &cache->oldest) = e->newer;
}

static struct entry *
find(struct segment_cache *cache, int64_t vault_id)
{
    struct entry *e = *bucket_of(cache, vault_id);

    while (e && (e->retired || e->vault_id != vault_id))
        e = e->chain;
    return e;
}

/* Takes an unused, retired entry out of its bucket. */
static void
unchain(struct segment_cache *cache, struct entry *e, struct entry **gone)
{
    struct entry **link = bucket_of(cache, e->vault_id);

    while (*link != e)
        link = &(*link)->chain;
    *link = e->chain;
    e->chain = *gone;
    *gone = e;
}

static void
retire(struct segment_cache *cache, struct entry *e, struct entry **gone)
{
    e->retired = true;
    unlink_age(cache, e);
    cache->count--;
    cache->bytes -= e->bytes;
    if (e->uses == 0)
        unchain(cache, e, gone);
}

static void
retire_old(struct segment_cache *cache, struct entry **gone)
{
    struct entry *e = cache->oldest;

    while (e && e != cache->newest && (cache->count > cache->max_segments ||
                                       cache->bytes > cache->max_bytes)) {
        struct entry *newer = e->newer;

        if (e->uses == 0)
            retire(cache, e, gone);
        e = newer;
    }
}

static void
leave(struct segment_cache *cache, struct entry *e, struct entry **gone)
{
    e->uses--;
    if (e->retired && e->uses == 0)
        unchain(cache, e, gone);
    else
        retire_old(cache, gone);
}

static struct entry *
new_entry(struct segment_cache *cache, int64_t vault_id)
{
    struct entry  *e = alloc_array_or_die(1, sizeof(*e));
    struct entry **bucket = bucket_of(cache, vault_id);

    e->vault_id = vault_id;
    e->uses = 1;
    e->chain = *bucket;
    *bucket = e;
    make_newest(cache, e);
    cache->count++;
    return e;
}

static void
free_all(struct entry *gone)
{
    while (gone) {
        struct entry *e = gone;

        gone = e->chain;
        segment_close(e->segment);
        free(e->damage);
        free(e);
    }
}

/* Queue of the verifier: takes the mutex itself, from here on. */
static struct entry *
next_to_verify(struct segment_cache *cache)
{
    struct entry *e;

    lock(cache);
    e = cache->queue;
    if (e) {
        cache->queue = e->to_verify;
    } else {
        cache->verifying = false;
        (void)pthread_cond_broadcast(&cache->idle); /* cannot fail */
    }
    unlock(cache);
    return e;
}

static void *
verify(void *owner)
{
    struct segment_cache *cache = owner;
    struct entry         *e;

    while ((e = next_to_verify(cache)) != NULL) {
        struct entry *gone = NULL;
        struct error  err;
        enum status   st = segment_verify(e->segment, &err);

        lock(cache);
        if (st == ERR_INTERNAL) {
            e->damage = alloc_or_die(sizeof(err));
            *e->damage = err;
        }
        leave(cache, e, &gone);
        unlock(cache);
        free_all(gone);
    }
    return NULL;
}

static bool
start_verifier(struct segment_cache *cache)
{
    pthread_attr_t detached;
    pthread_t      thread;
    bool           started;

    (void)pthread_attr_init(&detached); /* these cannot fail on Linux */
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&detached, VERIFIER_STACK_BYTES);
    started = pthread_create(&thread, &detached, verify, cache) == 0;
    (void)pthread_attr_destroy(&detached);
    return started;
}

/* Mutex held.  Where no thread can be had it stays unverified. */
static void
queue_to_verify(struct segment_cache *cache, struct entry *e)
{
    if (!segment_is_unverified(e->segment) ||
        (!cache->verifying && !start_verifier(cache)))
        return;
    cache->verifying = true;
    e->uses++;
    e->to_verify = cache->queue;
    cache->queue = e;
}

/* The mutex is held at the beginning, and not at the end. */
static enum status
open_entry(struct segment_cache *cache, int64_t vault_id,
           const struct segment **segment, struct entry **gone,
           struct error *err)
{
    struct entry   *e = new_entry(cache, vault_id);
    struct segment *opened = NULL;
    enum status     st;

    unlock(cache);
    st = segment_open(cache->state_dir, vault_id, &opened, err);
    lock(cache);
    e->segment = opened;
    if (st == OK) {
        e->bytes = segment_mapped_bytes(opened);
        cache->bytes += e->bytes;
        queue_to_verify(cache, e);
        *segment = opened;
        retire_old(cache, gone);
    } else {
        e->uses--;
        retire(cache, e, gone);
    }
    (void)pthread_cond_broadcast(&cache->opened); /* cannot fail */
    unlock(cache);
    return st;
}

/* The vault's entry, if there is one and nobody is opening it. */
static struct entry *
wait_for(struct segment_cache *cache, int64_t vault_id)
{
    struct entry *e = find(cache, vault_id);

    while (e && !e->segment) {
        (void)pthread_cond_wait(&cache->opened, &cache->map); /* held */
        e = find(cache, vault_id);
    }
    return e;
}

static enum status
borrow(struct segment_cache *cache, int64_t vault_id, const char *name,
       const struct segment **segment, struct entry **gone,
       struct error *err)
{
    struct entry *e;

    lock(cache);
    e = wait_for(cache, vault_id);
    if (e && e->damage) {
        *err = *e->damage;
        retire(cache, e, gone);
        unlock(cache);
        return err->status;
    }
    if (e && name && strcmp(segment_name(e->segment), name) == 0) {
        e->uses++;
        unlink_age(cache, e);
        make_newest(cache, e);
        *segment = e->segment;
        unlock(cache);
        return OK;
    }
    if (e)
        retire(cache, e, gone);
    if (name)
        return open_entry(cache, vault_id, segment, gone, err);
    unlock(cache);
    return ERR_NOT_FOUND;
}

enum status
segment_cache_borrow(struct segment_cache *cache, int64_t vault_id,
                     const struct segment **segment, struct error *err)
{
    char          name[GENERATION_NAME_BYTES];
    struct entry *gone = NULL;
    enum status   st;

    st = generation_current(cache->state_dir, vault_id, name, err);
    if (st != OK && st != ERR_NOT_FOUND)
        return st;
    st = borrow(cache, vault_id, st == OK ? name : NULL, segment, &gone, err);
    free_all(gone);
    return st;
}

void
segment_cache_return(struct segment_cache *cache,
                     const struct segment *segment)
{
    struct entry *gone = NULL, *e;

    if (!segment)
        return;
    lock(cache);
    e = *bucket_of(cache, segment_manifest(segment)->vault_id);
    while (e->segment != segment)
        e = e->chain;
    leave(cache, e, &gone);
    unlock(cache);
    free_all(gone);
}

void
segment_cache_close(struct segment_cache *cache)
{
    struct entry *gone = NULL;

    lock(cache);
    while (cache->verifying)
        (void)pthread_cond_wait(&cache->idle, &cache->map); /* held */
    while (cache->oldest)
        retire(cache, cache->oldest, &gone);
    unlock(cache);
    free_all(gone);
    (void)pthread_mutex_destroy(&cache->map);   /* nobody uses it */
    (void)pthread_cond_destroy(&cache->opened); /* any more, so   */
    (void)pthread_cond_destroy(&cache->idle);   /* these succeed  */
    free(cache);
}

size_t
segment_cache_count(struct segment_cache *cache)
{
    size_t count;

    lock(cache);
    count = cache->count;
    unlock(cache);
    return count;
}

size_t
segment_cache_bytes(struct segment_cache *cache)
{
    size_t bytes;

    lock(cache);
    bytes = cache->bytes;
    unlock(cache);
    return bytes;
}
