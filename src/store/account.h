/* Accounts: who owns keys, vaults and provider keys. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "store/db.h"

struct account_row {
    int64_t    id;
    struct str email;
    struct str name;
    struct str role;        /* "admin" or "user" */
    int64_t    created_ms;
    int64_t    keys;        /* live ones */
};

/*
 * password_hash  Argon2id text, or empty: no password login
 * Errors         ERR_CONFLICT when the e-mail is taken; ERR_STORE
 */
enum status account_create(struct db_conn *conn, struct arena *a,
                           struct str email, struct str name, struct str role,
                           struct str password_hash, int64_t now_ms,
                           int64_t *id, struct error *err) MUST_CHECK;

/* By e-mail.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status account_find(struct db_conn *conn, struct arena *a,
                         struct str email, struct account_row *row,
                         struct error *err) MUST_CHECK;

/* All, oldest first. */
enum status account_list(struct db_conn *conn, struct arena *a,
                         struct account_row **list, size_t *count,
                         struct error *err) MUST_CHECK;

#endif
