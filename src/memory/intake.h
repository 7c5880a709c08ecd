/*
 * From what somebody sends to what is stored: texts cleaned and cut into
 * pieces, collected into a batch, and written in one transaction.
 */
#ifndef MEMORY_INTAKE_H
#define MEMORY_INTAKE_H

#include "memory/entry.h"
#include "store/batch.h"

struct intake {
    struct arena *arena;         /* of everything in it */
    size_t        piece_tokens;
    struct str    source;        /* of entries that name none: "upload" */
    struct str    session;       /* likewise */
    struct batch  batch;         /* vault_id, now_ms and the rest are set by
                                    the owner */
    size_t        room;          /* of batch.list */
    size_t        versions;      /* earlier ones, of all in the batch */
    size_t        bytes;         /* of the batch's lines, also of those that
                                    cannot be used; counted by the owner */
    size_t        rows_most;     /* that may be taken; 0: any number */
    size_t        rows;          /* taken, over all batches */
    bool          full;          /* an entry did not fit, and was not taken */
    int64_t       last_turn;     /* of the entry before, as it named it */

    /* counts, over all batches */
    size_t        entries;       /* taken */
    size_t        empty;         /* of them: nothing was left to store */
    size_t        known;         /* of them: the session had them */
    size_t        pieces;        /* stored */
    size_t        tokens;        /* in all entries */
    size_t        stored_tokens;
};

/* Takes an entry; false when nothing of it is left to store. */
bool intake_add(struct intake *in, const struct entry *e);

/* Whether the batch is as large as a transaction should be: save it. */
bool intake_is_due(const struct intake *in);

/*
 * Stores what was taken and counts it.  batch.list then tells what became of
 * each; intake_clear() makes room for more.
 * Errors   those of batch_save()
 */
enum status intake_save(struct intake *in, struct db_conn *conn,
                        struct error *err) MUST_CHECK;

/* Forgets the batch; whoever resets the arena must call it too. */
void intake_clear(struct intake *in);

#endif
