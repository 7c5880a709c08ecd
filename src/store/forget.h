/*
 * Forgetting: a memory with its repeats, a session, or all of a vault, each in
 * one transaction that moves the vault's purge epoch.  From its commit on no
 * index can bring back what is gone: whatever an index finds is fetched from
 * the table.  Vectors and earlier versions go with their rows, and so does
 * what was kept for running tool loops.
 */
#ifndef STORE_FORGET_H
#define STORE_FORGET_H

#include "store/audit.h"

/* What was forgotten, and what is left of it, counted after the commit. */
struct forget_receipt {
    int64_t memories;        /* exact repeats are memories too */
    int64_t vectors;
    int64_t sessions;
    int64_t memories_left;   /* in what was to be forgotten: 0 */
    int64_t vectors_left;
};

/*
 * All memories and sessions of the vault.
 * Errors   ERR_NOT_FOUND: there is no vault; ERR_STORE
 */
enum status forget_vault(struct db_conn *conn, struct arena *a,
                         int64_t vault_id, const struct audit_actor *by,
                         struct forget_receipt *receipt,
                         struct error *err) MUST_CHECK;

/*
 * A session and its memories.  A repeat elsewhere of what goes with it stays.
 * Errors   ERR_NOT_FOUND: the vault has no such session; ERR_STORE
 */
enum status forget_session(struct db_conn *conn, struct arena *a,
                           int64_t vault_id, struct str session,
                           const struct audit_actor *by,
                           struct forget_receipt *receipt,
                           struct error *err) MUST_CHECK;

/*
 * The memory and all that repeat it to the letter.
 * Errors   ERR_NOT_FOUND: the vault has no such memory; ERR_STORE
 */
enum status forget_memory(struct db_conn *conn, struct arena *a,
                          int64_t vault_id, int64_t id,
                          const struct audit_actor *by,
                          struct forget_receipt *receipt,
                          struct error *err) MUST_CHECK;

#endif
