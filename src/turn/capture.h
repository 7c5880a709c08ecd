/*
 * What of a turn is remembered: the last user text and the assistant's text in
 * pieces, and what the request cost.
 */
#ifndef TURN_CAPTURE_H
#define TURN_CAPTURE_H

#include "turn/turn.h"

/* Fills t->exchange from the prompt, the options and what was read; of what
 * capture_ahead() took already only the usage is taken anew. */
void capture_exchange(struct turn *t);

/*
 * To be called before the reply's last byte goes out, and again when more of
 * it was read: raises the vault in the map of pending turns, and notes what
 * there is of the turn (store/notes.h).  From then on the death of this process
 * delays it, and does not lose it.
 */
void capture_ahead(struct turn *t);

/*
 * Commits it, or spools it while the database is away; lowers the vault in the
 * map of pending turns.  Errors: ERR_STORE, ERR_INTERNAL when neither worked.
 */
enum status capture_save(struct turn *t, struct error *err) MUST_CHECK;

#endif
