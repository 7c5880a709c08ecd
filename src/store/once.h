/*
 * Requests that a client may send twice: an Idempotency-Key names one, its
 * answer is kept for a day and given again.
 *
 * Long work moves on by commits, and says with each how far it is; whoever
 * asks again within a day after a crash goes on from there.  While a request
 * runs its row is leased for a minute, renewed by each commit.
 */
#ifndef STORE_ONCE_H
#define STORE_ONCE_H

#include "platform/crypto.h"
#include "store/db.h"

struct once {
    int64_t key_id;
    uint8_t name_hash[CRYPTO_HASH_BYTES];     /* of the Idempotency-Key  */
    uint8_t request_hash[CRYPTO_HASH_BYTES];  /* of what was asked, as far as
                                                 it is known              */
};

/* What is known of an earlier request of this name; texts are owned by the
 * arena. */
struct once_state {
    struct str request_hash;  /* "": there was none; of all of it when there
                                 is an answer, else up to done_at */
    int64_t    done_at;       /* where to go on, 0: from the start */
    int64_t    http_status;   /* 0: there is no answer yet */
    struct str reply;
};

/*
 * Begins the request, or finds its answer.  Whether the earlier request is the
 * same one is for the caller to see.
 *
 * Errors   ERR_CONFLICT for the caller: it runs just now; ERR_STORE
 */
enum status once_begin(struct db_conn *conn, struct arena *a,
                       const struct once *once, int64_t now_ms,
                       struct once_state *state,
                       struct error *err) MUST_CHECK;

/* How far it is, request_hash being of so much, in the caller's transaction.
 * Errors: ERR_STORE. */
enum status once_advance(struct db_conn *conn, const struct once *once,
                         int64_t done_at, int64_t now_ms,
                         struct error *err) MUST_CHECK;

/* Keeps the answer, and request_hash.  Errors: ERR_STORE. */
enum status once_end(struct db_conn *conn, const struct once *once,
                     int64_t http_status, struct str reply, int64_t now_ms,
                     struct error *err) MUST_CHECK;

/* It ended half-way: who asks again goes on from there at once.
 * Errors: ERR_STORE. */
enum status once_pause(struct db_conn *conn, const struct once *once,
                       int64_t now_ms, struct error *err) MUST_CHECK;

/* Nothing was done: the name is free again.  Errors: ERR_STORE. */
enum status once_drop(struct db_conn *conn, const struct once *once,
                      struct error *err) MUST_CHECK;

/* Removes up to a thousand that are past their day.  Errors: ERR_STORE. */
enum status once_sweep(struct db_conn *conn, int64_t now_ms,
                       struct error *err) MUST_CHECK;

#endif
