/*
 * The model's context window: where prompt and memories together would pass
 * 95 % of it, memories are cut, the least relevant first, and nothing else.
 */
#ifndef TURN_WINDOW_H
#define TURN_WINDOW_H

#include "turn/turn.h"

/*
 * Shortens t->found until it fits and fills t->cut.  Nothing is cut where no
 * model, or one whose window is not known, is asked.
 * Errors   ERR_STORE; nothing is cut then.
 */
enum status window_fit(struct turn *t, struct error *err) MUST_CHECK;

/* "conv:0,archive:5,longterm:2,working:1,hot:1", owned by the arena. */
struct str window_details(struct arena *a, const struct window_cut *cut);

#endif
