/*
 * The features of what the ranker puts first for a question, as fit.h takes
 * them.
 */
#ifndef RECALL_CANDIDATES_H
#define RECALL_CANDIDATES_H

#include "memory/recall.h"
#include "recall/fit.h"
#include "recall/vault.h"

enum { CANDIDATES_MAX = 100 };

/* Of an answer that tells of all candidates, owned by `a`; `talk` is the
 * conversation's number. */
struct fit_group candidates_group(struct arena *a, const struct vault *v,
                               const struct talk_question *q,
                               const struct recall_answer *answer,
                               size_t talk);

#endif
