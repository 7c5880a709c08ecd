/* Threads take groups of texts of a list that is sorted by length. */
#include "memory/learn_encode.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/banned.h"

enum { THREADS_MAX = 64 };

struct entry {
    struct str text;
    size_t     at;     /* its row */
};

/* What the threads share. */
struct crew {
    const struct learn_encode *work;
    struct entry              *entries;  /* those with a text, by length */
    size_t                     count;
    atomic_size_t              next;     /* the first that nobody took   */
    pthread_mutex_t            lock;     /* guards what follows          */
    enum status                status;   /* the first that was not OK    */
    struct error               error;
};

/* The longest first: the last groups are short, and threads end together. */
static int
by_length(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->text.len < y->text.len) - (x->text.len > y->text.len);
}

static void
give_up(struct crew *c, enum status st, const struct error *err)
{
    (void)pthread_mutex_lock(&c->lock); /* cannot fail */
    if (c->status == OK) {
        c->status = st;
        c->error = *err;
    }
    (void)pthread_mutex_unlock(&c->lock); /* cannot fail */
    atomic_store(&c->next, c->count);
}

static enum status
encode_group(const struct learn_encode *w, const struct entry *entries,
             size_t count, struct error *err)
{
    struct str *texts = alloc_array_or_die(count, sizeof(*texts));
    float      *rows = alloc_array_or_die(count, w->dimensions *
                                          sizeof(*rows));
    bool       *refused = alloc_array_or_die(count, sizeof(*refused));
    enum status st;

    for (size_t i = 0; i < count; i++)
        texts[i] = entries[i].text;
    st = embed_passages(w->embedder, texts, count, rows, refused, err);
    for (size_t i = 0; i < count && st == OK; i++) {
        w->has_vector[entries[i].at] = !refused[i];
        memcpy(w->vectors + entries[i].at * w->dimensions,
               rows + i * w->dimensions, w->dimensions * sizeof(*rows));
    }
    free(refused);
    free(rows);
    free(texts);
    return st;
}

static void *
encode_groups(void *owner)
{
    struct crew *c = owner;
    size_t       group = c->work->group, at;
    struct error err;

    while ((at = atomic_fetch_add(&c->next, group)) < c->count) {
        size_t      left = c->count - at;
        enum status st = encode_group(c->work, c->entries + at,
                                      left < group ? left : group, &err);

        if (st != OK)
            give_up(c, st, &err);
    }
    return NULL;
}

/* This thread works too; where no other can be had it does everything. */
static void
run(struct crew *c)
{
    size_t    groups = (c->count + c->work->group - 1) / c->work->group;
    size_t    most = c->work->threads < groups ? c->work->threads : groups;
    pthread_t threads[THREADS_MAX];
    size_t    started = 0;

    while (started + 1 < most && started < THREADS_MAX &&
           pthread_create(&threads[started], NULL, encode_groups, c) == 0)
        started++;
    (void)encode_groups(c);
    while (started > 0)
        (void)pthread_join(threads[--started], NULL); /* cannot fail */
}

enum status
learn_encode(const struct learn_encode *work, struct arena *a,
             struct error *err)
{
    struct crew c = { .work = work, .status = OK };

    c.entries = arena_array(a, struct entry, work->count);
    for (size_t i = 0; i < work->count; i++) {
        work->has_vector[i] = false;
        if (work->texts[i].len > 0)
            c.entries[c.count++] = (struct entry){ work->texts[i], i };
    }
    qsort(c.entries, c.count, sizeof(*c.entries), by_length);
    (void)pthread_mutex_init(&c.lock, NULL); /* cannot fail on Linux */
    run(&c);
    (void)pthread_mutex_destroy(&c.lock); /* nobody holds it */
    if (c.status != OK)
        *err = c.error;
    return c.status;
}
