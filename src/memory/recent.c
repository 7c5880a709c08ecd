/* A short list of questions and their vectors, least recently used first out.
 */
#include "memory/recent.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "platform/crypto.h"

#include "base/banned.h"

enum state { EMPTY, COMPUTING, KNOWN };

struct recent_entry {
    enum state          state;
    uint8_t             key[CRYPTO_HASH_BYTES];
    uint64_t            used;     /* by the list's clock */
    float              *vector;   /* of KNOWN */
    struct embed_centre centre;
};

struct recent {
    pthread_mutex_t      lock;
    pthread_cond_t       settled;  /* one of COMPUTING is no longer */
    uint64_t             clock;
    size_t               count;
    struct recent_entry *entries;
};

struct recent *
recent_new(size_t most)
{
    struct recent     *r = alloc_array_or_die(1, sizeof(*r));
    pthread_condattr_t attr;

    /* None of these can fail on Linux. */
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&r->settled, &attr);
    (void)pthread_condattr_destroy(&attr);
    r->entries = alloc_array_or_die(most, sizeof(*r->entries));
    r->count = most;
    return r;
}

void
recent_free(struct recent *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->entries[i].vector);
    free(r->entries);
    (void)pthread_cond_destroy(&r->settled); /* nobody waits */
    (void)pthread_mutex_destroy(&r->lock);   /* nor holds it */
    free(r);
}

/* A model's name has no NUL, so the two texts cannot run into each other. */
static void
make_key(struct str model, struct str text, uint8_t key[CRYPTO_HASH_BYTES])
{
    struct buf b = BUF_INIT(model.len + 1 + text.len);

    buf_add(&b, model);
    buf_add_byte(&b, '\0');
    buf_add(&b, text);
    crypto_hash_text(buf_str(&b), key);
    buf_release(&b);
}

/* The entry of that key; else the best one to take for it, which may be
 * nobody's (NULL). */
static struct recent_entry *
find(struct recent *r, const uint8_t key[CRYPTO_HASH_BYTES])
{
    struct recent_entry *oldest = NULL;

    for (size_t i = 0; i < r->count; i++) {
        struct recent_entry *e = &r->entries[i];

        if (e->state != EMPTY && memcmp(e->key, key, sizeof(e->key)) == 0)
            return e;
        if (e->state != COMPUTING && (!oldest || e->used < oldest->used))
            oldest = e;
    }
    return oldest;
}

static bool
is_for(const struct recent_entry *e, enum state state,
       const uint8_t key[CRYPTO_HASH_BYTES])
{
    return e && e->state == state && memcmp(e->key, key, sizeof(e->key)) == 0;
}

static void
forget(struct recent_entry *e)
{
    free(e->vector);
    *e = (struct recent_entry){ .state = EMPTY };
}

static void
copy(struct recent *r, struct recent_entry *e, float *vector,
     struct embed_centre *centre)
{
    e->used = ++r->clock;
    *centre = e->centre;
    memcpy(vector, e->vector, e->centre.dimensions * sizeof(*vector));
}

enum recent_answer
recent_ask(struct recent *r, struct str model, struct str text,
           int64_t deadline_us, float *vector, struct embed_centre *centre,
           struct recent_entry **entry)
{
    struct timespec until = { .tv_sec = (time_t)(deadline_us / 1000000),
                              .tv_nsec = (long)(deadline_us % 1000000) * 1000 };
    uint8_t              key[CRYPTO_HASH_BYTES];
    struct recent_entry *e;
    enum recent_answer   answer = RECENT_OURS;
    int                  late = 0;

    make_key(model, text, key);
    (void)pthread_mutex_lock(&r->lock);
    e = find(r, key);
    while (is_for(e, COMPUTING, key) && late != ETIMEDOUT) {
        late = pthread_cond_timedwait(&r->settled, &r->lock, &until);
        e = find(r, key);
    }
    if (is_for(e, KNOWN, key)) {
        copy(r, e, vector, centre);
        answer = RECENT_KNOWN;
    } else if (is_for(e, COMPUTING, key)) {
        answer = RECENT_LATE;
    } else if (e) {
        forget(e);
        e->state = COMPUTING;
        memcpy(e->key, key, sizeof(e->key));
    }
    (void)pthread_mutex_unlock(&r->lock);
    *entry = e;
    return answer;
}

void
recent_give(struct recent *r, struct recent_entry *e, const float *vector,
            const struct embed_centre *centre)
{
    size_t bytes = centre->dimensions * sizeof(*vector);

    if (!e)
        return;
    (void)pthread_mutex_lock(&r->lock);
    e->vector = alloc_or_die(bytes);
    memcpy(e->vector, vector, bytes);
    e->centre = *centre;
    e->used = ++r->clock;
    e->state = KNOWN;
    (void)pthread_cond_broadcast(&r->settled);
    (void)pthread_mutex_unlock(&r->lock);
}

void
recent_give_up(struct recent *r, struct recent_entry *e)
{
    if (!e)
        return;
    (void)pthread_mutex_lock(&r->lock);
    forget(e);
    (void)pthread_cond_broadcast(&r->settled);
    (void)pthread_mutex_unlock(&r->lock);
}
