/* Messages together. */
#include "store/batch.h"

#include "platform/clock.h"
#include "platform/crypto.h"
#include "store/transact.h"

#include "base/banned.h"

enum { FEW = 64 };

struct saving {
    struct arena *arena;
    struct batch *batch;
    struct adding adding;
};

static void
hash_row(const struct batch_message *m, size_t i,
         uint8_t hash[CRYPTO_HASH_BYTES])
{
    crypto_hash_text(m->rows[i].text, hash);
}

/* What a row of the session has beside it. */
enum neighbour { NOBODY, ANOTHER, THE_SAME };

/* Whether the neighbour that the statement finds says, or said, what the row
 * of the message says. */
static enum status
compare(struct saving *s, enum statement find, int64_t session_id, int64_t id,
        const struct batch_message *m, size_t row, enum neighbour *is,
        struct error *err)
{
    uint8_t        hash[CRYPTO_HASH_BYTES];
    struct db_rows rows;
    enum status    st;

    hash_row(m, row, hash);
    struct db_value params[] = { DB_B(hash, sizeof(hash)),
                                 DB_B(hash, sizeof(hash)),
                                 DB_I(s->batch->vault_id), DB_I(session_id),
                                 DB_I(id) };

    st = db_run(s->adding.conn, s->arena, find, params, COUNT(params), &rows,
                err);
    if (st == OK)
        *is = rows.count == 0                 ? NOBODY
              : db_at(&rows, 0, 0)->number != 0 ? THE_SAME
                                                : ANOTHER;
    return st;
}

/* Whether what stands around the row stands around the i-th message too.  A
 * batch may go on where its session ended. */
static enum status
has_same_place(struct saving *s, size_t i, int64_t session_id, int64_t id,
               bool *same, struct error *err)
{
    const struct batch_message *list = s->batch->list;
    enum neighbour              is = ANOTHER;
    enum status                 st = OK;

    if (i > 0)
        st = compare(s, SQL_MEMORY_SAYS_BEFORE, session_id, id, &list[i - 1],
                     list[i - 1].row_count - 1, &is, err);
    *same = is == THE_SAME || s->batch->count == 1;
    if (st != OK || *same || i + 1 == s->batch->count)
        return st;
    st = compare(s, SQL_MEMORY_SAYS_AFTER, session_id, id, &list[i + 1], 0,
                 &is, err);
    *same = is == THE_SAME || (i == 0 && is == NOBODY);
    return st;
}

/* Decides whether the session has, or had, the i-th message. */
static enum status
look_for(struct saving *s, size_t i, struct error *err)
{
    struct batch_message    *m = &s->batch->list[i];
    const struct adding_row *first = &m->rows[0];
    uint8_t                  hash[CRYPTO_HASH_BYTES];
    struct db_rows           twins;
    int64_t                  session_id;
    enum status st = adding_session(&s->adding, first->session, &session_id,
                                    err);

    m->known = false;
    if (st != OK)
        return st;
    hash_row(m, 0, hash);
    struct db_value params[] = {
        DB_I(s->batch->vault_id), DB_B(hash, sizeof(hash)),
        DB_I(first->role), DB_I(session_id),
        DB_I(s->batch->vault_id), DB_B(hash, sizeof(hash)),
        DB_I(first->role), DB_I(session_id),
    };

    st = db_run(s->adding.conn, s->arena, SQL_MEMORY_TWINS, params,
                COUNT(params), &twins, err);
    for (size_t t = 0; st == OK && t < twins.count && !m->known; t++) {
        st = has_same_place(s, i, session_id, db_at(&twins, t, 0)->number,
                            &m->known, err);
        m->turn = db_at(&twins, t, 1)->number;
    }
    return st;
}

/* A few messages of one side alone, in one session. */
static bool
is_one_sided(const struct batch *b)
{
    const struct adding_row *first = b->count ? b->list[0].rows : NULL;

    for (size_t i = 1; i < b->count; i++) {
        const struct adding_row *row = b->list[i].rows;

        if (row->role != first->role ||
            !str_equal(row->session, first->session))
            return false;
    }
    return b->count > 0 && b->count <= FEW;
}

/* The last messages of one side of a session, latest first, and what they
 * said before. */
struct ending {
    struct db_rows rows;      /* id, turn, hash */
    struct db_rows versions;  /* id, hash */
    struct str    *hashes;    /* of the batch's messages */
};

