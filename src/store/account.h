/* Accounts: who owns keys, vaults and provider keys. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "store/audit.h"

struct account_row {
    int64_t    id;
    struct str email;
    struct str name;
    struct str role;        /* "admin" or "user" */
    int64_t    created_ms;
    int64_t    keys;        /* live ones */
    int64_t    tokens_per_month;  /* -1: the server's default; 0: no limit */
};

struct account_new {
    struct str email;
    struct str name;
    struct str role;
    struct str password_hash;     /* Argon2id text; empty: no password login */
    int64_t    tokens_per_month;  /* as above */
};

/* Errors: ERR_CONFLICT when the e-mail is taken; ERR_STORE. */
enum status account_create(struct db_conn *conn, const struct account_new *n,
                           const struct audit_actor *by, int64_t *id,
                           struct error *err) MUST_CHECK;

/* By e-mail.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status account_find(struct db_conn *conn, struct arena *a,
                         struct str email, struct account_row *row,
                         struct error *err) MUST_CHECK;

/* By number.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status account_get(struct db_conn *conn, struct arena *a, int64_t id,
                        struct account_row *row,
                        struct error *err) MUST_CHECK;

/* What account_remove() deleted. */
struct account_removed {
    int64_t keys;
    int64_t vaults;
    int64_t memories;
    int64_t events;    /* of usage */
};

/*
 * Deletes the account with its keys, vaults, memories, vectors, provider keys,
 * usage and records; one record without a name tells that.  Its keys open
 * nothing from the first moment; the rest goes in batches, and a run that was
 * cut off is completed by another.  What vaults have on disk is removed by the
 * learner's next sweep.
 *
 * Errors   ERR_NOT_FOUND, ERR_STORE
 */
enum status account_remove(struct db_conn *conn, struct arena *a, int64_t id,
                           const struct audit_actor *by,
                           struct account_removed *removed,
                           struct error *err) MUST_CHECK;

/* Sets the quota of tokens a month: 0: none, -1: the server's default.
 * Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status account_set_tokens(struct db_conn *conn, struct arena *a,
                               int64_t id, int64_t tokens_per_month,
                               const struct audit_actor *by,
                               struct error *err) MUST_CHECK;

/* All, oldest first. */
enum status account_list(struct db_conn *conn, struct arena *a,
                         struct account_row **list, size_t *count,
                         struct error *err) MUST_CHECK;

#endif
