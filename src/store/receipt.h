/*
 * Receipts: which memories a request was given, with their scores, and which
 * ones it left.  Ids and numbers only.  Written in the transaction of the
 * request's usage event, kept for receipt_days.  Source: sql/007_receipts.sql.
 */
#ifndef STORE_RECEIPT_H
#define STORE_RECEIPT_H

#include "platform/conf.h"
#include "store/db.h"

enum { RECEIPT_INJECTED_MAX_BYTES = 60000 };

/* What is written. */
struct receipt_add {
    struct str request_id;  /* 32 hex digits */
    int64_t    vault_id;
    int64_t    now_ms;
    struct str injected;    /* "id:score,id:score" */
    int64_t    first_id;    /* of the stored ones; they are numbered on */
    size_t     stored;
};

/* What is told: the usage event with it. */
struct receipt {
    int64_t    created_ms;
    struct str provider;
    struct str model;
    struct str dialect;
    int64_t    http_status;
    int64_t    input_tokens;
    int64_t    output_tokens;
    bool       estimated;
    bool       partial;
    int64_t    memory_tokens;
    int64_t    recall_ms;    /* -1: the stage did not run; likewise */
    int64_t    provider_ms;
    int64_t    total_ms;
    struct str injected;     /* as it was written; "" = nothing */
    int64_t    first_id;
    int64_t    stored;
};

/* Within the caller's transaction.  Errors: ERR_INTERNAL for an id that is
 * none, ERR_STORE. */
enum status receipt_add(struct db_conn *conn, struct arena *a,
                        const struct receipt_add *row,
                        struct error *err) MUST_CHECK;

/*
 * The receipt of a request of this vault, not older than oldest_ms.
 * Errors   ERR_NOT_FOUND, also for another vault's; ERR_STORE
 */
enum status receipt_find(struct db_conn *conn, struct arena *a,
                         int64_t vault_id, struct str request_id,
                         int64_t oldest_ms, struct receipt *receipt,
                         struct error *err) MUST_CHECK;

/* What is older is told no more. */
int64_t receipt_oldest(const struct conf *conf, int64_t now_ms);

/* Removes what is older, at most 60,000 rows.  Errors: ERR_STORE. */
enum status receipt_sweep(struct db_conn *conn, struct arena *a,
                          int64_t oldest_ms, struct error *err) MUST_CHECK;

#endif
