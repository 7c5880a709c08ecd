/* The cache of tails, and how a tail is brought up to date. */
#include "memory/tail.h"

#include <errno.h>
#include <stdlib.h>

#include "memory/generation.h"
#include "memory/tail_map.h"
#include "platform/clock.h"

#include "base/banned.h"

enum { LOADER_STACK_BYTES = 512 << 10 };

/* One bringing up to date. */
struct load {
    struct tail_cache     *cache;
    struct db             *db;
    struct tail           *tail;
    struct snapshot_wanted wanted;
    struct snapshot       *fresh;   /* a new one, or NULL: add to the old */
    struct error           damage;
};

struct tail_cache *
tail_open(const struct tail_options *options)
{
    struct tail_cache *cache = alloc_array_or_die(1, sizeof(*cache));

    (void)pthread_mutex_init(&cache->map, NULL); /* cannot fail on Linux */
    (void)pthread_cond_init(&cache->idle, NULL); /* likewise */
    cache->options = *options;
    if (options->state_dir)
        cache->segments = segment_cache_open(options->state_dir,
                                             options->most, SIZE_MAX);
    return cache;
}

static enum status
read_rows(struct load *l, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(l->db, &conn, err);

    if (st != OK)
        return st;
    st = l->fresh ? snapshot_update(l->fresh, conn, NULL, &l->wanted, err)
                  : snapshot_update(l->tail->snapshot, conn, &l->tail->index,
                                    &l->wanted, err);
    db_return(l->db, conn);
    return st;
}

static void
swap_snapshot(struct load *l)
{
    struct snapshot *old;

    (void)pthread_rwlock_wrlock(&l->tail->index); /* not held by us */
    old = l->tail->snapshot;
    l->tail->snapshot = l->fresh;
    (void)pthread_rwlock_unlock(&l->tail->index); /* held by us */
    snapshot_free(old);
    l->tail->asked = false;
}

/* Asks the learner for a segment once the tail is long. */
static void
ask_for_segment(struct load *l)
{
    struct tail *t = l->tail;
    size_t       rows = snapshot_tail_count(t->snapshot);
    struct error err;

    if (t->asked || !l->cache->segments || rows < TAIL_LONG_ROWS ||
        rows * 100 < (size_t)snapshot_count(t->snapshot) * TAIL_LONG_PERCENT)
        return;
    /* If it fails the tail stays long, and is asked for by the next. */
    t->asked = generation_want(l->cache->options.state_dir, t->vault_id,
                               &err) == OK;
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

    tail_map_lock(&t->state);
    if (st == OK) {
        t->built = true;
        t->epoch = later(t->epoch, l->wanted.epoch);
        t->purge_epoch = later(t->purge_epoch, l->wanted.purge_epoch);
        t->embedded_seq = t->model_id == l->wanted.model_id
                              ? later(t->embedded_seq, l->wanted.embedded_seq)
                              : l->wanted.embedded_seq;
        t->model_id = l->wanted.model_id;
    } else {
        t->last_error = *err;
    }
    if (l->damage.status != OK)
        t->damage = l->damage;
    t->last_status = st;
    t->loads++;
    t->loading = false;
    (void)pthread_cond_broadcast(&t->moved); /* cannot fail */
    tail_map_unlock(&t->state);
}

/* Only the thread for which tail.loading was set comes here. */
static enum status
load(struct load *l, struct error *err)
{
    enum status st = read_rows(l, err);

    /* What was added stays, also after a failure; a new one is dropped. */
    if (l->fresh && st == OK)
        swap_snapshot(l);
    else
        snapshot_free(l->fresh);
    if (st == OK)
        ask_for_segment(l);
    if (l->tail->snapshot)
        tail_map_account(l->cache, l->tail, snapshot_bytes(l->tail->snapshot));
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
    tail_map_lock(&cache->map);
    if (--cache->loaders == 0)
        (void)pthread_cond_broadcast(&cache->idle); /* cannot fail */
    tail_map_unlock(&cache->map);
    return NULL;
}

