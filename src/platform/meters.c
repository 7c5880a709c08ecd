/* The map of meters. */
#include "platform/meters.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/checksum.h"
#include "platform/shared.h"

#include "base/banned.h"

enum {
    SLOTS      = 2048,
    PROBES     = 64,      /* places where a name may stand */
    PATIENCE   = 1000,    /* looks at a slot that is being written */
    NAME_BYTES = 120,
    BOUNDS     = 12,      /* of a histogram's buckets */
    SUM        = BOUNDS + 1,
    VALUES     = SUM + 1,
};

enum kind { COUNTER, GAUGE, HISTOGRAM };

enum { FREE, WRITTEN, READY };

/* One meter; of a gauge the part of one process. */
struct slot {
    _Atomic uint32_t state;
    uint32_t         kind;
    int64_t          pid;    /* of a gauge, else 0 */
    uint64_t         hash;
    char             name[NAME_BYTES];
    _Atomic int64_t  values[VALUES];  /* the first; of a histogram the counts
                                         of its buckets, and the sum in us */
};

static_assert(sizeof(struct slot) == 256, "the file holds slots of 256 bytes");

struct meters {
    struct slot *slots;
    int64_t      pid;
};

enum { MAP_BYTES = SLOTS * sizeof(struct slot) };

static const int64_t bounds_us[BOUNDS] = {
    1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000,
    5000000, 30000000,
};

enum status
meters_open(const char *state_dir, struct meters **m, struct error *err)
{
    void       *bytes;
    enum status st = shared_open(state_dir, "meters", MAP_BYTES, &bytes, err);

    if (st != OK)
        return st;
    *m = alloc_or_die(sizeof(**m));
    (*m)->slots = bytes;
    (*m)->pid = getpid();
    return OK;
}

void
meters_close(struct meters *m)
{
    if (!m)
        return;
    shared_close(m->slots, MAP_BYTES);
    free(m);
}

/* Finding a meter. */

/* What is looked for. */
struct wanted {
    enum kind  kind;
    int64_t    pid;
    uint64_t   hash;
    struct str name;
};

static bool
is_ready(struct slot *s)
{
    for (int i = 0; i < PATIENCE; i++) {
        uint32_t state = atomic_load_explicit(&s->state,
                                              memory_order_acquire);

        if (state != WRITTEN)
            return state == READY;
    }
    return false; /* whoever wrote it died */
}

static bool
is_wanted(struct slot *s, const struct wanted *w)
{
    return is_ready(s) && s->hash == w->hash && s->pid == w->pid &&
           s->kind == w->kind && str_equal(str_from(s->name), w->name);
}

static bool
claim(struct slot *s, const struct wanted *w)
{
    uint32_t state = FREE;

    if (!atomic_compare_exchange_strong(&s->state, &state, WRITTEN))
        return false;
    s->kind = w->kind;
    s->pid = w->pid;
    s->hash = w->hash;
    memcpy(s->name, w->name.ptr, w->name.len);
    s->name[w->name.len] = '\0';
    for (size_t i = 0; i < VALUES; i++)
        atomic_store(&s->values[i], 0);
    atomic_store_explicit(&s->state, READY, memory_order_release);
    return true;
}

/* The meter's slot, or NULL where there is no room.  Two that make a meter at
 * one moment may make it twice; meters_print() adds them up. */
static struct slot *
find(struct meters *m, enum kind kind, struct str name)
{
    struct wanted w = { .kind = kind, .name = name };

    if (!m || name.len >= NAME_BYTES)
        return NULL;
    w.pid = kind == GAUGE ? m->pid : 0;
    w.hash = checksum_of(name.ptr, name.len) + (uint64_t)w.pid;
    for (uint64_t i = 0; i < PROBES; i++)
        if (is_wanted(&m->slots[(w.hash + i) % SLOTS], &w))
            return &m->slots[(w.hash + i) % SLOTS];
    for (uint64_t i = 0; i < PROBES; i++)
        if (claim(&m->slots[(w.hash + i) % SLOTS], &w))
            return &m->slots[(w.hash + i) % SLOTS];
    return NULL;
}

void
meters_add(struct meters *m, struct str name, int64_t by)
{
    struct slot *s = find(m, COUNTER, name);

    if (s)
        (void)atomic_fetch_add(&s->values[0], by);
}

void
meters_move(struct meters *m, struct str name, int64_t by)
{
    struct slot *s = find(m, GAUGE, name);

    if (s)
        (void)atomic_fetch_add(&s->values[0], by);
}

void
meters_set(struct meters *m, struct str name, int64_t value)
{
    struct slot *s = find(m, GAUGE, name);

    if (s)
        atomic_store(&s->values[0], value);
}

