/* provider-key check: asks the providers whether they take an account's keys.
 */
#include "admin/verbs.h"

#include "admin/progress.h"
#include "admin/table.h"
#include "provider/inquiry.h"
#include "store/provider_key.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "provider", CELL_TEXT }, { "last_four", CELL_TEXT },
    { "state", CELL_TEXT }, { "note", CELL_TEXT },
};

struct check {
    struct admin            *m;
    struct http             *http;
    struct key_ring         *ring;
    struct providers         providers;
    const struct provider   *only;    /* or NULL: all */
    int64_t                  account;
    struct provider_key_row *keys;
    size_t                   count;
    size_t                   failed;
};

static enum status
open_check(struct check *c, struct error *err)
{
    struct admin *m = c->m;
    struct str    email;
    enum status   st = admin_need(m, "account", &email, err);

    if (st == OK)
        st = providers_init(m->arena, &m->conf, &c->providers, err);
    if (st == OK && m->word_count)
        st = admin_provider(m, &c->providers, &c->only, err);
    if (st != OK || (st = admin_connect(m, err)) != OK ||
        (st = admin_account(m, &c->account, err)) != OK ||
        (st = admin_ring(m, &c->ring, err)) != OK ||
        (st = admin_http(m, &c->http, err)) != OK)
        return st;
    return provider_key_list(m->conn, m->arena, c->account, &c->keys,
                             &c->count, err);
}

/* Leaves the one that was named. */
static enum status
choose(struct check *c, struct error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++)
        if (!c->only ||
            str_equal(c->keys[i].provider, str_from(c->only->name)))
            c->keys[kept++] = c->keys[i];
    c->count = kept;
    if (kept > 0)
        return OK;
    return failed(err, ERR_NOT_FOUND, "the account has no key%s%s: "
                  "`memoryrouter-admin provider-key set` stores one",
                  c->only ? " of " : "", c->only ? c->only->name : "");
}

/* What could not even be tried is "unreachable". */
static void
check_key(struct check *c, const struct provider_key_row *key,
          struct cell *cells)
{
    struct admin        *m = c->m;
    struct inquiry       q = { .http = c->http, .conf = &m->conf,
                               .row = providers_row(&c->providers,
                                                    key->provider) };
    enum inquiry_verdict verdict = INQUIRY_UNREACHABLE;
    struct str           note = STR("the configuration has no such provider");
    struct error         err;

    if (q.row && provider_key_find(m->conn, m->arena, c->ring, c->account,
                                   key->provider, &q.key, &err) != OK)
        note = arena_copy(m->arena, str_from(err.text));
    else if (q.row)
        verdict = inquiry_key(m->arena, &q, &note);
    c->failed += verdict != INQUIRY_OK;
    cells[0] = CELL_T(key->provider);
    cells[1] = CELL_T(key->last_four);
    cells[2] = CELL_T(str_from(inquiry_word(verdict)));
    cells[3] = CELL_T(note);
}

enum status
cmd_provider_key_check(struct admin *m, struct error *err)
{
    struct check    c = { .m = m };
    struct progress progress;
    struct cell    *cells;
    enum status     st = open_check(&c, err);

    if (st != OK || (st = choose(&c, err)) != OK)
        return st;
    cells = arena_array(m->arena, struct cell, c.count * COUNT(columns));
    progress_begin(&progress, "asking");
    for (size_t i = 0; i < c.count; i++) {
        progress_show(&progress, (int64_t)i, (int64_t)c.count);
        check_key(&c, &c.keys[i], cells + i * COUNT(columns));
    }
    progress_end(&progress);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           c.count }, m->json);
    if (c.failed)
        return failed(err, ERR_UPSTREAM, "%zu of %zu keys did not pass",
                      c.failed, c.count);
    return OK;
}
