/* A stack of scratch arrays behind a mutex. */
#include "memory/scratch.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "memory/words.h"

#include "base/banned.h"

struct scratch_pool {
    pthread_mutex_t  lock;
    struct scratch **idle;
    size_t           count;
    size_t           most;
};

struct scratch_pool *
scratch_open(size_t most)
{
    struct scratch_pool *pool = alloc_array_or_die(1, sizeof(*pool));

    (void)pthread_mutex_init(&pool->lock, NULL); /* cannot fail on Linux */
    pool->idle = alloc_array_or_die(most, sizeof(struct scratch *));
    pool->most = most;
    return pool;
}

/* The arrays; the tokeniser stays. */
static void
release(struct scratch *s)
{
    free(s->own);
    free(s->context);
    free(s->shared);
    free(s->near);
    free(s->list);
    free(s->touched);
    free(s->scores);
    free(s->sims);
}

static void
scratch_free(struct scratch *s)
{
    release(s);
    words_free(s->words);
    free(s);
}

void
scratch_close(struct scratch_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        scratch_free(pool->idle[i]);
    (void)pthread_mutex_destroy(&pool->lock); /* nobody uses it any more */
    free(pool->idle);
    free(pool);
}

/* Makes room; everything is zero before and after. */
static void
grow(struct scratch *s, uint32_t count)
{
    size_t room = count + count / 4 + 1024;

    if (s->room >= count)
        return;
    release(s);
    s->own = alloc_array_or_die(room, sizeof(*s->own));
    s->context = alloc_array_or_die(room, sizeof(*s->context));
    s->shared = alloc_array_or_die(room, sizeof(*s->shared));
    s->near = alloc_array_or_die(room, sizeof(*s->near));
    s->list = alloc_array_or_die(room, sizeof(*s->list));
    s->touched = alloc_array_or_die(room, sizeof(*s->touched));
    s->scores = alloc_array_or_die(room, sizeof(*s->scores));
    s->sims = alloc_array_or_die(room, sizeof(*s->sims));
    s->room = (uint32_t)room;
}

struct scratch *
scratch_borrow(struct scratch_pool *pool, uint32_t count)
{
    struct scratch *s = NULL;

    (void)pthread_mutex_lock(&pool->lock); /* not held by us */
    if (pool->count)
        s = pool->idle[--pool->count];
    (void)pthread_mutex_unlock(&pool->lock); /* held by us */
    if (!s) {
        s = alloc_array_or_die(1, sizeof(*s));
        s->words = words_new();
    }
    grow(s, count);
    return s;
}

void
scratch_return(struct scratch_pool *pool, struct scratch *s)
{
    (void)pthread_mutex_lock(&pool->lock); /* not held by us */
    if (pool->count < pool->most) {
        pool->idle[pool->count++] = s;
        s = NULL;
    }
    (void)pthread_mutex_unlock(&pool->lock); /* held by us */
    if (s)
        scratch_free(s);
}
