/*
 * Sends the request to its provider and relays the reply as it comes: status
 * and body untouched, headers without those that belong to one connection.
 */
#ifndef TURN_FORWARD_H
#define TURN_FORWARD_H

#include "turn/turn.h"

/*
 * Runs the call and finishes the reply, also when the provider gave none: the
 * caller then has an error of ours in its dialect, and the turn goes on to be
 * counted.  Fills outcome, reading, complete and raised.
 */
enum status forward_run(struct turn *t, struct error *err) MUST_CHECK;

/* Answers with an error of ours, or ends what was begun, and logs it. */
void forward_answer_error(struct turn *t, const struct error *err);

#endif
