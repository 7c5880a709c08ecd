/*
 * Adding rows of memory inside a transaction: the vault's lock and the numbers
 * of the rows first, then row by row, with sessions as they come.
 *
 * The vault's row lock, taken by adding_begin(), makes the order of seq the
 * order of commits.  All functions take part in the caller's transaction,
 * which is to be rolled back after an error.
 */
#ifndef STORE_ADDING_H
#define STORE_ADDING_H

#include "store/version.h"

struct adding {
    struct db_conn *conn;
    struct arena   *arena;
    int64_t         vault_id;
    int64_t         now_ms;
    int64_t         memories_most;  /* of the vault; 0: any number */
    int64_t         memories;    /* there are, when there is no room */
    int64_t         next_seq;    /* of the next row */
    int64_t         turn;        /* that rows join */
    int64_t         repeated;    /* rows whose text the vault had */
    struct str      session;     /* the last one looked up ... */
    int64_t         session_id;  /* ... and its number; 0: core */
};

/* A row that is new. */
struct adding_row {
    enum role  role;
    bool       partial;      /* of a reply that broke off */
    bool       joins;        /* the turn of the row before */
    struct str session;      /* the client's own id, "" = core */
    struct str author;
    struct str text;         /* valid UTF-8, no NUL */
    int64_t    tokens;
    int64_t    position;     /* of the piece within its message, from 0 */
    int64_t    occurred_ms;
    struct str source;
    struct str metadata;     /* a JSON object, or "" */

    const struct version *history;  /* what it said before */
    size_t                history_count;
};

/*
 * Locks the vault and takes numbers for `count` rows; all of them must follow.
 * May be called again for more.
 * Errors   ERR_NOT_FOUND: the vault is gone; ERR_QUOTA: it has no room for so
 *          many, w->memories tells why; ERR_STORE
 */
enum status adding_begin(struct adding *w, size_t count,
                         struct error *err) MUST_CHECK;

/* The session's number, which becomes known if it was not.
 * Errors: ERR_STORE. */
enum status adding_session(struct adding *w, struct str session, int64_t *id,
                           struct error *err) MUST_CHECK;

/* Writes a row; *id is what users see of it.  Errors: ERR_STORE. */
enum status adding_write(struct adding *w, const struct adding_row *row,
                         int64_t *id, struct error *err) MUST_CHECK;

/* What the vault counts of repeats.  Errors: ERR_STORE. */
enum status adding_end(struct adding *w, struct error *err) MUST_CHECK;

#endif