static enum status
read_ending(struct saving *s, struct ending *e, struct error *err)
{
    const struct batch      *b = s->batch;
    const struct adding_row *first = b->list[0].rows;
    int64_t                  session_id;
    enum status st = adding_session(&s->adding, first->session, &session_id,
                                    err);

    if (st != OK)
        return st;
    struct db_value last[] = { DB_I(b->vault_id), DB_I(session_id),
                               DB_I(first->role), DB_I(b->count) };

    st = db_run(s->adding.conn, s->arena, SQL_MEMORY_LAST, last, COUNT(last),
                &e->rows, err);
    if (st != OK || e->rows.count == 0)
        return st;
    struct db_value from[] = { DB_I(b->vault_id),
                               *db_at(&e->rows, e->rows.count - 1, 0) };

    return db_run(s->adding.conn, s->arena, SQL_VERSION_HASHES, from,
                  COUNT(from), &e->versions, err);
}

static struct str *
hash_all(struct arena *a, const struct batch *b)
{
    struct str *hashes = arena_array(a, struct str, b->count);

    for (size_t i = 0; i < b->count; i++) {
        uint8_t *hash = arena_alloc(a, CRYPTO_HASH_BYTES);

        hash_row(&b->list[i], 0, hash);
        hashes[i] = (struct str){ (const char *)hash, CRYPTO_HASH_BYTES };
    }
    return hashes;
}

/* Whether the message at this place from the end says, or said, this. */
static bool
ending_says(const struct ending *e, size_t place, struct str hash)
{
    const struct db_value *row = db_at(&e->rows, place, 0);
    bool                   says = str_equal(row[2].text, hash);

    for (size_t i = 0; i < e->versions.count && !says; i++) {
        const struct db_value *version = db_at(&e->versions, i, 0);

        says = version[0].number == row[0].number &&
               str_equal(version[1].text, hash);
    }
    return says;
}

/* Whether it ends with the batch's first `count` messages. */
static bool
ends_with(const struct ending *e, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!ending_says(e, count - 1 - i, e->hashes[i]))
            return false;
    return true;
}

static enum status
look_at_end(struct saving *s, struct error *err)
{
    struct batch *b = s->batch;
    struct ending e = { .hashes = hash_all(s->arena, b) };
    enum status   st = read_ending(s, &e, err);
    size_t        count = st == OK ? e.rows.count : 0;

    while (count && !ends_with(&e, count))
        count--;
    for (size_t i = 0; i < b->count; i++) {
        b->list[i].known = i < count;
        if (i < count)
            b->list[i].turn = db_at(&e.rows, count - 1 - i, 1)->number;
    }
    return st;
}

static enum status
look_for_all(struct saving *s, struct error *err)
{
    enum status st = OK;

    if (s->batch->said_now && is_one_sided(s->batch))
        return look_at_end(s, err);
    for (size_t i = 0; i < s->batch->count && st == OK; i++)
        st = look_for(s, i, err);
    return st;
}

static enum status
write_message(struct saving *s, struct batch_message *m, struct error *err)
{
    enum status st = OK;

    for (size_t i = 0; i < m->row_count && st == OK; i++)
        st = adding_write(&s->adding, &m->rows[i], &m->ids[i], err);
    return st;
}

/* The vault is locked before known messages are looked for, so that of two
 * equal requests at once the second finds what the first wrote. */
static enum status
save(struct db_conn *conn, void *owner, struct error *err)
{
    struct saving *s = owner;
    struct batch  *b = s->batch;
    size_t         rows = 0;
    enum status    st = OK;

    s->adding = (struct adding){ .conn = conn, .arena = s->arena,
                                 .vault_id = b->vault_id,
                                 .now_ms = b->now_ms,
                                 .memories_most = b->memories_most,
                                 .turn = b->turn };
    if (b->skip_known && (st = adding_begin(&s->adding, 0, err)) == OK)
        st = look_for_all(s, err);
    for (size_t i = 0; i < b->count && st == OK; i++)
        rows += b->list[i].known ? 0 : b->list[i].row_count;
    if (st == OK && rows)
        st = adding_begin(&s->adding, rows, err);
    for (size_t i = 0; i < b->count && st == OK; i++)
        if (b->list[i].known)
            s->adding.turn = b->list[i].turn;
        else
            st = write_message(s, &b->list[i], err);
    if (st == OK)
        st = adding_end(&s->adding, err);
    if (st == OK && b->once)
        st = once_advance(conn, b->once, b->once_at, clock_now_ms(), err);
    return st;
}

enum status
batch_save(struct db_conn *conn, struct arena *a, struct batch *batch,
           struct error *err)
{
    struct saving s = { .arena = a, .batch = batch };
    enum status   st = transact_run(conn, save, &s, err);

    batch->memories = s.adding.memories;
    if (st == OK)
        batch->turn = s.adding.turn;
    return st;
}
