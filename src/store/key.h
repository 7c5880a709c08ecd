/*
 * Memory keys: what a secret opens.  Secrets are never stored, only their
 * keyed hash.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "platform/conf.h"
#include "platform/crypto.h"
#include "store/db.h"

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
};

/*
 * The live key with this hash.  One statement.
 * Errors: ERR_AUTH for an unknown or revoked key or a closed account;
 * ERR_STORE.
 */
enum status key_find(struct db_conn *conn, struct arena *a,
                     const uint8_t hash[CRYPTO_HASH_BYTES],
                     struct key_access *access, struct error *err) MUST_CHECK;

/* One key as `key list` shows it. */
struct key_row {
    int64_t    id;
    int64_t    account_id;
    int64_t    vault_id;
    struct str email;
    struct str name;
    struct str last_four;
    int64_t    created_ms;
    int64_t    last_used_ms;  /* 0: never */
    int64_t    revoked_ms;    /* 0: alive */
    int64_t    memories;
};

/*
 * A new key with an empty vault of its own.  *secret is shown once and wiped
 * with `a`.
 * Errors: ERR_NOT_FOUND (account), ERR_STORE.
 */
enum status key_create(struct db_conn *conn, struct arena *a,
                       const struct key_ring *ring, int64_t account_id,
                       struct str name, int64_t now_ms, int64_t *key_id,
                       struct str *secret, struct error *err) MUST_CHECK;

/* Keys of one account, or of all (account_id 0), oldest first. */
enum status key_list(struct db_conn *conn, struct arena *a, int64_t account_id,
                     struct key_row **list, size_t *count,
                     struct error *err) MUST_CHECK;

/* From the commit on the key opens nothing, on any node.  Revoking twice is
 * fine.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status key_revoke(struct db_conn *conn, struct arena *a, int64_t key_id,
                       int64_t now_ms, struct error *err) MUST_CHECK;

#endif
