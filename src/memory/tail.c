/* The cache of tails, and how a tail is brought up to date. */
#include "memory/tail.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "platform/clock.h"

#include "base/banned.h"

enum {
    BUCKETS = 1024,
    ROWS_BETWEEN_LOOKS = 64,       /* at the clock */
    LOADER_STACK_BYTES = 512 << 10,
};

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
    uint64_t        loads;        /* that have ended */
    enum status     last_status;  /* of the last one */
    struct error    last_error;

    /* `index` guards lex; last_seq belongs to the thread that loads. */
    pthread_rwlock_t index;
    struct lexicon  *lex;
    int64_t          last_seq;
};

struct tail_cache {
    pthread_mutex_t map;
    pthread_cond_t  idle;     /* no loader runs */
    struct tail    *buckets[BUCKETS];
    struct tail    *newest;
    struct tail    *oldest;
    size_t          bytes;
    size_t          max_bytes;
    size_t          loaders;
};

/* One bringing up to date. */
struct load {
    struct tail_cache *cache;
    struct db         *db;
    struct tail       *tail;
    struct tail_wanted wanted;
    struct lexicon    *fresh;     /* a new index, or NULL: add to the old */
    int64_t            last_seq;
    uint64_t           rows;
};

struct tail_cache *
tail_open(size_t cache_bytes)
{
    struct tail_cache *cache = alloc_array_or_die(1, sizeof(*cache));

    (void)pthread_mutex_init(&cache->map, NULL); /* cannot fail on Linux */
    (void)pthread_cond_init(&cache->idle, NULL); /* likewise */
    cache->max_bytes = cache_bytes;
    return cache;
}

static struct tail *
tail_new(int64_t vault_id)
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
    t->lex = lexicon_new();
    return t;
}

static void
tail_free(struct tail *t)
{
    (void)pthread_mutex_destroy(&t->state);   /* nobody uses it */
    (void)pthread_cond_destroy(&t->moved);    /* any more, so  */
    (void)pthread_rwlock_destroy(&t->index);  /* these succeed */
    lexicon_free(t->lex);
    free(t);
}

static void
lock(pthread_mutex_t *mutex)
{
    int failure = pthread_mutex_lock(mutex);

    assert(failure == 0);
}

static void
unlock(pthread_mutex_t *mutex)
{
    int failure = pthread_mutex_unlock(mutex);

    assert(failure == 0);
}

static struct tail **
bucket_of(struct tail_cache *cache, int64_t vault_id)
{
    return &cache->buckets[(uint64_t)vault_id % BUCKETS];
}

/* The map's functions down to take() want its mutex held. */
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
    t->forgotten = true;
    if (t->uses == 0)
        tail_free(t);
}

