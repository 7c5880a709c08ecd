/* Reading a vault into memory. */
#include "memory/snapshot.h"

#include <stdlib.h>

#include "platform/clock.h"
#include "store/embedding.h"

#include "base/banned.h"

enum { ROWS_BETWEEN_LOOKS = 64 };  /* at the clock */

struct snapshot {
    struct segment_cache *segments;
    const struct segment *segment;   /* NULL: none */
    int64_t               vault_id;
    int64_t               base_seq;
    struct lexicon       *tail;
    int64_t               last_seq;  /* of the rows that were read */
    uint8_t              *dead;      /* a bit a memory of the segment */
    int64_t               live_at;   /* purge epoch that `dead` is as new as */

    int64_t               model_id;
    struct arena          names;     /* owns model */
    struct str            model;
    struct vector_list   *fresh;     /* NULL: no vectors yet */
    int64_t               vectors_to;  /* seq up to which they were read */
};

/* One update; locks for each change. */
struct update {
    struct snapshot              *s;
    pthread_rwlock_t             *lock;  /* NULL: nobody else sees it yet */
    const struct snapshot_wanted *wanted;
    uint64_t                      rows;
    uint8_t                      *dead;
    uint32_t                      next;  /* of the tail, for vectors */
};

struct snapshot *
snapshot_new(struct segment_cache *segments, int64_t vault_id,
             struct error *damage)
{
    struct snapshot       *s = alloc_array_or_die(1, sizeof(*s));
    const struct manifest *m;
    struct error           err;
    enum status            st;

    *s = (struct snapshot){ .segments = segments, .vault_id = vault_id,
                            .names = ARENA_INIT, .live_at = INT64_MAX };
    damage->status = OK;
    st = segments ? segment_cache_borrow(segments, vault_id, &s->segment, &err)
                  : ERR_NOT_FOUND;
    if (st == OK) {
        m = segment_manifest(s->segment);
        s->base_seq = s->last_seq = s->vectors_to = m->base_seq;
        s->live_at = m->purge_epoch;
        s->model_id = m->model_id;
        s->model = str_from(m->model);
    } else if (st != ERR_NOT_FOUND) {
        *damage = err;
    }
    s->tail = lexicon_new(s->segment ? segment_lexicon(s->segment) : NULL);
    return s;
}

void
snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    lexicon_free(s->tail);
    vector_list_free(s->fresh);
    free(s->dead);
    arena_release(&s->names);
    if (s->segments)
        segment_cache_return(s->segments, s->segment);
    free(s);
}

bool
snapshot_is_current(const struct snapshot *s)
{
    const struct segment *now = NULL;
    struct error          err;
    bool                  same;

    if (!s->segments)
        return true;
    /* A damage is told to whoever makes the next snapshot. */
    if (segment_cache_borrow(s->segments, s->vault_id, &now, &err) != OK)
        return s->segment == NULL;
    same = now == s->segment;
    segment_cache_return(s->segments, now);
    return same;
}

static void
lock(const struct update *u)
{
    if (u->lock)
        (void)pthread_rwlock_wrlock(u->lock); /* not held by us */
}

static void
unlock(const struct update *u)
{
    if (u->lock)
        (void)pthread_rwlock_unlock(u->lock); /* held by us */
}

static enum status
look_at_clock(struct update *u, struct error *err)
{
    if (u->rows++ % ROWS_BETWEEN_LOOKS == 0 &&
        clock_tick_us() > u->wanted->deadline_us)
        return failed(err, ERR_TIMEOUT, "deadline passed after %llu rows",
                      (unsigned long long)u->rows);
    return OK;
}

/* The memory with this seq among `count` from `first` on, or LEXICON_NONE. */
static uint32_t
find_seq(const struct lexicon *lex, int64_t seq)
{
    uint32_t from = lexicon_first(lex), to = from + lexicon_count(lex);

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (lexicon_item(lex, middle)->seq < seq)
            from = middle + 1;
        else
            to = middle;
    }
    return from < lexicon_first(lex) + lexicon_count(lex) &&
                   lexicon_item(lex, from)->seq == seq
               ? from : LEXICON_NONE;
}

static enum status
note_live(void *owner, int64_t seq, struct error *err)
{
    struct update *u = owner;
    uint32_t       item = find_seq(segment_lexicon(u->s->segment), seq);

    if (item != LEXICON_NONE)
        u->dead[item / 8] &= (uint8_t)~(1U << item % 8);
    return look_at_clock(u, err);
}

