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

/* GET /metrics: the counters of this node, where the options allow it. */
void metrics_get(struct call *c);

/* GET /openapi.json: all of these, described. */
void openapi_get(struct call *c);

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

/* How much the vault holds; getting it ready. */
void memory_stats(struct call *c);
void memory_warmup(struct call *c);

/* All of it as JSON lines, which an upload takes back. */
void memory_export(struct call *c);

/* The memories one by one: looked through, added, read, corrected, forgotten;
 * what they said before they were corrected. */
void memories_list(struct call *c);
void memories_add(struct call *c);
void memory_one_get(struct call *c);
void memory_one_patch(struct call *c);
void memory_one_remove(struct call *c);
void memory_history(struct call *c);

/* The named parts of the vault; a path that ends in /search searches one. */
void sessions_list(struct call *c);
void sessions_get(struct call *c);
void sessions_remove(struct call *c);

/* Forgets all, or a session, and tells what is left: nothing. */
void memory_delete(struct call *c);

/* Remembers JSON lines, any number of them. */
void memory_upload(struct call *c);

/* Remembers what was said elsewhere; each thing once. */
void memory_ingest(struct call *c);

/* The text that a chat request would have been given. */
void memory_prepare(struct call *c);
/* What one of the caller's requests was given and what it left. */
void requests_get(struct call *c);

/* The keys of the caller's account: making one, all, and one of them. */
void keys_post(struct call *c);
void keys_get(struct call *c);
void keys_one(struct call *c);

/* What the caller's key used, and a short form of it. */
void usage_get(struct call *c);
void usage_me(struct call *c);

/* For whoever has the admin secret: accounts and what belongs to one, keys of
 * all accounts, how far the learners are, indexes built anew, and the record of
 * who changed what. */
void admin_accounts(struct call *c);
void admin_accounts_one(struct call *c);
void admin_accounts_keys(struct call *c);
void admin_accounts_usage(struct call *c);
void admin_provider_keys(struct call *c);
void admin_provider_keys_check(struct call *c);
void admin_keys(struct call *c);
void admin_key(struct call *c);
void admin_learner(struct call *c);
void admin_learner_reindex(struct call *c);
void admin_audit(struct call *c);

/* Operations without memory, at the vendor that the model names. */
void pass_openai(struct call *c);

/* What would leave data at a vendor that we cannot keep apart by key. */
void pass_refused(struct call *c);

/* The Model Context Protocol: memory as tools for models. */
void mcp_post(struct call *c);

#endif