static void
count_loader(struct load *l, size_t change)
{
    tail_map_lock(&l->cache->map);
    l->cache->loaders += change;
    l->tail->uses += change;
    tail_map_unlock(&l->cache->map);
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
    l->damage.status = OK;
    l->fresh = whole ? snapshot_new(l->cache->segments, l->tail->vault_id,
                                    &l->damage)
                     : NULL;
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

/* Can it be brought up to date by adding to it? */
static bool
is_continued(const struct tail *t, const struct snapshot_wanted *w)
{
    return t->built && t->purge_epoch >= w->purge_epoch &&
           t->model_id == w->model_id;
}

static bool
is_new_enough(const struct tail *t, const struct snapshot_wanted *w)
{
    return is_continued(t, w) && t->epoch >= w->epoch &&
           t->embedded_seq >= w->embedded_seq;
}

/* A segment that the learner built meanwhile is taken up: the tail counts as
 * not built. */
static void
look_for_segment(struct load *l)
{
    struct tail *t = l->tail;
    bool         current;

    (void)pthread_rwlock_rdlock(&t->index); /* not held by us */
    current = !t->snapshot || snapshot_is_current(t->snapshot);
    (void)pthread_rwlock_unlock(&t->index); /* held by us */
    if (current)
        return;
    tail_map_lock(&t->state);
    if (!t->loading)
        t->built = false;
    tail_map_unlock(&t->state);
}

/* Until the tail is new enough: loads it, or waits for whoever does. */
static enum status
refresh(struct load *l, struct error *err)
{
    struct tail *t = l->tail;
    enum status  st = OK;
    uint64_t     loads;

    look_for_segment(l);
    tail_map_lock(&t->state);
    loads = t->loads;
    while (st == OK && !is_new_enough(t, &l->wanted)) {
        if (t->loads != loads && t->last_status != OK &&
            t->last_status != ERR_TIMEOUT) {
            *err = t->last_error;
            st = t->last_status;
        } else if (!t->loading) {
            bool whole = !is_continued(t, &l->wanted);

            t->loading = true;
            loads = t->loads;
            tail_map_unlock(&t->state);
            st = begin_load(l, whole, err);
            tail_map_lock(&t->state);
        } else if (!wait_moved(t, l->wanted.deadline_us)) {
            st = failed(err, ERR_TIMEOUT, "the vault is still being read");
        }
    }
    tail_map_unlock(&t->state);
    return st;
}

/* Whoever comes first tells of a damage. */
static void
take_damage(struct tail *t, struct error *damage)
{
    tail_map_lock(&t->state);
    *damage = t->damage;
    t->damage.status = OK;
    tail_map_unlock(&t->state);
}

enum status
tail_borrow(struct tail_cache *cache, struct db *db,
            const struct snapshot_wanted *wanted, struct tail **tail,
            struct error *damage, struct error *err)
{
    struct load l = { .cache = cache, .db = db, .wanted = *wanted };
    enum status st;

    l.tail = tail_map_take(cache, wanted->vault_id);
    st = refresh(&l, err);
    take_damage(l.tail, damage);
    if (st == OK)
        *tail = l.tail;
    else
        tail_return(cache, l.tail);
    return st;
}

const struct snapshot *
tail_read(struct tail *t)
{
    (void)pthread_rwlock_rdlock(&t->index); /* not held for writing by us */
    return t->snapshot;
}

void
tail_done(struct tail *t)
{
    (void)pthread_rwlock_unlock(&t->index); /* held by tail_read() */
}

void
tail_return(struct tail_cache *cache, struct tail *t)
{
    tail_map_return(cache, t);
}

void
tail_forget(struct tail_cache *cache, int64_t vault_id)
{
    tail_map_forget(cache, vault_id);
}

size_t
tail_bytes(struct tail_cache *cache)
{
    size_t bytes;

    tail_map_lock(&cache->map);
    bytes = cache->bytes;
    tail_map_unlock(&cache->map);
    return bytes;
}

void
tail_close(struct tail_cache *cache)
{
    tail_map_lock(&cache->map);
    while (cache->loaders > 0)
        (void)pthread_cond_wait(&cache->idle, &cache->map); /* cannot fail */
    tail_map_clear(cache);
    tail_map_unlock(&cache->map);
    if (cache->segments)
        segment_cache_close(cache->segments);
    (void)pthread_mutex_destroy(&cache->map); /* nobody uses it any more */
    (void)pthread_cond_destroy(&cache->idle); /* likewise */
    free(cache);
}
