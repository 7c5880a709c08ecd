/*
 * From the question to the memories in the request: what the vault remembers,
 * or what an earlier request of the same tool loop was given.  Who asks a
 * model himself is given the same text (api/memory_prepare.c).
 */
#ifndef TURN_RECOLLECT_H
#define TURN_RECOLLECT_H

#include "turn/turn.h"

/* Fills the turn's group `recall`.  Errors: ERR_STORE, ERR_TIMEOUT;
 * memory_status says so. */
enum status recollect_find(struct turn *t, struct error *err) MUST_CHECK;

/* Cuts what was found to the route's window and renders it into t->memories,
 * with the fence of `model`.  What a loop was given before stays as it is.
 * Errors: ERR_STORE. */
enum status recollect_compose(struct turn *t, struct str model,
                              struct error *err) MUST_CHECK;

/* Composes, keeps it where more requests of the question may come, and puts it
 * into the body.
 * Errors: ERR_STORE, ERR_INPUT; the body is then without memory. */
enum status recollect_inject(struct turn *t, struct error *err) MUST_CHECK;

#endif
