/*
 * What can be done with keys, for whoever may do it: the holder of a key with
 * the scope admin with those of its own account, whoever has the admin secret
 * with all.
 */
#ifndef API_KEY_ACTS_H
#define API_KEY_ACTS_H

#include "api/routes.h"
#include "platform/json.h"

struct key_acts {
    struct call *call;
    int64_t      account_id;  /* whose keys; 0: all */
    struct json  body;        /* object, or JSON_NONE for an empty body */
    int64_t      key_id;      /* of the path */
    int          http;        /* of a good answer */
    struct buf  *answer;
};

enum { KEY_ACTS_ANSWER_MAX_BYTES = 64 << 20 };

/* Acts for this account; makes the answer's buffer. */
void key_acts_init(struct key_acts *k, struct call *c, int64_t account_id);

/* Reads the body, which may be empty.  Errors: ERR_INPUT, ERR_TOO_LARGE. */
enum status key_acts_read_body(struct key_acts *k,
                               struct error *err) MUST_CHECK;

/*
 * Makes a key for the account, or finds the one of its external user: the
 * secret of that is not known any more, so "key" is null then.  rights are
 * those of a key of which the body says none.  Errors as the body deserves.
 */
enum status key_acts_make(struct key_acts *k, int64_t account_id, int rights,
                          struct error *err) MUST_CHECK;

enum status key_acts_list(struct key_acts *k, struct error *err) MUST_CHECK;

/*
 * Does what method and path say with the key whose number follows `before` in
 * the path: GET, PATCH, DELETE, and POST of its /rotate.
 * Errors   ERR_NOT_FOUND, ERR_METHOD, ERR_INPUT, ERR_CONFLICT for the caller;
 *          ERR_STORE
 */
enum status key_acts_one(struct key_acts *k, struct str before,
                         struct error *err) MUST_CHECK;

#endif