void
meters_time(struct meters *m, struct str name, int64_t us)
{
    struct slot *s = find(m, HISTOGRAM, name);
    size_t       bucket = 0;

    if (!s)
        return;
    while (bucket < BOUNDS && us > bounds_us[bucket])
        bucket++;
    (void)atomic_fetch_add(&s->values[bucket], 1);
    (void)atomic_fetch_add(&s->values[SUM], us);
}

/* Telling them. */

/* A meter as it is told. */
struct reading {
    const char *name;
    enum kind   kind;
    int64_t     values[VALUES];
};

static int
by_name(const void *left, const void *right)
{
    return strcmp(((const struct reading *)left)->name,
                  ((const struct reading *)right)->name);
}

static bool
is_dead(int64_t pid)
{
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Those that are there, sorted; parts of dead processes make room. */
static size_t
read_all(struct meters *m, struct arena *a, struct reading *list)
{
    size_t count = 0;

    for (size_t i = 0; i < SLOTS; i++) {
        struct slot    *s = &m->slots[i];
        struct reading *r = &list[count];

        if (!is_ready(s))
            continue;
        if (s->kind == GAUGE && is_dead(s->pid)) {
            atomic_store(&s->state, FREE);
            continue;
        }
        r->name = arena_copy(a, str_from(s->name)).ptr;
        r->kind = (enum kind)s->kind;
        for (size_t k = 0; k < VALUES; k++)
            r->values[k] = atomic_load(&s->values[k]);
        count++;
    }
    if (count)
        qsort(list, count, sizeof(*list), by_name);
    return count;
}

/* Makes one of those with the same name. */
static size_t
add_up(struct reading *list, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept && strcmp(list[kept - 1].name, list[i].name) == 0)
            for (size_t k = 0; k < VALUES; k++)
                list[kept - 1].values[k] += list[i].values[k];
        else
            list[kept++] = list[i];
    }
    return kept;
}

static struct str
family_of(const struct reading *r)
{
    struct str name = str_from(r->name);
    size_t     end = str_find_byte(name, '{');

    return str_slice(name, 0, end == STR_NOWHERE ? name.len : end);
}

/* The labels without their braces, with a comma where there are some. */
static struct str
labels_of(struct arena *a, const struct reading *r)
{
    struct str name = str_from(r->name);
    size_t     from = family_of(r).len;

    if (from == name.len)
        return STR_NONE;
    return arena_printf(a, "%.*s,",
                        STR_ARG(str_slice(name, from + 1, name.len - 1)));
}

static void
add_buckets(struct buf *b, struct arena *a, const struct reading *r)
{
    struct str family = family_of(r), labels = labels_of(a, r);
    struct str behind = str_slice(str_from(r->name), family.len,
                                  strlen(r->name));
    int64_t    sum = 0;

    for (size_t i = 0; i < BOUNDS; i++) {
        sum += r->values[i];
        buf_printf(b, "%.*s_bucket{%.*sle=\"%g\"} %lld\n", STR_ARG(family),
                   STR_ARG(labels), (double)bounds_us[i] / 1e6,
                   (long long)sum);
    }
    sum += r->values[BOUNDS];
    buf_printf(b, "%.*s_bucket{%.*sle=\"+Inf\"} %lld\n", STR_ARG(family),
               STR_ARG(labels), (long long)sum);
    buf_printf(b, "%.*s_sum%.*s %.6f\n%.*s_count%.*s %lld\n", STR_ARG(family),
               STR_ARG(behind), (double)r->values[SUM] / 1e6, STR_ARG(family),
               STR_ARG(behind), (long long)sum);
}

void
meters_print(struct meters *m, struct arena *a, struct buf *b)
{
    static const char *const types[] = {
        [COUNTER] = "counter",
        [GAUGE] = "gauge",
        [HISTOGRAM] = "histogram",
    };
    struct reading *list;
    struct str      family = STR_NONE;
    size_t          count;

    if (!m)
        return;
    list = arena_array(a, struct reading, SLOTS);
    count = add_up(list, read_all(m, a, list));
    for (size_t i = 0; i < count; i++) {
        const struct reading *r = &list[i];

        if (!str_equal(family, family_of(r))) {
            family = family_of(r);
            buf_printf(b, "# TYPE %.*s %s\n", STR_ARG(family),
                       types[r->kind]);
        }
        if (r->kind == HISTOGRAM)
            add_buckets(b, a, r);
        else
            buf_printf(b, "%s %lld\n", r->name, (long long)r->values[0]);
    }
}