/* Finds out what is gone since the segment was built. */
static enum status
read_live(struct update *u, struct db_conn *conn, struct error *err)
{
    struct snapshot *s = u->s;
    size_t      bytes = lexicon_count(segment_lexicon(s->segment)) / 8 + 1;
    enum status st;

    u->dead = alloc_or_die(bytes);
    memset(u->dead, 0xFF, bytes);
    st = memory_live(conn, s->vault_id, s->base_seq, note_live, u, err);
    if (st != OK) {
        free(u->dead);
        return st;
    }
    lock(u);
    free(s->dead);
    s->dead = u->dead;
    unlock(u);
    s->live_at = u->wanted->purge_epoch;
    return OK;
}

static enum status
add_row(void *owner, const struct memory_row *row, struct error *err)
{
    struct update *u = owner;

    /* A statement that was run once more begins again. */
    if (row->seq <= u->s->last_seq)
        return OK;
    lock(u);
    lexicon_add(u->s->tail, row);
    unlock(u);
    u->s->last_seq = row->seq;
    return look_at_clock(u, err);
}

static enum status
add_vector(void *owner, int64_t seq, const float *vector, size_t dimensions,
           struct error *err)
{
    struct update   *u = owner;
    struct snapshot *s = u->s;
    uint32_t         item = find_seq(s->tail, seq);

    if (item == LEXICON_NONE ||
        (s->fresh && vector_list_dimensions(s->fresh) != dimensions))
        return OK;
    lock(u);
    if (!s->fresh)
        s->fresh = vector_list_new(dimensions);
    vector_list_set(s->fresh, item - lexicon_first(s->tail), vector);
    unlock(u);
    return look_at_clock(u, err);
}

/* Up to where there are vectors: the learner tells it of its own model; under
 * the model of an older segment no more will come. */
static int64_t
vectors_until(const struct update *u)
{
    return u->s->model_id == u->wanted->model_id ? u->wanted->embedded_seq
                                                 : u->s->last_seq;
}

static enum status
read_vectors(struct update *u, struct db_conn *conn, struct error *err)
{
    struct snapshot *s = u->s;
    int64_t          until = vectors_until(u);
    enum status      st;

    if (s->model_id == 0 || until <= s->vectors_to)
        return OK;
    if (s->segment && segment_vectors(s->segment) && !s->fresh)
        s->fresh = vector_list_new(segment_manifest(s->segment)->dimensions);
    st = embedding_each(conn, s->vault_id, s->model_id, s->vectors_to, until,
                        add_vector, u, err);
    if (st == OK)
        s->vectors_to = until;
    return st;
}

/* Without a segment the learner's model decides. */
static enum status
choose_model(struct update *u, struct db_conn *conn, struct error *err)
{
    struct snapshot       *s = u->s;
    struct embedding_model model;
    enum status            st;

    if (s->segment || s->model_id != 0 || u->wanted->model_id == 0)
        return OK;
    st = embedding_model_find(conn, &s->names, u->wanted->model_id, &model,
                              err);
    if (st != OK)
        return st;
    s->model_id = model.id;
    s->model = model.name;
    return OK;
}

enum status
snapshot_update(struct snapshot *s, struct db_conn *conn,
                pthread_rwlock_t *readers, const struct snapshot_wanted *wanted,
                struct error *err)
{
    struct update u = { .s = s, .lock = readers, .wanted = wanted };
    enum status   st = choose_model(&u, conn, err);

    if (st == OK && s->live_at < wanted->purge_epoch)
        st = read_live(&u, conn, err);
    if (st == OK)
        st = memory_each_above(conn, s->vault_id, s->last_seq, add_row, &u,
                               err);
    return st == OK ? read_vectors(&u, conn, err) : st;
}

struct index
snapshot_index(const struct snapshot *s)
{
    struct index ix = index_of(
        s->segment ? segment_lexicon(s->segment) : NULL, s->tail);

    ix.vectors = s->segment ? segment_vectors(s->segment) : NULL;
    ix.fresh = s->fresh;
    if (ix.vectors)
        ix.dimensions = vectors_dimensions(ix.vectors);
    else if (s->fresh)
        ix.dimensions = vector_list_dimensions(s->fresh);
    ix.dead = s->dead;
    return ix;
}

struct str
snapshot_model(const struct snapshot *s)
{
    return s->model;
}

uint32_t
snapshot_tail_count(const struct snapshot *s)
{
    return lexicon_count(s->tail);
}

uint32_t
snapshot_count(const struct snapshot *s)
{
    return lexicon_first(s->tail) + lexicon_count(s->tail);
}

size_t
snapshot_bytes(const struct snapshot *s)
{
    size_t bytes = sizeof(*s) + lexicon_bytes(s->tail);

    if (s->fresh)
        bytes += vector_list_bytes(s->fresh);
    if (s->dead)
        bytes += lexicon_first(s->tail) / 8 + 1;
    return bytes;
}
