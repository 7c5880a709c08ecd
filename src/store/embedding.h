/*
 * Vectors: one a memory and model, written by the learner, read by whoever
 * searches.  They are stored in half precision (half.h) and handed out as
 * floats.  The vault's embedded_seq, moved together with them, tells up to
 * where they are complete.
 *
 * Functions take a connection; any thread may call.
 */
#ifndef STORE_EMBEDDING_H
#define STORE_EMBEDDING_H

#include "store/db.h"

enum { EMBEDDING_MAX_DIMENSIONS = 4096 };  /* what the column holds */

/* The vector is good until it returns.  Return anything but OK to stop. */
typedef enum status embedding_fn(void *owner, int64_t seq,
                                 const float *vector, size_t dimensions,
                                 struct error *err);

/*
 * The vectors under a model with above_seq < seq <= upto_seq, in order of
 * seq.  A caller must look at `dimensions`: it is what the row has.
 * Errors   ERR_STORE, and what fn returned
 */
enum status embedding_each(struct db_conn *conn, int64_t vault_id,
                           int64_t model_id, int64_t above_seq,
                           int64_t upto_seq, embedding_fn *fn, void *owner,
                           struct error *err) MUST_CHECK;

struct embedding {
    int64_t      seq;
    const float *vector;
};

/* What one batch yields. */
struct embedding_batch {
    int64_t                 vault_id;
    int64_t                 model_id;      /* 0: none, then count is 0 */
    const struct embedding *list;
    size_t                  count;
    size_t                  dimensions;    /* 1..EMBEDDING_MAX_DIMENSIONS */
    int64_t                 embedded_seq;  /* the vault's from now on */
    int64_t                 now_ms;
};

/*
 * Writes the vectors and moves the vault's embedded_seq (never back), inside
 * the caller's transaction.  Vectors that exist are replaced; rows that are
 * gone get none.
 *
 * Errors   ERR_NOT_FOUND: the vault is gone or has another model by now;
 *          ERR_STORE.  The caller must then roll back.
 */
enum status embedding_save(struct db_conn *conn,
                           const struct embedding_batch *batch,
                           struct error *err) MUST_CHECK;

/*
 * Removes up to a thousand vectors of other models than this one; *more tells
 * whether there may be others.  Errors: ERR_STORE.
 */
enum status embedding_forget(struct db_conn *conn, int64_t vault_id,
                             int64_t model_id, bool *more,
                             struct error *err) MUST_CHECK;

/* A model that embeds. */
struct embedding_model {
    int64_t    id;
    struct str provider;    /* "local" or "http" */
    struct str name;
    size_t     dimensions;
};

/*
 * The number of the model, which becomes known if it was not.
 *
 * Errors   ERR_CONFLICT: it is known with other dimensions; ERR_STORE
 */
enum status embedding_model_id(struct db_conn *conn, struct arena *a,
                               const struct embedding_model *model,
                               int64_t now_ms, int64_t *id,
                               struct error *err) MUST_CHECK;

/* The model with this number, owned by `a`.  Errors: ERR_NOT_FOUND,
 * ERR_STORE. */
enum status embedding_model_find(struct db_conn *conn, struct arena *a,
                                 int64_t id, struct embedding_model *model,
                                 struct error *err) MUST_CHECK;

#endif
