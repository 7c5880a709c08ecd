/*
 * The keys of an account: making, changing, rotating and revoking them.  What
 * a request's secret opens is store/key.h.
 *
 * Functions that take an account look at its keys only; account 0 is whoever
 * administers the server, and sees all.  A key of somebody else is one that
 * does not exist.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "platform/crypto.h"
#include "store/audit.h"
#include "store/rights.h"

/* Settings of a key that are numbers; KEYS_UNSET: what account or server
 * say. */
enum keys_number {
    KEYS_MODE,                 /* enum conf_mode                       */
    KEYS_RECALL_LIMIT,         /* memories                             */
    KEYS_SESSION_SCOPE,        /* enum conf_scope                      */
    KEYS_PLACEMENT,            /* enum conf_placement                  */
    KEYS_RETENTION_DAYS,       /* unset: for ever                      */
    KEYS_REQUESTS_10S,         /* this and the following: 0: no limit  */
    KEYS_REQUESTS_60S,
    KEYS_CONCURRENT,
    KEYS_TOKENS_PER_MONTH,
    KEYS_MEMORIES_MOST,
    KEYS_NUMBERS
};

enum { KEYS_UNSET = -1, KEYS_NAME_CHARS = 255, KEYS_MODELS_BYTES = 16384 };

struct keys_settings {
    struct str name;
    struct str external_user;  /* "": none */
    struct str models;         /* words; "": all */
    int        rights;
    int64_t    numbers[KEYS_NUMBERS];
};

/* A key of which nothing was said. */
struct keys_settings keys_plain(struct str name);

struct keys_row {
    int64_t              id;
    int64_t              account_id;
    int64_t              vault_id;
    struct str           email;
    struct str           last_four;
    int64_t              created_ms;
    int64_t              last_used_ms;   /* 0: never */
    int64_t              revoked_ms;     /* 0: alive */
    int64_t              previous_until_ms;  /* of the old secret; 0: none */
    int64_t              memories;       /* in its vault */
    struct keys_settings settings;
};

/*
 * A new key with an empty vault of its own.  *secret is shown once and wiped
 * with `a`.
 * Errors   ERR_NOT_FOUND (account); ERR_CONFLICT: the account has a live key
 *          of this external user; ERR_STORE
 */
enum status keys_create(struct db_conn *conn, struct arena *a,
                        const struct key_ring *ring, int64_t account_id,
                        const struct keys_settings *settings,
                        const struct audit_actor *by, int64_t *key_id,
                        struct str *secret, struct error *err) MUST_CHECK;

/* Keys of one account, or of all (account_id 0), oldest first. */
enum status keys_list(struct db_conn *conn, struct arena *a,
                      int64_t account_id, struct keys_row **list,
                      size_t *count, struct error *err) MUST_CHECK;

/* The first of them whose number is greater than `above`. */
enum status keys_page(struct db_conn *conn, struct arena *a,
                      int64_t account_id, int64_t above, int64_t limit,
                      struct keys_row **list, size_t *count,
                      struct error *err) MUST_CHECK;

/* How many there are. */
enum status keys_count(struct db_conn *conn, struct arena *a,
                       int64_t account_id, int64_t *count,
                       struct error *err) MUST_CHECK;

/* One of them.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status keys_find(struct db_conn *conn, struct arena *a,
                      int64_t account_id, int64_t key_id,
                      struct keys_row *row, struct error *err) MUST_CHECK;

/* The live key of an external user.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status keys_find_user(struct db_conn *conn, struct arena *a,
                           int64_t account_id, struct str user,
                           struct keys_row *row, struct error *err) MUST_CHECK;

/* Replaces all settings of a live key.
 * Errors: ERR_NOT_FOUND, ERR_CONFLICT (external user), ERR_STORE. */
enum status keys_set(struct db_conn *conn, struct arena *a,
                     int64_t account_id, int64_t key_id,
                     const struct keys_settings *settings,
                     const struct audit_actor *by,
                     struct error *err) MUST_CHECK;

/*
 * A new secret for the same vault, also in place of one that the last rotation
 * left valid.
 *
 * grace_ms   so long the secret that it had goes on to work; 0: not at all
 * Errors     ERR_NOT_FOUND (also for a revoked key), ERR_STORE
 */
enum status keys_rotate(struct db_conn *conn, struct arena *a,
                        const struct key_ring *ring, int64_t account_id,
                        int64_t key_id, int64_t grace_ms,
                        const struct audit_actor *by, struct str *secret,
                        struct error *err) MUST_CHECK;

/* From the commit on the key opens nothing, on any node, for ever.  Revoking
 * twice is fine.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status keys_revoke(struct db_conn *conn, struct arena *a,
                        int64_t account_id, int64_t key_id,
                        const struct audit_actor *by,
                        struct error *err) MUST_CHECK;

#endif
