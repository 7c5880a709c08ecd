/*
 * The record of who changed what, and when.  Acts and actors are numbers and
 * names of ours, never texts, addresses or secrets of anybody; the table of
 * acts stands in audit.c.
 *
 * A record is written in the transaction of its act, so that there is none
 * without the other.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/db.h"

struct conf;

enum audit_kind {
    AUDIT_COMMAND,   /* whoever runs memoryrouter-admin */
    AUDIT_ADMIN,     /* whoever has the admin secret    */
    AUDIT_KEY,       /* the holder of a memory key      */
};

/* Who acts, with which request, when. */
struct audit_actor {
    enum audit_kind kind;
    int64_t         key_id;      /* of AUDIT_KEY */
    struct str      request_id;  /* 32 hex digits; "": the command line */
    int64_t         now_ms;
};

enum audit_act {
    AUDIT_ACCOUNT_ADD,
    AUDIT_ACCOUNT_CHANGE,
    AUDIT_ACCOUNT_REMOVE,
    AUDIT_ACCOUNT_REINDEX,
    AUDIT_KEY_CREATE,
    AUDIT_KEY_CHANGE,
    AUDIT_KEY_ROTATE,
    AUDIT_KEY_REVOKE,
    AUDIT_PROVIDER_KEY_SET,
    AUDIT_PROVIDER_KEY_REMOVE,
    AUDIT_VAULT_DELETE,
    AUDIT_VAULT_REINDEX,
    AUDIT_SESSION_DELETE,
    AUDIT_MEMORY_DELETE,
    AUDIT_MEMORY_EXPORT,
    AUDIT_MEMORY_IMPORT,
    AUDIT_REINDEX,
    AUDIT_KEY_RING_ROTATE,
    AUDIT_KEY_RING_DROP,
    AUDIT_ACTS
};

struct audit_entry {
    enum audit_act act;
    int64_t        id;      /* of the account, key or vault, as the act has
                               it; 0: the whole server */
    int64_t        number;  /* what else it is about: of the session or the
                               memory; 0: nothing */
    struct str     name;    /* the same: of the provider */
};

/* Errors: ERR_STORE. */
enum status audit_add(struct db_conn *conn, const struct audit_actor *by,
                      const struct audit_entry *e,
                      struct error *err) MUST_CHECK;

/* An act that is one statement. */
struct audit_statement {
    enum statement         id;
    const struct db_value *params;
    size_t                 count;
    int64_t                changed;    /* rows; afterwards */
    int64_t                insert_id;  /* likewise */
};

/*
 * Runs the statement and records it, in one transaction, which is repeated
 * when a conflict took it back.  Nothing is recorded when it changed no row;
 * an entry without id is about the row that it added.
 * Errors   those of db_run(); nothing is done then
 */
enum status audit_run(struct db_conn *conn, const struct audit_actor *by,
                      const struct audit_entry *e, struct audit_statement *s,
                      struct error *err) MUST_CHECK;

/*
 * Ends the transaction of an act whose status is `st`: with its record, or
 * taken back.  Errors: `st`, ERR_STORE.
 */
enum status audit_end(struct db_conn *conn, const struct audit_actor *by,
                      const struct audit_entry *e, enum status st,
                      struct error *err) MUST_CHECK;

/* A record as it is shown. */
struct audit_row {
    int64_t    id;
    int64_t    account_id;  /* concerned; 0: the whole server */
    struct str actor;       /* "command", "admin", "key" */
    int64_t    key_id;      /* 0: it was no key */
    struct str action;      /* "key.create" ... */
    struct str subject;     /* a number, or a provider's name */
    struct str request_id;  /* "": the command line */
    int64_t    at_ms;
};

struct audit_query {
    int64_t account_id;     /* 0: all */
    int64_t below;          /* the last id of the page before; 0: begin */
    int64_t since_ms;
};

/* The next `limit` records, newest first, owned by `a`.  Errors: ERR_STORE. */
enum status audit_list(struct db_conn *conn, struct arena *a,
                       const struct audit_query *q, size_t limit,
                       struct audit_row **list, size_t *count,
                       struct error *err) MUST_CHECK;

/* Deletes what is older than audit_days, in parts.  Errors: ERR_STORE. */
enum status audit_sweep(struct db_conn *conn, const struct conf *conf,
                        int64_t now_ms, struct error *err) MUST_CHECK;

#endif
