/* key-ring list and rotate. */
#include "admin/verbs.h"

#include <stdio.h>

#include "admin/progress.h"
#include "admin/table.h"
#include "store/provider_key.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "id", CELL_NUMBER }, { "state", CELL_TEXT },
    { "provider_keys", CELL_NUMBER },
};

static const struct table_column done_columns[] = {
    { "id", CELL_NUMBER }, { "state", CELL_TEXT },
    { "resealed", CELL_NUMBER }, { "failed", CELL_NUMBER },
    { "dropped", CELL_NUMBER },
};

/* What the ring's keys have sealed. */
struct sealed {
    struct provider_key_ring *list;
    size_t                    count;
};

static int64_t
rows_of(const struct sealed *s, uint32_t id)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].id == id)
            return s->list[i].rows;
    return 0;
}

/* Rows that another key than this one sealed. */
static int64_t
rows_but(const struct sealed *s, uint32_t id)
{
    int64_t rows = 0;

    for (size_t i = 0; i < s->count; i++)
        rows += s->list[i].id == id ? 0 : s->list[i].rows;
    return rows;
}

static uint32_t
highest(const struct sealed *s)
{
    return s->count ? s->list[s->count - 1].id : 0;
}

/* key-ring list. */

static void
fill_row(struct cell *cells, uint32_t id, struct str state, int64_t rows)
{
    cells[0] = CELL_N(id);
    cells[1] = CELL_T(state);
    cells[2] = CELL_N(rows);
}

enum status
cmd_key_ring_list(struct admin *m, struct error *err)
{
    struct key_ring *ring;
    struct sealed    s;
    struct cell     *cells;
    size_t           rows = 0;
    enum status      st = admin_ring(m, &ring, err);

    if (st != OK || (st = admin_connect(m, err)) != OK ||
        (st = provider_key_rings(m->conn, m->arena, &s.list, &s.count,
                                 err)) != OK)
        return st;
    cells = arena_array(m->arena, struct cell,
                        (ring->seal_count + s.count) * COUNT(columns));
    for (size_t i = 0; i < ring->seal_count; i++)
        fill_row(cells + rows++ * COUNT(columns), ring->seal[i].id,
                 i == 0               ? STR("seals")
                 : ring->seal[i].next ? STR("next")
                                      : STR("opens"),
                 rows_of(&s, ring->seal[i].id));
    for (size_t i = 0; i < s.count; i++)
        if (!key_ring_find(ring, s.list[i].id))
            fill_row(cells + rows++ * COUNT(columns), s.list[i].id,
                     STR("missing"), s.list[i].rows);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           rows }, m->json);
    return OK;
}

/* key-ring rotate. */

struct rotation {
    struct admin            *m;
    struct key_ring         *ring;
    struct sealed            sealed;   /* when it was looked at last */
    const char              *state;    /* what was done to the ring */
    struct provider_key_walk walk;
    size_t                   dropped;
};

static enum status
look(struct rotation *r, struct error *err)
{
    return provider_key_rings(r->m->conn, r->m->arena, &r->sealed.list,
                              &r->sealed.count, err);
}

static bool
has_next(const struct key_ring *ring)
{
    for (size_t i = 0; i < ring->seal_count; i++)
        if (ring->seal[i].next)
            return true;
    return false;
}

/* For machines that have the ring too: a key that seals nothing yet. */
static enum status
prepare(struct rotation *r, struct error *err)
{
    enum status st;

    r->state = "prepared";
    if (has_next(r->ring))
        return OK;
    st = key_ring_add(r->ring, highest(&r->sealed), err);
    return st == OK ? key_ring_replace(r->ring, err) : st;
}

/* Which key seals from now on, or stays. */
static enum status
note(struct rotation *r, enum audit_act act, struct error *err)
{
    return audit_add(r->m->conn, &r->m->by, &(struct audit_entry){
                         .act = act, .number = r->ring->seal[0].id }, err);
}

/* The key that waits seals from now on. */
static enum status
renew(struct rotation *r, struct error *err)
{
    enum status st;

    r->state = "added";
    (void)key_ring_advance(r->ring); /* there is one */
    st = note(r, AUDIT_KEY_RING_ROTATE, err);
    return st == OK ? key_ring_replace(r->ring, err) : st;
}

static enum status
reseal(struct rotation *r, const struct key_ring *ring, struct error *err)
{
    int64_t         total = rows_but(&r->sealed, ring->seal[0].id);
    struct progress progress;
    enum status     st = OK;

    r->walk.account_id = 0;
    r->walk.provider[0] = '\0';
    r->walk.ended = false;
    r->walk.failed = 0;
    progress_begin(&progress, "sealing");
    while (st == OK && !r->walk.ended) {
        st = provider_key_reseal(r->m->conn, ring, &r->walk, err);
        progress_show(&progress, (int64_t)r->walk.resealed, total);
    }
    progress_end(&progress);
    return st == OK ? look(r, err) : st;
}