static void
drop_old(struct tail_cache *cache)
{
    struct tail *t = cache->oldest;

    while (cache->bytes > cache->max_bytes && t && t != cache->newest) {
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

static struct tail *
take(struct tail_cache *cache, int64_t vault_id)
{
    struct tail *t;

    lock(&cache->map);
    t = find(cache, vault_id);
    if (t) {
        unlink_age(cache, t);
    } else {
        struct tail **bucket = bucket_of(cache, vault_id);

        t = tail_new(vault_id);
        t->chain = *bucket;
        *bucket = t;
    }
    make_newest(cache, t);
    t->uses++;
    unlock(&cache->map);
    return t;
}

void
tail_return(struct tail_cache *cache, struct tail *t)
{
    lock(&cache->map);
    t->uses--;
    if (t->forgotten && t->uses == 0)
        tail_free(t);
    else
        drop_old(cache);
    unlock(&cache->map);
}

static void
account(struct tail_cache *cache, struct tail *t, size_t bytes)
{
    lock(&cache->map);
    if (!t->forgotten) {
        cache->bytes += bytes - t->bytes;
        t->bytes = bytes;
    }
    unlock(&cache->map);
}

static bool
is_late(const struct load *l)
{
    return l->rows % ROWS_BETWEEN_LOOKS == 0 &&
           clock_tick_us() > l->wanted.deadline_us;
}

static enum status
add_row(void *owner, const struct memory_row *row, struct error *err)
{
    struct load *l = owner;

    /* A statement that was run once more begins again. */
    if (row->seq <= l->last_seq)
        return OK;
    if (l->fresh) {
        lexicon_add(l->fresh, row);
    } else {
        (void)pthread_rwlock_wrlock(&l->tail->index); /* not held by us */
        lexicon_add(l->tail->lex, row);
        (void)pthread_rwlock_unlock(&l->tail->index); /* held by us */
    }
    l->last_seq = row->seq;
    l->rows++;
    if (is_late(l))
        return failed(err, ERR_TIMEOUT, "deadline passed after %llu rows",
                      (unsigned long long)l->rows);
    return OK;
}

static enum status
read_rows(struct load *l, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(l->db, &conn, err);

    if (st != OK)
        return st;
    st = memory_each_above(conn, l->wanted.vault_id, l->last_seq, add_row, l,
                           err);
    db_return(l->db, conn);
    return st;
}

static void
swap_index(struct load *l)
{
    struct lexicon *old;

    (void)pthread_rwlock_wrlock(&l->tail->index); /* not held by us */
    old = l->tail->lex;
    l->tail->lex = l->fresh;
    (void)pthread_rwlock_unlock(&l->tail->index); /* held by us */
    lexicon_free(old);
}

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Tells everybody who waits how the load ended. */
static void
end_load(struct load *l, enum status st, const struct error *err)
{
    struct tail *t = l->tail;

    lock(&t->state);
    if (st == OK) {
        t->built = true;
        t->epoch = later(t->epoch, l->wanted.epoch);
        t->purge_epoch = later(t->purge_epoch, l->wanted.purge_epoch);
    } else {
        t->last_error = *err;
    }
    t->last_status = st;
    t->loads++;
    t->loading = false;
    (void)pthread_cond_broadcast(&t->moved); /* cannot fail */
    unlock(&t->state);
}

/* Only the thread for which tail.loading was set comes here. */
static enum status
load(struct load *l, struct error *err)
{
    enum status st = read_rows(l, err);

    if (l->fresh && st == OK)
        swap_index(l);
    else
        lexicon_free(l->fresh);
    /* What was added stays, also after a failure; a new index is dropped. */
    if (!l->fresh || st == OK)
        l->tail->last_seq = l->last_seq;
    account(l->cache, l->tail, lexicon_bytes(l->tail->lex));
    end_load(l, st, err);
    return st;
}

static void *
load_in_thread(void *owner)
{
    struct load       *l = owner;
    struct tail_cache *cache = l->cache;
    struct error       err;

    (void)load(l, &err); /* end_load() told those who wait */
    tail_return(cache, l->tail);
    free(l);
    db_thread_end();
    lock(&cache->map);
    if (--cache->loaders == 0)
        (void)pthread_cond_broadcast(&cache->idle); /* cannot fail */
    unlock(&cache->map);
    return NULL;
}

static void
count_loader(struct load *l, size_t change)
{
    lock(&l->cache->map);
    l->cache->loaders += change;
    l->tail->uses += change;
    unlock(&l->cache->map);
}

/* True when a thread does it now. */
static bool
start_thread(const struct load *l)
{
    struct load   *copy = alloc_or_die(sizeof(*copy));
    pthread_attr_t attr;
    pthread_t      thread;
    int            failure;

    *copy = *l;
    copy->wanted.deadline_us = INT64_MAX;
    count_loader(copy, 1);
    (void)pthread_attr_init(&attr); /* these cannot fail on Linux */
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attr, LOADER_STACK_BYTES);
    failure = pthread_create(&thread, &attr, load_in_thread, copy);
    (void)pthread_attr_destroy(&attr);
    if (failure) {
        count_loader(copy, (size_t)-1);
        free(copy);
    }
    return failure == 0;
}

/* Few rows are added here and now; a whole index is built in a thread. */
static enum status
begin_load(struct load *l, bool whole, struct error *err)
{
    l->last_seq = whole ? 0 : l->tail->last_seq;
    l->fresh = whole ? lexicon_new() : NULL;
    if (whole && start_thread(l))
        return OK;
    return load(l, err);
}

/* False when the deadline passed.  The state's mutex is held. */
static bool
wait_moved(struct tail *t, int64_t deadline_us)
{
    struct timespec until = { (time_t)(deadline_us / 1000000),
                              (long)(deadline_us % 1000000 * 1000) };

    return pthread_cond_timedwait(&t->moved, &t->state, &until) != ETIMEDOUT;
}

static bool
is_new_enough(const struct tail *t, const struct tail_wanted *w)
{
    return t->built && t->epoch >= w->epoch &&
           t->purge_epoch >= w->purge_epoch;
}

/* Until the tail is new enough: loads it, or waits for whoever does. */
static enum status
refresh(struct load *l, struct error *err)
{
    struct tail *t = l->tail;
    enum status  st = OK;
    uint64_t     loads;

    lock(&t->state);
    loads = t->loads;
    while (st == OK && !is_new_enough(t, &l->wanted)) {
        if (t->loads != loads && t->last_status != OK &&
            t->last_status != ERR_TIMEOUT) {
            *err = t->last_error;
            st = t->last_status;
        } else if (!t->loading) {
            bool whole = !t->built || t->purge_epoch < l->wanted.purge_epoch;

            t->loading = true;
            loads = t->loads;
            unlock(&t->state);
            st = begin_load(l, whole, err);
            lock(&t->state);
        } else if (!wait_moved(t, l->wanted.deadline_us)) {
            st = failed(err, ERR_TIMEOUT, "the vault is still being read");
        }
    }
    unlock(&t->state);
    return st;
}

enum status
tail_borrow(struct tail_cache *cache, struct db *db,
            const struct tail_wanted *wanted, struct tail **tail,
            struct error *err)
{
    struct load l = { .cache = cache, .db = db, .wanted = *wanted };
    enum status st;

    l.tail = take(cache, wanted->vault_id);
    st = refresh(&l, err);
    if (st == OK)
        *tail = l.tail;
    else
        tail_return(cache, l.tail);
    return st;
}

const struct lexicon *
tail_read(struct tail *t)
{
    (void)pthread_rwlock_rdlock(&t->index); /* not held for writing by us */
    return t->lex;
}

void
tail_done(struct tail *t)
{
    (void)pthread_rwlock_unlock(&t->index); /* held by tail_read() */
}

void
tail_forget(struct tail_cache *cache, int64_t vault_id)
{
    struct tail *t;

    lock(&cache->map);
    t = find(cache, vault_id);
    if (t)
        drop(cache, t);
    unlock(&cache->map);
}

size_t
tail_bytes(struct tail_cache *cache)
{
    size_t bytes;

    lock(&cache->map);
    bytes = cache->bytes;
    unlock(&cache->map);
    return bytes;
}

void
tail_close(struct tail_cache *cache)
{
    lock(&cache->map);
    while (cache->loaders > 0)
        (void)pthread_cond_wait(&cache->idle, &cache->map); /* cannot fail */
    while (cache->oldest)
        drop(cache, cache->oldest);
    unlock(&cache->map);
    (void)pthread_mutex_destroy(&cache->map); /* nobody uses it any more */
    (void)pthread_cond_destroy(&cache->idle); /* likewise */
    free(cache);
}
