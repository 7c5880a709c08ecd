/*
 * What memories said before they were edited: rows of memory_version, which
 * go with the memory.
 *
 * A memory keeps its newest versions, VERSION_COUNT_MAX of them and so many
 * as have VERSION_BYTES_MAX together; an edit lets go of the oldest beyond
 * that.  So a memory and its history always are one line of an export.
 */
#ifndef STORE_VERSION_H
#define STORE_VERSION_H

#include "store/db.h"
#include "store/exchange.h"

enum {
    VERSION_COUNT_MAX = 1000,
    VERSION_BYTES_MAX = 1 << 20,  /* of texts and metadata */
};

struct version {
    int64_t    memory_id;    /* not of what is to be added */
    int64_t    number;       /* 1 or more, rising with time */
    enum role  role;
    struct str author;
    struct str text;         /* valid UTF-8, no NUL */
    int64_t    occurred_ms;
    struct str metadata;     /* a JSON object, or "" */
    int64_t    replaced_ms;
};

/* The memory's versions, oldest first, owned by `a`.  Errors: ERR_STORE. */
enum status version_list(struct db_conn *conn, struct arena *a,
                         int64_t vault_id, int64_t memory_id,
                         struct version **list, size_t *count,
                         struct error *err) MUST_CHECK;

/* The version is good until it returns; `seq` is that of its memory now.
 * Return anything but OK to stop. */
typedef enum status version_fn(void *owner, const struct version *v,
                               int64_t seq, struct error *err);

/*
 * The versions of the memories with ids from first_id to last_id, in the order
 * of ids and oldest first; the first `limit` of them.
 * Errors   ERR_STORE, and what fn returns
 */
enum status version_each(struct db_conn *conn, int64_t vault_id,
                         int64_t first_id, int64_t last_id, size_t limit,
                         version_fn *fn, void *owner,
                         struct error *err) MUST_CHECK;

/* Makes a version of what the memory says; part of the caller's transaction.
 * Errors: ERR_STORE. */
enum status version_keep(struct db_conn *conn, int64_t vault_id,
                         int64_t memory_id, int64_t now_ms,
                         struct error *err) MUST_CHECK;

/* Gives a new memory its versions; likewise. */
enum status version_add(struct db_conn *conn, int64_t vault_id,
                        int64_t memory_id, const struct version *list,
                        size_t count, struct error *err) MUST_CHECK;

#endif
