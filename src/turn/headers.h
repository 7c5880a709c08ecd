/*
 * Which headers go up to the provider, and which come down to the client.
 *
 * Up: those that vendors define, the key in the style that the vendor wants.
 * Down: all but those that belong to one connection, to another site, or whose
 * names are ours.
 */
#ifndef TURN_HEADERS_H
#define TURN_HEADERS_H

#include "turn/turn.h"

/* Owned by the turn's arena. */
struct http_headers headers_up(struct turn *t);

/* Adds the provider's headers to the reply; names are NUL-terminated. */
void headers_pass_down(struct turn *t, const struct http_headers *headers);

/* Adds what every memory route tells: X-Memory-Status and its companions.
 * provider_ms: what the provider took so far. */
void headers_add_memory(struct turn *t, int64_t provider_ms);

#endif
