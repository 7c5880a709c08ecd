/*
 * What the endpoints under /admin/v1 share: whoever calls them has the admin
 * secret and may do everything with every account.
 */
#ifndef API_ADMIN_H
#define API_ADMIN_H

#include "api/key_acts.h"

struct admin_call {
    struct key_acts acts;        /* account 0; body and answer are here, too */
    int64_t         account_id;  /* of the path, or 0 */
};

/* Does what was asked, into acts.answer.  Errors: for the caller; ERR_STORE. */
typedef enum status admin_act(struct admin_call *a, struct error *err);

/* Checks the secret, reads the body, acts and answers. */
void admin_serve(struct call *c, admin_act *act);

/*
 * The number behind /admin/v1/accounts/, where this part of the account, or
 * nothing, has to follow.
 *
 * last     what follows that: the path's last segment, or ""
 * Errors   ERR_NOT_FOUND for the caller
 */
enum status admin_read_account(struct admin_call *a, struct str behind,
                               struct str *last,
                               struct error *err) MUST_CHECK;

/* Whether that account is there.  Errors: ERR_NOT_FOUND for the caller;
 * ERR_STORE. */
enum status admin_find_account(struct admin_call *a, struct db_conn *conn,
                               struct error *err) MUST_CHECK;

/* A connection for one statement or more; db_return() it. */
enum status admin_borrow(const struct admin_call *a, struct db_conn **conn,
                         struct error *err) MUST_CHECK;

/* "There is no such account/key ...", for what a store function did not
 * find; other statuses stay. */
enum status admin_for_caller(enum status st, const char *what,
                             struct error *err) MUST_CHECK;

#endif
