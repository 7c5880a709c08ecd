/*
 * With what is searched: words, vectors or both, and what that needs before
 * the first question.  The one place here that knows of models.  One thread
 * opens and learns; any may encode.
 */
#ifndef RECALL_SEARCH_H
#define RECALL_SEARCH_H

#include "platform/conf.h"
#include "memory/embed.h"
#include "store/db.h"

enum search_mode { SEARCH_HYBRID, SEARCH_WORDS, SEARCH_VECTORS };

struct search;

/* "hybrid", "words", "vectors"; false for anything else. */
bool search_find(struct str name, enum search_mode *mode);
const char *search_name(enum search_mode mode);

/*
 * Gets ready.
 *
 * conf, db  borrowed until search_close()
 * Errors    ERR_NOT_FOUND: vectors alone were asked for, and there is no
 *           model; whatever keeps a model from being opened
 */
enum status search_open(enum search_mode wanted, const struct conf *conf,
                        struct db *db, struct search **s,
                        struct error *err) MUST_CHECK;
void search_close(struct search *s);

/* Words where both were wanted and there is no model. */
enum search_mode search_mode(const struct search *s);

/* What the learner does with a vault that was filled. */
enum status search_learn(struct search *s, int64_t vault_id,
                         struct error *err) MUST_CHECK;

/* For recall; NULL: words only. */
struct embedder *search_embedder(const struct search *s);

#endif
