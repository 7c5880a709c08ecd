/* /admin/v1: what its endpoints share, and keys of all accounts. */
#include "api/admin.h"

#include "api/caller.h"
#include "api/endpoints.h"
#include "store/account.h"

#include "base/banned.h"

#define ACCOUNTS STR("/admin/v1/accounts/")
#define KEYS     STR("/admin/v1/keys/")

static enum status
begin(struct call *c, struct admin_call *a, struct error *err)
{
    enum status st;

    *a = (struct admin_call){ .account_id = 0 };
    key_acts_init(&a->acts, c);
    st = admission_secret(&c->admission, err);
    return st == OK ? key_acts_read_body(&a->acts, err) : st;
}

void
admin_serve(struct call *c, admin_act *act)
{
    struct admin_call a;
    struct error      err;
    enum status       st = begin(c, &a, &err);

    if (st == OK)
        st = act(&a, &err);
    caller_answer_as(c, a.acts.http, "admin", st, a.acts.answer, &err);
}

enum status
admin_borrow(const struct admin_call *a, struct db_conn **conn,
             struct error *err)
{
    return db_borrow(a->acts.call->service->db, conn, err);
}

enum status
admin_for_caller(enum status st, const char *what, struct error *err)
{
    if (st != ERR_NOT_FOUND)
        return st;
    return refused(err, ERR_NOT_FOUND, "not_found", NULL,
                   "There is no such %s", what);
}

static struct arena *
arena_of(const struct admin_call *a)
{
    return a->acts.call->request->arena;
}

enum status
admin_read_account(struct admin_call *a, struct str behind, struct str *last,
                   struct error *err)
{
    struct str path = a->acts.call->request->path, number, rest, part;
    bool       has_rest, has_last;

    path = str_slice(path, ACCOUNTS.len, path.len);
    has_rest = str_cut(path, '/', &number, &rest); /* nothing behind: "" */
    has_last = str_cut(rest, '/', &part, last);    /* likewise */
    if (str_to_id(number, &a->account_id) && str_equal(part, behind) &&
        has_rest == (rest.len > 0) && has_last == (last->len > 0))
        return OK;
    return admin_for_caller(ERR_NOT_FOUND, "account", err);
}

enum status
admin_find_account(struct admin_call *a, struct db_conn *conn,
                   struct error *err)
{
    struct account_row row;

    return admin_for_caller(account_get(conn, arena_of(a), a->account_id,
                                        &row, err), "account", err);
}

/* Keys of all accounts. */

static enum status
list_keys(struct admin_call *a, struct error *err)
{
    return key_acts_list(&a->acts, err);
}

static enum status
act_on_key(struct admin_call *a, struct error *err)
{
    return key_acts_one(&a->acts, KEYS, err);
}

void
admin_keys(struct call *c)
{
    admin_serve(c, list_keys);
}

void
admin_key(struct call *c)
{
    admin_serve(c, act_on_key);
}
