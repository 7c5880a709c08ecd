/* Which vault a verb means: --vault ID, or --key ID of a key that opens it. */
#ifndef ADMIN_WHICH_H
#define ADMIN_WHICH_H

#include "admin/admin.h"

/* Connects too.  Errors: those of admin_usage(), ERR_NOT_FOUND, ERR_STORE. */
enum status which_vault(struct admin *m, int64_t *vault_id,
                        struct error *err) MUST_CHECK;

#endif
