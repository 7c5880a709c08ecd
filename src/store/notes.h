/*
 * Turns on their way to the database, noted in files that outlive the process.
 *
 * A turn takes a file of its process before its reply's last byte goes out,
 * writes its exchange into it, and empties it after the commit; then the next
 * turn has it.  The files, "*.note" in STATE/spool, are locked (flock) as long
 * as their process lives: what is in one that nobody holds is replayed
 * (spool_replay).  Nothing is fsynced: the death of the process loses nothing,
 * that of the machine what it had not written yet.
 */
#ifndef STORE_NOTES_H
#define STORE_NOTES_H

#include "store/exchange.h"

#define NOTE_END ".note"

struct notes;  /* the files of a process; any thread may call */
struct note;   /* one of them */

struct notes *notes_open(const char *state_dir);

/* No turn may hold one any more; the files go.  NULL is fine. */
void notes_close(struct notes *n);

/*
 * Writes the exchange into *note in place of what is there; NULL takes one.
 *
 * Errors   ERR_INTERNAL, ERR_TOO_LARGE: *note is NULL, and nothing is noted
 */
enum status notes_write(struct notes *n, struct arena *a,
                       const struct exchange *x, struct note **note,
                       struct error *err) MUST_CHECK;

/* Empties it and gives it back.  NULL is fine. */
void notes_clear(struct notes *n, struct note *note);

enum note_state {
    NOTE_HELD,   /* its process lives, or it is gone */
    NOTE_EMPTY,  /* there is nothing in it, or half of something */
    NOTE_LEFT,   /* *text is the exchange, owned by `a` */
};

/* What is in a file that may be another process's.  Close *fd when the file
 * was dealt with, unless it is held: until then it is nobody else's. */
enum note_state notes_look(struct arena *a, int folder, const char *name,
                          int *fd, struct str *text);

#endif
