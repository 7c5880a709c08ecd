/*
 * What can be done with keys, for whoever may do it: the holder of a key with
 * the scope admin with those of its own account, whoever has the admin secret
 * with all.
 */
#ifndef API_KEY_ACTS_H
#define API_KEY_ACTS_H

#include "api/routes.h"
#include "platform/json.h"
#include "store/audit.h"
#include "store/keys.h"

struct key_acts {
    struct call         *call;
    int64_t              account_id;  /* whose keys; 0: all */
    int64_t              giver_id;    /* the key that acts; 0: the secret */
    struct keys_settings giver;       /* what it has to give */
    struct audit_actor   by;          /* the admin secret's holder, unless a
                                         key asks */
    struct json          body;        /* object, or JSON_NONE for none */
    int64_t              key_id;      /* of the path */
    int                  http;        /* of a good answer */
    struct buf          *answer;
};

enum { KEY_ACTS_ANSWER_MAX_BYTES = 64 << 20 };

/* Acts for whoever has the admin secret; makes the answer's buffer. */
void key_acts_init(struct key_acts *k, struct call *c);

/* Acts for the holder of this key, within its account and with what it has
 * itself (api/key_grant.h).  Errors: ERR_STORE. */
enum status key_acts_for(struct key_acts *k, const struct key_access *access,
                         struct error *err) MUST_CHECK;

/* Reads the body, which may be empty.  Errors: ERR_INPUT, ERR_TOO_LARGE. */
enum status key_acts_read_body(struct key_acts *k,
                               struct error *err) MUST_CHECK;

/*
 * Makes a key for the account, or finds the one of its external user: the
 * secret of that is not known any more, so "key" is null then.  rights are
 * those of a key of which the body says none, as far as the giver has them.
 * Errors as the body deserves; ERR_FORBIDDEN for the caller.
 */
enum status key_acts_make(struct key_acts *k, int64_t account_id, int rights,
                          struct error *err) MUST_CHECK;

/* A page of keys: ?limit= and ?cursor=.  Errors: ERR_INPUT for the caller;
 * ERR_STORE. */
enum status key_acts_list(struct key_acts *k, struct error *err) MUST_CHECK;

/*
 * Does what method and path say with the key whose number follows `before` in
 * the path: GET, PATCH, DELETE, and POST of its /rotate.
 * Errors   ERR_NOT_FOUND, ERR_INPUT, ERR_FORBIDDEN, ERR_CONFLICT for the
 *          caller; ERR_STORE
 */
enum status key_acts_one(struct key_acts *k, struct str before,
                         struct error *err) MUST_CHECK;

#endif
