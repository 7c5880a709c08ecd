/*
 * Correcting a memory: it and its exact repeats say the new text from now on;
 * all else that is corrected is its own.
 *
 * Each row gets a new seq, so that it moves behind every index that knows the
 * old text; its vector goes, and the learner makes another, as it does of
 * those that were embedded with it (store/following.h).  What it said before
 * is kept as a version (store/version.h).
 */
#ifndef STORE_EDIT_H
#define STORE_EDIT_H

#include "store/memory.h"

/* What the memory says afterwards; all of it counts. */
struct edit {
    int64_t    seq;          /* of the row that was read, and is corrected */
    enum role  role;
    struct str author;
    struct str text;         /* valid UTF-8, no NUL */
    int64_t    tokens;
    int64_t    occurred_ms;
    struct str metadata;     /* a JSON object, or "" */
};

/* Errors: ERR_NOT_FOUND: the vault has no such memory; ERR_CONFLICT for the
 * caller: it was changed since it was read; ERR_STORE. */
enum status edit_memory(struct db_conn *conn, struct arena *a,
                        int64_t vault_id, int64_t id, const struct edit *edit,
                        int64_t now_ms, struct error *err) MUST_CHECK;

#endif
