/*
 * The debug objects: members beginning with an underscore that tell, in the
 * reply itself, what memory did for a request.  Only OpenAI's chat dialect has
 * them, only replies that are no streams, and only when asked for with
 * `X-Debug: true` or ?debug=true.
 */
#ifndef TURN_DEBUG_H
#define TURN_DEBUG_H

#include "turn/turn.h"

/* Whether a good reply to this turn gets them. */
bool debug_is_wanted(const struct turn *t);

/*
 * The reply with the objects before its last brace; all the rest of it byte
 * for byte.  The reply itself when it is no JSON object or they would not fit.
 *
 * provider_ms  from the call to the reply's end
 * Result       owned by the turn's arena, or `body`
 * Source       reference of the compatible service for the names:
 *              _memory, _latency, _extraction, _truncation, _debug
 */
struct str debug_add(struct turn *t, struct str body, int64_t provider_ms);

#endif
