/* What a search thought of each memory, told to the vault's owner. */
#ifndef API_EXPLANATION_H
#define API_EXPLANATION_H

#include "memory/recall.h"

/* Appends a JSON object: how it was searched, which times were asked for, and
 * of each candidate its fate, its score and what this is made of. */
void explanation_add(struct buf *b, struct arena *a,
                     const struct recall_answer *found);

#endif
