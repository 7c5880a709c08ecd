/*
 * The functions behind the rows of api/routes.c.  Each answers its call
 * completely, errors included.
 */
#ifndef API_ENDPOINTS_H
#define API_ENDPOINTS_H

#include "api/routes.h"
#include "turn/turn.h"

/* GET /: what this is and where the chat endpoint stands. */
void start_page(struct call *c);

/* GET /health: alive, without the database; ?deep=1 checks that too, and
 * answers 503 when something is wrong. */
void health_get(struct call *c);

/* A turn in each dialect. */
void chat_post(struct call *c);
void chat_responses(struct call *c);
void chat_messages(struct call *c);
void chat_count_tokens(struct call *c);
void chat_google(struct call *c);

/* A turn of this call, not yet run. */
struct turn *chat_turn(struct call *c, const struct dialect *dialect,
                       enum turn_kind kind);

/* The models that the caller can use, and one of them, in the shape that the
 * caller's dialect has. */
void models_list(struct call *c);
void models_get(struct call *c);

/* What the vault remembers about a question, with reasons if wanted. */
void search_post(struct call *c);

/* What one of the caller's requests was given and what it left. */
void requests_get(struct call *c);

/* Operations without memory, at the vendor that the model names. */
void pass_openai(struct call *c);

/* What would leave data at a vendor that we cannot keep apart by key. */
void pass_refused(struct call *c);

#endif
