/*
 * What a memory key's secret opens.  Secrets are never stored, only their
 * keyed hash.  store/keys.h makes and changes keys.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "platform/clock.h"
#include "platform/conf.h"
#include "platform/crypto.h"
#include "store/db.h"
#include "store/rights.h"

/* A key's use is noted once in so many milliseconds. */
enum { KEY_NOTED_MS = 60000 };

/* What authentication yields; every row and index is reached through it. */
struct key_access {
    int64_t        key_id;
    int64_t        account_id;
    int64_t        vault_id;
    int64_t        vault_epoch;        /* moved by every write and delete   */
    int64_t        vault_purge_epoch;  /* moved by deletes and edits        */
    int64_t        vault_model_id;     /* that embeds it; 0: none           */
    int64_t        vault_embedded_seq; /* rows up to here have a vector     */
    int64_t        memory_mode;        /* enum conf_mode, or -1: no default */
    int64_t        recall_limit;       /* or -1                             */
    int64_t        session_scope;      /* enum conf_scope, or -1            */
    int64_t        placement;          /* enum conf_placement, or -1        */
    int64_t        last_used_ms;       /* as it is noted, about a minute old */
    int            rights;             /* of enum right                     */
    bool           some_models;        /* only those of key_models()        */
    int64_t        retention_days;     /* 0: for ever                       */
    int64_t        requests_10s;       /* this and the following: -1: no
                                          default; 0: no limit              */
    int64_t        requests_60s;
    int64_t        concurrent;
    int64_t        key_tokens;         /* in a calendar month, UTC          */
    int64_t        account_tokens;     /* likewise, by all of its keys      */
    int64_t        memories_most;      /* rows of the vault                 */
    int64_t        vault_memories;     /* that there are                    */
};

/* What a key says itself, or, where that is -1, what the configuration says. */
static inline int64_t
key_or(int64_t own, int64_t usual)
{
    return own >= 0 ? own : usual;
}

/* Since when something was said that the key still has: what is older is not
 * there any more for it, and will be deleted.  0: all. */
static inline int64_t
key_kept_from(const struct key_access *access, int64_t now_ms)
{
    return access->retention_days > 0
               ? now_ms - access->retention_days * CLOCK_DAY_MS
               : 0;
}

/*
 * The live key with this hash.  One statement.
 * Errors: ERR_AUTH for an unknown or revoked key or a closed account;
 * ERR_STORE.
 */
enum status key_find(struct db_conn *conn, struct arena *a,
                     const uint8_t hash[CRYPTO_HASH_BYTES],
                     struct key_access *access, struct error *err) MUST_CHECK;

/*
 * The same for the secret that the last rotation replaced, while its time of
 * grace lasts.
 */
enum status key_find_previous(struct db_conn *conn, struct arena *a,
                              const uint8_t hash[CRYPTO_HASH_BYTES],
                              int64_t now_ms, struct key_access *access,
                              struct error *err) MUST_CHECK;

/* Whether it is time to note that the key is used. */
static inline bool
key_note_due(const struct key_access *access, int64_t now_ms)
{
    return now_ms - access->last_used_ms > KEY_NOTED_MS;
}

/* Notes it, unless somebody did so less than KEY_NOTED_MS ago.
 * Errors: ERR_STORE. */
enum status key_note_use(struct db_conn *conn, int64_t key_id, int64_t now_ms,
                         struct error *err) MUST_CHECK;

/* The names of models that a key with some_models may call, as words; owned
 * by `a`.  Errors: ERR_STORE. */
enum status key_models(struct db_conn *conn, struct arena *a, int64_t key_id,
                       struct str *models, struct error *err) MUST_CHECK;

#endif
