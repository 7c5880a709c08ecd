/*
 * What a key may use, apart from speed: tokens in a month, memories in a
 * vault, and which models.
 */
#ifndef TURN_ALLOWANCE_H
#define TURN_ALLOWANCE_H

#include "platform/json.h"
#include "turn/admission.h"

/* Whether there is a quota of tokens at all. */
bool allowance_has_tokens(const struct conf *conf,
                          const struct key_access *access);

/*
 * Whether key and account have tokens left in this calendar month (UTC).  A
 * request that began within the quota is served whole, so that it may be
 * overdrawn by what runs at that moment.  A turn that was answered but is not
 * stored yet is waited for, for pending_wait_ms.
 * Errors   ERR_QUOTA for the caller, with its header; ERR_STORE
 */
enum status allowance_tokens(struct admission *a,
                             const struct key_access *access,
                             struct error *err) MUST_CHECK;

/* How many memories the vault of the key may hold; 0: any number. */
int64_t allowance_memories_most(const struct admission *a,
                                const struct key_access *access);

/* The refusal of what finds no room beside the `memories` that the vault has;
 * returns ERR_QUOTA. */
enum status allowance_no_room(struct admission *a,
                              const struct key_access *access,
                              int64_t memories, struct error *err);

/*
 * Whether the vault has any room.  A turn that began so is remembered whole;
 * what else is stored never passes the limit (store/batch.h).
 * Errors: ERR_QUOTA for the caller
 */
enum status allowance_memories(struct admission *a,
                               const struct key_access *access,
                               struct error *err) MUST_CHECK;

/*
 * Whether the key may call the model, which is allowed by its name with or
 * without its provider, or by a beginning with * behind it.
 *
 * body     may name others in `models`, for the vendor to choose from
 * Errors   ERR_FORBIDDEN for the caller; ERR_STORE
 */
enum status allowance_model(const struct admission *a,
                            const struct key_access *access,
                            const struct route *route,
                            const struct json *body,
                            struct error *err) MUST_CHECK;

#endif
