/*
 * One batch: the next rows of one vault get their vectors.
 *
 * The vault is claimed (store/backlog.h) while they are read and embedded;
 * then vectors and watermark are stored in the transaction that holds the
 * claim.  A row that stands behind a short one is part of what that one means
 * (passage.h), so the short one is embedded again.
 */
#ifndef MEMORY_LEARN_EMBED_H
#define MEMORY_LEARN_EMBED_H

#include "memory/learner.h"

/* How a batch went. */
struct learn_batch {
    size_t rows;      /* that are no longer behind                   */
    bool   busy;      /* another learner has the vault               */
    bool   waits;     /* its model does not work now, or there is
                         none yet                                    */
    bool   complete;  /* nothing was left behind                     */
};

/*
 * Errors   ERR_STORE; ERR_NOT_FOUND: the vault is gone or has another model
 *          by now; ERR_CONFLICT: another learner was quicker.  Nothing is
 *          stored then.
 */
enum status learn_embed(struct learner *l, int64_t vault_id,
                        struct learn_batch *batch,
                        struct error *err) MUST_CHECK;

#endif
