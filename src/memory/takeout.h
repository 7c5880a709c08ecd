/*
 * From what is stored to the lines that intake takes back: a vault's memories,
 * oldest first, with what they said before they were edited.
 *
 * Page by page, so that any number of rows takes the same memory, and so that
 * the database and whoever reads the lines never wait for each other:
 *
 *     while (!t.ended) {
 *         takeout_read(&t, conn, &arena, err);
 *         takeout_write(&t, b);
 *         arena_reset(&arena);
 *     }
 */
#ifndef MEMORY_TAKEOUT_H
#define MEMORY_TAKEOUT_H

#include "base/buf.h"
#include "store/browse.h"
#include "store/version.h"

/* What takeout_write() appends at most, in any case. */
enum { TAKEOUT_MAX_BYTES = 16 << 20 };

struct takeout {
    struct browse at;            /* set by the owner, from oldest on */
    size_t        lines;         /* written */
    bool          ended;         /* no row is left */

    size_t page_rows;            /* of the next page; 0: as many as may be */

    /* the page that was read */
    struct memory_row *rows;
    size_t             row_count;
    struct version    *versions; /* in the order of the rows */
    size_t             version_count;
    bool               is_last;  /* no row is behind it */
};

/* Reads a page, owned by `a`.  Errors: ERR_STORE. */
enum status takeout_read(struct takeout *t, struct db_conn *conn,
                         struct arena *a, struct error *err) MUST_CHECK;

/* Appends the lines of the page, or as many as are enough at once; what is
 * left is read again. */
void takeout_write(struct takeout *t, struct buf *b);

#endif
