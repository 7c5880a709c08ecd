/* A list of copies, newest first. */
#include "memory/centres.h"

#include <pthread.h>
#include <stdlib.h>

#include "memory/centre.h"

#include "base/banned.h"

/* What was handed out never changes: each part that is measured makes new
 * means, until all pairs are. */
struct entry {
    struct entry *next;
    struct arena  own;       /* of what follows */
    struct str    model;
    size_t        dimensions;
    bool          english;
    size_t        measured;  /* pairs */
    float        *sums[2];   /* of so many questions and passages */
    float        *question;  /* their mean, or NULL: too few */
    float        *passage;
};

struct centres {
    pthread_mutex_t lock;
    struct entry   *first;
};

struct centres *
centres_new(void)
{
    struct centres *c = alloc_array_or_die(1, sizeof(*c));

    (void)pthread_mutex_init(&c->lock, NULL); /* cannot fail on Linux */
    return c;
}

void
centres_free(struct centres *c)
{
    while (c->first) {
        struct entry *e = c->first;

        c->first = e->next;
        arena_release(&e->own);
        free(e);
    }
    (void)pthread_mutex_destroy(&c->lock); /* nobody holds it */
    free(c);
}

static struct entry *
find(const struct centres *c, struct str model)
{
    struct entry *e = c->first;

    while (e && !str_equal(e->model, model))
        e = e->next;
    return e;
}

static struct entry *
add(struct centres *c, struct str model, size_t dimensions)
{
    struct entry *e = alloc_array_or_die(1, sizeof(*e));

    e->own = ARENA_INIT;
    e->model = arena_copy(&e->own, model);
    e->dimensions = dimensions;
    e->next = c->first;
    c->first = e;
    return e;
}

static struct embed_centre
known(const struct entry *e)
{
    struct embed_centre centre = { .dimensions = 0 };

    if (!e)
        return centre;
    centre.dimensions = e->dimensions;
    centre.english = e->english;
    centre.question = e->question;
    centre.passage = e->passage;
    return centre;
}

struct embed_centre
centres_find(struct centres *c, struct str model)
{
    struct embed_centre centre;

    (void)pthread_mutex_lock(&c->lock);
    centre = known(find(c, model));
    (void)pthread_mutex_unlock(&c->lock);
    return centre;
}

static bool
is_same(const struct entry *e, const struct embed_centre *centre)
{
    size_t bytes = e->dimensions * sizeof(*e->question);

    if (e->dimensions != centre->dimensions)
        return false;
    if (!centre->question || !centre->passage)
        return e->measured == 0;
    return e->question && e->passage &&
           memcmp(e->question, centre->question, bytes) == 0 &&
           memcmp(e->passage, centre->passage, bytes) == 0;
}

static float *
copy(struct entry *e, const float *vector)
{
    float *own = arena_array(&e->own, float, e->dimensions);

    memcpy(own, vector, e->dimensions * sizeof(*own));
    return own;
}

static struct entry *
add_copy(struct centres *c, struct str model,
         const struct embed_centre *centre)
{
    struct entry *e = add(c, model, centre->dimensions);

    e->english = centre->english;
    if (centre->question && centre->passage) {
        e->question = copy(e, centre->question);
        e->passage = copy(e, centre->passage);
        e->measured = CENTRE_PAIRS;
    }
    return e;
}

struct embed_centre
centres_keep(struct centres *c, struct str model,
             const struct embed_centre *centre)
{
    struct embed_centre kept;
    struct entry       *e;

    (void)pthread_mutex_lock(&c->lock);
    e = find(c, model);
    if (!e || !is_same(e, centre))
        e = add_copy(c, model, centre);
    kept = known(e);
    (void)pthread_mutex_unlock(&c->lock);
    return kept;
}

size_t
centres_measured(struct centres *c, struct str model)
{
    const struct entry *e;
    size_t              measured;

    (void)pthread_mutex_lock(&c->lock);
    e = find(c, model);
    measured = e ? e->measured : 0;
    (void)pthread_mutex_unlock(&c->lock);
    return measured;
}

static float *
mean(struct entry *e, const float *sum)
{
    float *vector = copy(e, sum);

    centre_divide(vector, e->measured, e->dimensions);
    return vector;
}

static void
take(struct entry *e, const struct centres_part *part)
{
    const size_t size = e->dimensions;

    if (part->dimensions != size || part->first != e->measured ||
        part->count == 0)
        return;
    for (size_t i = 0; i < COUNT(e->sums); i++) {
        if (!e->sums[i])
            e->sums[i] = arena_array(&e->own, float, size);
        centre_add(e->sums[i], part->rows + i * part->count * size,
                   part->count, size);
    }
    e->measured += part->count;
    if (e->measured < CENTRES_ENOUGH)
        return;
    e->question = mean(e, e->sums[0]);
    e->passage = mean(e, e->sums[1]);
}

struct embed_centre
centres_measure(struct centres *c, struct str model,
                const struct centres_part *part)
{
    struct embed_centre centre;
    struct entry       *e;

    (void)pthread_mutex_lock(&c->lock);
    e = find(c, model);
    if (!e)
        e = add(c, model, part->dimensions);
    take(e, part);
    centre = known(e);
    (void)pthread_mutex_unlock(&c->lock);
    return centre;
}
