/* From an answer to what weights are fitted to. */
#include "recall/candidates.h"

#include <assert.h>

#include "base/banned.h"

static_assert((size_t)FEATURE_COUNT <= (size_t)FIT_FEATURES_MAX,
              "each feature has its place");

static int
evidence_of(const struct vault *v, const struct talk_question *q,
            int64_t seq)
{
    size_t row = vault_row(v, seq);

    for (size_t i = 0; i < q->evidence_count; i++)
        if (vault_row_says(v, row, q->evidence[i]))
            return (int)i;
    return FIT_NO_EVIDENCE;
}

struct fit_group
candidates_group(struct arena *a, const struct vault *v,
              const struct talk_question *q,
              const struct recall_answer *answer, size_t talk)
{
    struct fit_group group = {
        .list = arena_array(a, struct fit_candidate, answer->pick_count),
        .count = answer->pick_count,
        .evidence_count = q->evidence_count,
        .talk = talk,
    };

    for (size_t i = 0; i < group.count; i++) {
        const struct pick    *p = &answer->picks[i];
        struct fit_candidate *c = &group.list[i];

        for (size_t f = 0; f < FEATURE_COUNT; f++)
            c->features[f] = p->ranked.features[f];
        c->evidence = evidence_of(v, q, p->item.seq);
    }
    return group;
}
