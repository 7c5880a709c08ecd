/* What is asked of whom: the request is read, a provider and its key found. */
#ifndef TURN_PLAN_H
#define TURN_PLAN_H

#include "turn/turn.h"

/*
 * Each fills the turn's group `plan`, and body.
 * Errors: ERR_INPUT, ERR_TOO_LARGE, ERR_AUTH for the caller; ERR_STORE.
 */
enum status plan_chat(struct turn *t, struct error *err) MUST_CHECK;
enum status plan_pass(struct turn *t, struct error *err) MUST_CHECK;

/* Turns to the next model of option `fallback` that can be called: route, url,
 * key and body are then those of it.  False when there is none left; the turn
 * is then what it was, and not to be forwarded again. */
bool plan_fallback(struct turn *t);

/*
 * Makes t->body: the caller's own bytes without our fields, with the model's
 * name as the provider knows it, and with t->memories, if there are any.
 * Errors: ERR_INPUT; t->body is then untouched.
 */
enum status plan_body(struct turn *t, struct error *err) MUST_CHECK;

#endif
