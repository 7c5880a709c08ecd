/*
 * Generations: which vault needs a new one, and building it.
 */
#ifndef MEMORY_LEARN_BUILD_H
#define MEMORY_LEARN_BUILD_H

#include "memory/learner.h"

enum {
    LEARN_DUE_ROWS    = 64,  /* so many rows in the tail, and more than   */
    LEARN_DUE_DIVISOR = 20,  /* this part of the generation: build        */
    LEARN_DUE_BACKLOG = 4096, /* with many to come: so many, and twice as
                                 many as there are                        */
};

/* Why a generation is asked for. */
enum learn_cause {
    LEARN_CAUSE_ROWS,     /* the vault has new vectors                    */
    LEARN_CAUSE_BACKLOG,  /* so it has, but many more will come at once   */
    LEARN_CAUSE_WANTED,   /* a worker found its tail long                 */
    LEARN_CAUSE_FORCED,   /* somebody says so                             */
};

/*
 * Whether a vault that has this generation needs another one.  Pure.
 *
 * model_id, base_seq   what the new one would have
 */
bool learn_build_is_due(const struct learn_facts *have,
                        const struct vault_state *now, int64_t model_id,
                        int64_t base_seq, enum learn_cause cause);

/*
 * Builds one if it is due; *built tells.  One that is due but was just built,
 * or is being built by somebody else, is asked for again by a file in
 * STATE/wanted.  When the vault has nothing but its new model's vectors to go
 * by, those of older models are removed.
 *
 * Errors   ERR_STORE, ERR_BUSY (told to stop), ERR_CONFLICT (its model changed
 *          meanwhile, or somebody else builds it and the cause is FORCED),
 *          ERR_NOT_FOUND (there is no such vault)
 */
enum status learn_build(struct learner *l, int64_t vault_id,
                        enum learn_cause cause, bool *built,
                        struct error *err) MUST_CHECK;

#endif