/* An old key that no row needs, or NULL. */
static const struct key_ring_seal *
unneeded(const struct rotation *r)
{
    for (size_t i = 1; i < r->ring->seal_count; i++)
        if (!r->ring->seal[i].next &&
            rows_of(&r->sealed, r->ring->seal[i].id) == 0)
            return &r->ring->seal[i];
    return NULL;
}

/* Whoever sealed with an old key while it went looks at the file afterwards;
 * what he sealed before that is found here. */
static enum status
drop_old(struct rotation *r, struct error *err)
{
    struct key_ring            *old = arena_new(r->m->arena, struct key_ring);
    const struct key_ring_seal *seal;
    enum status                 st;

    crypto_wipe_later(r->m->arena, old, sizeof(*old));
    *old = *r->ring;
    for (; (seal = unneeded(r)) != NULL; r->dropped++)
        key_ring_drop(r->ring, seal->id);
    if (r->dropped == 0)
        return OK;
    if ((st = note(r, AUDIT_KEY_RING_DROP, err)) != OK)
        return st;
    st = key_ring_replace(r->ring, err);
    return st == OK ? reseal(r, old, err) : st;
}

/* Completes what an earlier rotation left, and begins one when it left
 * nothing that can be done. */
static enum status
seal_all(struct rotation *r, bool drop, struct error *err)
{
    enum status st;

    r->state = "continued";
    if (!has_next(r->ring)) {
        st = reseal(r, r->ring, err);
        if (st != OK || r->walk.resealed || (drop && unneeded(r)))
            return st;
        st = key_ring_add(r->ring, highest(&r->sealed), err);
        if (st != OK)
            return st;
    }
    st = renew(r, err);
    return st == OK ? reseal(r, r->ring, err) : st;
}

static void
print(const struct rotation *r)
{
    long long id = r->ring->seal[0].id;

    if (r->m->json) {
        struct cell cells[] = {
            CELL_N(id), CELL_T(str_from(r->state)), CELL_N(r->walk.resealed),
            CELL_N(r->walk.failed), CELL_N(r->dropped),
        };

        table_print_object(r->m->arena, &(struct table){
                               done_columns, COUNT(done_columns), cells, 1 });
        return;
    }
    if (strcmp(r->state, "added") == 0)
        (void)printf("seal key %lld is in %s (keep a backup of it)\n", id,
                     r->ring->path);
    else
        (void)printf("an earlier rotation to seal key %lld is completed; no "
                     "key was added\n", id);
    (void)printf("%zu provider keys sealed with it", r->walk.resealed);
    if (r->walk.failed)
        (void)printf(", %zu cannot be opened", r->walk.failed);
    (void)printf(r->dropped ? ", %zu old seal keys dropped\n" : "\n",
                 r->dropped);
}

static void
print_prepared(const struct rotation *r)
{
    long long id = 0;

    for (size_t i = 0; i < r->ring->seal_count; i++)
        if (r->ring->seal[i].next)
            id = r->ring->seal[i].id;
    if (r->m->json)
        (void)printf("{\"id\": %lld, \"state\": \"%s\"}\n", id, r->state);
    else
        (void)printf("key %lld waits in %s: copy the file to all machines, "
                     "then rotate on one\n", id, r->ring->path);
}

static enum status
rotate(struct rotation *r, struct error *err)
{
    bool        drop = admin_given(r->m, "drop-old") != NULL;
    enum status st = seal_all(r, drop, err);

    if (st == OK && drop)
        st = drop_old(r, err);
    if (st != OK)
        return st;
    print(r);
    if (r->walk.failed)
        return failed(err, ERR_CONFIG, "%zu provider keys stay as they are: "
                      "%s", r->walk.failed, r->walk.why.text);
    return OK;
}

enum status
cmd_key_ring_rotate(struct admin *m, struct error *err)
{
    struct rotation r = { .m = m };
    enum status     st;

    if (admin_given(m, "prepare") && admin_given(m, "drop-old"))
        return admin_usage(err, "--prepare or --drop-old, not both");
    if ((st = admin_connect(m, err)) != OK ||
        (st = provider_key_lock(m->conn, m->arena, err)) != OK ||
        (st = admin_ring(m, &r.ring, err)) != OK ||
        (st = look(&r, err)) != OK)
        return st;
    if (!admin_given(m, "prepare"))
        return rotate(&r, err);
    if ((st = prepare(&r, err)) == OK)
        print_prepared(&r);
    return st;
}
