/*
 * /v1/keys: an account's keys, managed with one of them that has the scope
 * admin.  A key that is made here has all scopes of that one but this, unless
 * the body says so: whoever is given a key cannot make or revoke others.
 */
#include "api/endpoints.h"

#include "api/caller.h"
#include "api/key_acts.h"

#include "base/banned.h"

#define KEYS_PATH STR("/v1/keys/")

/* Who calls, and what his body says. */
static enum status
begin(struct call *c, struct key_acts *k, struct error *err)
{
    struct caller who;
    enum status   st;

    key_acts_init(k, c);
    if ((st = caller_check(c, &who, err)) != OK ||
        (st = key_acts_for(k, &who.access, err)) != OK)
        return st;
    k->by = caller_actor(&who);
    return key_acts_read_body(k, err);
}

static void
end(struct call *c, const struct key_acts *k, enum status st,
    struct error *err)
{
    caller_answer_as(c, k->http, "keys", st, k->answer, err);
}

void
keys_post(struct call *c)
{
    struct key_acts k;
    struct error    err;
    enum status     st = begin(c, &k, &err);

    if (st == OK)
        st = key_acts_make(&k, k.account_id, RIGHTS_USER, &err);
    end(c, &k, st, &err);
}

void
keys_get(struct call *c)
{
    struct key_acts k;
    struct error    err;
    enum status     st = begin(c, &k, &err);

    if (st == OK)
        st = key_acts_list(&k, &err);
    end(c, &k, st, &err);
}

void
keys_one(struct call *c)
{
    struct key_acts k;
    struct error    err;
    enum status     st = begin(c, &k, &err);

    if (st == OK)
        st = key_acts_one(&k, KEYS_PATH, &err);
    end(c, &k, st, &err);
}
