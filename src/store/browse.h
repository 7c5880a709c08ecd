/*
 * A vault's memories as their owner looks through them: page by page in the
 * order of their ids, which never change.
 */
#ifndef STORE_BROWSE_H
#define STORE_BROWSE_H

#include "store/memory.h"

enum { BROWSE_PAGE_MAX = 500, BROWSE_ANY = -1 };

struct browse {
    int64_t    vault_id;
    bool       oldest_first;
    int64_t    beyond;       /* the last id of the page before; 0: begin */
    int64_t    session_id;   /* 0: core; BROWSE_ANY */
    int64_t    role;         /* enum role, or BROWSE_ANY */
    struct str author;       /* "" = any */
    struct str source;       /* "" = any */
    struct str text;         /* that is in it, in any case; "" = any */
    int64_t    from_ms;      /* said then or later; 0: no beginning */
    int64_t    to_ms;        /* said before; 0: no end */
    int64_t    kept_from_ms; /* key_kept_from() of store/key.h */
};

/* The next `limit` whole rows, owned by `a`.  Errors: ERR_STORE. */
enum status browse_page(struct db_conn *conn, struct arena *a,
                        const struct browse *b, size_t limit,
                        struct memory_row **list, size_t *count,
                        struct error *err) MUST_CHECK;

/*
 * The whole row with this id.
 *
 * kept_from_ms   what was said before is not there any more; 0: all is
 * Errors         ERR_NOT_FOUND for the caller; ERR_STORE
 */
enum status browse_one(struct db_conn *conn, struct arena *a,
                       int64_t vault_id, int64_t kept_from_ms, int64_t id,
                       struct memory_row *row, struct error *err) MUST_CHECK;

#endif
