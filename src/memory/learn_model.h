/*
 * Which model embeds a vault: that of the configuration, or another one that
 * was chosen for the vault and is opened for it.
 */
#ifndef MEMORY_LEARN_MODEL_H
#define MEMORY_LEARN_MODEL_H

#include "memory/learner.h"

/* Brings l->own up to date: its number in the database, and whether it can
 * embed now.  A model that cannot is no error.  Errors: ERR_STORE. */
enum status learn_model_refresh(struct learner *l,
                                struct error *err) MUST_CHECK;

/* The configuration says that there are no vectors. */
bool learn_model_is_none(const struct learner *l);

/*
 * The model with this number (not 0), ready or not; NULL when it cannot be
 * had at all.  Good until the next call.
 * Errors   ERR_STORE
 */
enum status learn_model_get(struct learner *l, int64_t id,
                            struct learn_model **model,
                            struct error *err) MUST_CHECK;

/* It did not work: it is left alone for a while, longer each time.  The first
 * failure is told. */
void learn_model_failed(struct learner *l, struct learn_model *model,
                        const struct error *err);
void learn_model_worked(struct learn_model *model);

/* It has not worked for so long that vaults should go by words for now. */
bool learn_model_is_lost(const struct learn_model *model);

/* Closes the other one. */
void learn_model_close(struct learner *l);

#endif
