/*
 * Messages that are remembered together, in one transaction: what upload,
 * ingest and import bring.
 *
 * With skip_known a message that its session has already is left out: same
 * role, same text, and the message before it or the one after it is the same
 * too, or it is the batch's first and the session's last.  (Clients send whole
 * conversations again, and repeat what failed.)  What a memory said before it
 * was edited counts as its text.
 *
 * Programs also keep settings as messages of one side, and set them back to
 * what they were: with said_now a few messages of one side alone are known
 * only where they are the last that this side said in their session, as when
 * they are sent once more.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/adding.h"
#include "store/once.h"

/* One message, cut into pieces. */
struct batch_message {
    struct adding_row *rows;
    int64_t           *ids;        /* written, one a row */
    size_t             row_count;  /* 1 or more */
    bool               known;      /* written: left out */
    int64_t            turn;       /* written: of what is known */
};

struct batch {
    int64_t               vault_id;
    int64_t               now_ms;
    int64_t               memories_most;  /* of the vault; 0: any number */
    int64_t               memories;       /* written: there are, when there is
                                             no room for the batch */
    bool                  skip_known;
    bool                  said_now;
    const struct once    *once;    /* moves on with the commit, or NULL */
    int64_t               once_at; /* ... to this */
    int64_t               turn;    /* that the first row may join, 0: none;
                                      written: that of the last */
    struct batch_message *list;
    size_t                count;
};

/*
 * Commits the batch; all of it or nothing.
 * Errors   ERR_NOT_FOUND: the vault is gone; ERR_QUOTA: it has no room;
 *          ERR_STORE
 */
enum status batch_save(struct db_conn *conn, struct arena *a,
                       struct batch *batch, struct error *err) MUST_CHECK;

#endif
