/*
 * A vault in memory that stands in for store/ in tests of memory/: rows are
 * appended and removed by the test, reads can be counted, held up and made to
 * fail.  Included by one file of a program.
 */
#ifndef UNIT_FAKE_STORE_H
#define UNIT_FAKE_STORE_H

#include <pthread.h>
#include <stdlib.h>

#include "store/embedding.h"
#include "store/memory.h"

struct db_conn;

enum { FAKE_DIMENSIONS = 4 };

static struct {
    pthread_mutex_t    lock;
    pthread_cond_t     opened;
    struct memory_row *rows;
    size_t             count;
    size_t             room;
    bool               gate_shut;  /* readings wait before their first row */
    size_t             waiting;
    enum status        failure;    /* of the next readings */
    size_t             readings;   /* memory_each_above() */
    size_t             read_rows;
    size_t             fetches;
    size_t             borrowed;   /* connections */
    int64_t            model_id;   /* under which rows have vectors */
    int64_t            embedded_seq;
    float            (*vector)[FAKE_DIMENSIONS]; /* of seq 1, 2 ... */
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER,
           .opened = PTHREAD_COND_INITIALIZER };

static inline void
fake_clear(void)
{
    free(fake.rows);
    fake.rows = NULL;
    fake.count = fake.room = 0;
    fake.gate_shut = false;
    fake.failure = OK;
    fake.model_id = fake.embedded_seq = 0;
    fake.readings = fake.read_rows = fake.fetches = 0;
}

/* Text must be a literal or live as long. */
static inline struct memory_row *
fake_add(int64_t session, const char *text)
{
    struct memory_row *row;

    pthread_mutex_lock(&fake.lock);
    if (fake.count == fake.room) {
        fake.room = fake.room ? fake.room * 2 : 16;
        fake.rows = realloc_or_die(fake.rows,
                                   fake.room * sizeof(*fake.rows));
    }
    row = &fake.rows[fake.count];
    *row = (struct memory_row){ .session_id = session, .role = ROLE_USER };
    row->seq = fake.count ? row[-1].seq + 1 : 1;
    row->id = row->seq;
    row->text = str_from(text);
    row->tokens = (int64_t)row->text.len / 4 + 1;
    row->occurred_ms = row->seq * 1000;
    fake.count++;
    pthread_mutex_unlock(&fake.lock);
    return row;
}

static inline void
fake_remove(int64_t seq)
{
    size_t kept = 0;

    for (size_t i = 0; i < fake.count; i++)
        if (fake.rows[i].seq != seq)
            fake.rows[kept++] = fake.rows[i];
    fake.count = kept;
}

static inline void
fake_open_gate(void)
{
    pthread_mutex_lock(&fake.lock);
    fake.gate_shut = false;
    pthread_cond_broadcast(&fake.opened);
    pthread_mutex_unlock(&fake.lock);
}

void
db_thread_end(void)
{
}

enum status
db_borrow(struct db *db, struct db_conn **conn, struct error *err)
{
    (void)db;
    (void)err;
    *conn = NULL;
    pthread_mutex_lock(&fake.lock);
    fake.borrowed++;
    pthread_mutex_unlock(&fake.lock);
    return OK;
}

void
db_return(struct db *db, struct db_conn *conn)
{
    (void)db;
    (void)conn;
    pthread_mutex_lock(&fake.lock);
    fake.borrowed--;
    pthread_mutex_unlock(&fake.lock);
}

enum status
memory_each_above(struct db_conn *conn, int64_t vault_id, int64_t above_seq,
                  memory_row_fn *fn, void *owner, struct error *err)
{
    enum status st = OK;
    size_t      count;

    (void)conn;
    pthread_mutex_lock(&fake.lock);
    fake.readings++;
    count = fake.count;
    while (fake.gate_shut && vault_id == 1) {
        fake.waiting++;
        pthread_cond_wait(&fake.opened, &fake.lock);
        fake.waiting--;
    }
    if (fake.failure != OK)
        st = failed(err, fake.failure, "fake");
    pthread_mutex_unlock(&fake.lock);
    for (size_t i = 0; i < count && st == OK; i++) {
        if (fake.rows[i].seq <= above_seq)
            continue;
        fake.read_rows++;
        st = fn(owner, &fake.rows[i], err);
    }
    return st;
}

enum status
memory_live(struct db_conn *conn, int64_t vault_id, int64_t upto_seq,
            memory_seq_fn *fn, void *owner, struct error *err)
{
    enum status st = OK;

    (void)conn;
    (void)vault_id;
    for (size_t i = 0; i < fake.count && st == OK; i++)
        if (fake.rows[i].seq <= upto_seq)
            st = fn(owner, fake.rows[i].seq, err);
    return st;
}

enum status
embedding_each(struct db_conn *conn, int64_t vault_id, int64_t model_id,
               int64_t above_seq, int64_t upto_seq, embedding_fn *fn,
               void *owner, struct error *err)
{
    enum status st = OK;

    (void)conn;
    (void)vault_id;
    assert_int_equal(model_id, fake.model_id);
    for (int64_t seq = above_seq + 1; seq <= upto_seq && st == OK; seq++)
        st = fn(owner, seq, fake.vector[seq - 1], FAKE_DIMENSIONS, err);
    return st;
}

enum status
embedding_model_find(struct db_conn *conn, struct arena *a, int64_t id,
                     struct embedding_model *model, struct error *err)
{
    (void)conn;
    (void)a;
    (void)err;
    *model = (struct embedding_model){ id, STR("local"), STR("fake"),
                                       FAKE_DIMENSIONS };
    return OK;
}

enum status
memory_fetch(struct db_conn *conn, struct arena *a, int64_t vault_id,
             const int64_t *seqs, size_t seq_count, struct memory_row **rows,
             size_t *count, struct error *err)
{
    (void)conn;
    (void)vault_id;
    (void)err;
    assert_true(seq_count >= 1 && seq_count <= 100);
    fake.fetches++;
    *rows = arena_array(a, struct memory_row, seq_count);
    *count = 0;
    for (size_t i = 0; i < fake.count; i++)
        for (size_t k = 0; k < seq_count; k++)
            if (fake.rows[i].seq == seqs[k])
                (*rows)[(*count)++] = fake.rows[i];
    return OK;
}

enum status
memory_session(struct db_conn *conn, struct arena *a, int64_t vault_id,
               struct str session, int64_t *id, struct error *err)
{
    (void)conn;
    (void)a;
    (void)vault_id;
    (void)err;
    *id = str_equal(session, STR("seven"))   ? 7
          : str_equal(session, STR("eight")) ? 8
                                             : 0;
    return OK;
}

#endif
