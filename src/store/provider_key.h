/*
 * Provider keys of an account, sealed with the key ring.
 *
 * A running server has its ring from the time of its start.  A row whose id is
 * not in it, and every new row, takes the ring as its file is now: so nothing
 * has to be told to a server while the ring changes.
 */
#ifndef STORE_PROVIDER_KEY_H
#define STORE_PROVIDER_KEY_H

#include "platform/crypto.h"
#include "store/audit.h"

struct provider_key_row {
    struct str provider;   /* row name of provider/providers.c */
    struct str last_four;
    int64_t    ring_id;
    int64_t    created_ms;
};

/* Whether it can be a provider's key.  Errors: ERR_INPUT, text for the
 * caller. */
enum { PROVIDER_KEY_MAX_BYTES = 8000 };  /* what its column holds, sealed */

enum status provider_key_check(struct str secret,
                               struct error *err) MUST_CHECK;

/* Stores or replaces the account's key of one provider.
 * Errors: ERR_STORE, ERR_CONFIG (ring). */
enum status provider_key_set(struct db_conn *conn, struct arena *a,
                             const struct key_ring *ring, int64_t account_id,
                             struct str provider, struct str secret,
                             const struct audit_actor *by,
                             struct error *err) MUST_CHECK;

/* The opened key, owned by `a` and wiped with it; empty when there is none.
 * Errors: ERR_STORE, ERR_CONFIG (ring lacks the id). */
enum status provider_key_find(struct db_conn *conn, struct arena *a,
                              const struct key_ring *ring, int64_t account_id,
                              struct str provider, struct str *secret,
                              struct error *err) MUST_CHECK;

/* Forgets it.  Errors: ERR_NOT_FOUND, ERR_STORE. */
enum status provider_key_remove(struct db_conn *conn, int64_t account_id,
                                struct str provider,
                                const struct audit_actor *by,
                                struct error *err) MUST_CHECK;

enum status provider_key_list(struct db_conn *conn, struct arena *a,
                              int64_t account_id,
                              struct provider_key_row **list, size_t *count,
                              struct error *err) MUST_CHECK;

/* How many keys the ring's seal keys have sealed. */
struct provider_key_ring {
    uint32_t id;
    int64_t  rows;
};

/* In order of their ids, owned by `a`. */
enum status provider_key_rings(struct db_conn *conn, struct arena *a,
                               struct provider_key_ring **list, size_t *count,
                               struct error *err) MUST_CHECK;

/* No other connection may rotate the ring until this one ends.
 * Errors: ERR_CONFLICT, ERR_STORE. */
enum status provider_key_lock(struct db_conn *conn, struct arena *a,
                              struct error *err) MUST_CHECK;

enum { PROVIDER_KEY_BATCH = 200, PROVIDER_KEY_NAME_BYTES = 256 };

/* A walk through all rows; begins as { 0 }. */
struct provider_key_walk {
    int64_t      account_id;  /* the row it came to */
    char         provider[PROVIDER_KEY_NAME_BYTES + 1];
    bool         ended;
    size_t       resealed;
    size_t       failed;      /* rows that cannot be opened stay */
    struct error why;         /* the last of them did */
};

/*
 * Seals the next PROVIDER_KEY_BATCH rows, of all accounts, that another key
 * sealed with the one that seals, in one transaction.
 * Errors   ERR_STORE: the walk is where it was before
 */
enum status provider_key_reseal(struct db_conn *conn,
                                const struct key_ring *ring,
                                struct provider_key_walk *walk,
                                struct error *err) MUST_CHECK;

#endif
