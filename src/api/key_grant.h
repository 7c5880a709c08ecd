/*
 * What a key may give to others: nothing that it does not have itself, be it
 * a scope, a model or the freedom from a limit.  Whoever has the admin secret
 * has everything: keys_plain() of store/keys.h stands for him.
 */
#ifndef API_KEY_GRANT_H
#define API_KEY_GRANT_H

#include "store/keys.h"

/*
 * The settings of a new key of which the body says nothing.
 *
 * rights   what a user of it needs; it gets those that the giver has, or, when
 *          there are none of them, all that the giver has
 */
void key_grant_default(const struct keys_settings *giver, int rights,
                       struct keys_settings *settings);

/*
 * Whether the giver may give a key these settings.
 *
 * before   what the key has already, which may stay; NULL: nothing
 * Errors   ERR_FORBIDDEN for the caller
 */
enum status key_grant_check(const struct keys_settings *giver,
                            const struct keys_settings *before,
                            const struct keys_settings *after,
                            struct error *err) MUST_CHECK;

#endif
