/*
 * Memories: one remembered piece of text a row, PRIMARY KEY (vault_id, seq).
 * seq grows in the order of commits within a vault, so "everything above seq
 * n" never misses a late committer.
 */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include "store/db.h"
#include "store/exchange.h"

struct memory_row {
    int64_t    seq;
    int64_t    id;            /* what users see; stable, unique per vault */
    int64_t    session_id;    /* 0 = core */
    struct str session;       /* the client's own id, "" = core */
    int64_t    turn;          /* seq of the turn's first row */
    int64_t    position;
    enum role  role;
    struct str author;
    struct str text;
    int64_t    tokens;
    int64_t    occurred_ms;
    int64_t    duplicate_of;  /* id of the first, or 0 */

    /* These, and session, only where a function says that rows are whole. */
    struct str source;
    struct str metadata;      /* a JSON object, or "" */
    bool       partial;       /* of a reply that broke off */
    int64_t    created_ms;
};

/* Return anything but OK to stop; the row is good until it returns. */
typedef enum status memory_row_fn(void *owner, const struct memory_row *row,
                                  struct error *err);

/* Every memory of the vault with seq > above_seq, in order of seq. */
enum status memory_each_above(struct db_conn *conn, int64_t vault_id,
                              int64_t above_seq, memory_row_fn *fn,
                              void *owner, struct error *err) MUST_CHECK;

/*
 * The rows with these seqs that still exist, whole, in order of seq, owned by
 * `a`.
 * seq_count   at most 100
 */
enum status memory_fetch(struct db_conn *conn, struct arena *a,
                         int64_t vault_id, const int64_t *seqs,
                         size_t seq_count, struct memory_row **list,
                         size_t *count, struct error *err) MUST_CHECK;

/*
 * The next `limit` rows above above_seq, in order of seq, owned by `a`.
 * Errors   ERR_STORE
 */
enum status memory_next(struct db_conn *conn, struct arena *a,
                        int64_t vault_id, int64_t above_seq, size_t limit,
                        struct memory_row **list, size_t *count,
                        struct error *err) MUST_CHECK;

/*
 * The row of the session before the one with this id, if there is one.  Owned
 * by `a`.
 * Errors   ERR_STORE
 */
enum status memory_before(struct db_conn *conn, struct arena *a,
                          int64_t vault_id, int64_t session_id, int64_t id,
                          struct memory_row **list, size_t *count,
                          struct error *err) MUST_CHECK;

/* Return anything but OK to stop. */
typedef enum status memory_seq_fn(void *owner, int64_t seq,
                                  struct error *err);

/*
 * The seq of each row up to upto_seq that exists now, in no order.  Read from
 * an index alone.
 */
enum status memory_live(struct db_conn *conn, int64_t vault_id,
                        int64_t upto_seq, memory_seq_fn *fn, void *owner,
                        struct error *err) MUST_CHECK;

/* The row of a statement that gives whole rows. */
struct memory_row memory_whole(const struct db_value *columns);

/* A vault as its row says now. */
struct vault_state {
    int64_t epoch;         /* moved by every write and delete              */
    int64_t purge_epoch;   /* moved by deletes and edits                   */
    int64_t next_seq;      /* of the next row                              */
    int64_t model_id;      /* the learner's target; 0: none                */
    bool    model_pinned;  /* chosen for this vault                        */
    int64_t embedded_seq;  /* rows up to here have a vector under model_id,
                              or cannot have one                           */
};

/* Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status memory_epoch(struct db_conn *conn, struct arena *a,
                         int64_t vault_id, struct vault_state *state,
                         struct error *err) MUST_CHECK;

/* The number of the session with the client's own id; 0 when the vault has
 * none of that name. */
enum status memory_session(struct db_conn *conn, struct arena *a,
                           int64_t vault_id, struct str session, int64_t *id,
                           struct error *err) MUST_CHECK;

#endif
