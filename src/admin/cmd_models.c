/* models list, models refresh. */
#include "admin/verbs.h"

#include "admin/table.h"
#include "provider/inquiry.h"
#include "store/model.h"
#include "store/provider_key.h"

#include "base/banned.h"

enum { PAGES_MAX = 50 };  /* of one provider's list */

/* models list. */

static const struct table_column list_columns[] = {
    { "provider", CELL_TEXT },    { "model", CELL_TEXT },
    { "context_tokens", CELL_NUMBER },
    { "usd_in", CELL_TEXT },      { "usd_out", CELL_TEXT },
    { "changed_at", CELL_TIME },
};

/* USD a million tokens, with what decimals it needs; "" when not known. */
static struct str
usd(struct arena *a, int64_t micros)
{
    struct str text;

    if (micros < 0)
        return STR("");
    text = arena_printf(a, "%lld.%06lld", (long long)(micros / 1000000),
                        (long long)(micros % 1000000));
    while (str_ends(text, STR("0")))
        text.len--;
    if (str_ends(text, STR(".")))
        text.len--;
    return text;
}

enum status
cmd_models_list(struct admin *m, struct error *err)
{
    struct model_row *models;
    struct cell      *cells;
    size_t            count;
    enum status       st = admin_connect(m, err);

    if (st != OK ||
        (st = model_list(m->conn, m->arena,
                         m->word_count ? m->words[0] : STR(""), &models,
                         &count, err)) != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(list_columns));
    for (size_t i = 0; i < count; i++) {
        struct cell *row = cells + i * COUNT(list_columns);

        row[0] = CELL_T(models[i].provider);
        row[1] = CELL_T(models[i].name);
        row[2] = CELL_N(models[i].context_tokens);
        row[3] = CELL_T(usd(m->arena, models[i].input_price));
        row[4] = CELL_T(usd(m->arena, models[i].output_price));
        row[5] = CELL_N(models[i].fetched_ms);
    }
    table_print(m->arena, &(struct table){ list_columns, COUNT(list_columns),
                                           cells, count }, m->json);
    return OK;
}

/* models refresh: what it prints. */

static const struct table_column change_columns[] = {
    { "provider", CELL_TEXT }, { "model", CELL_TEXT },
    { "change", CELL_TEXT },   { "context_tokens", CELL_NUMBER },
    { "before", CELL_NUMBER }, { "note", CELL_TEXT },
};

struct change {
    struct cell    cells[COUNT(change_columns)];
    struct change *next;
};

struct refresh {
    struct admin    *m;
    struct http     *http;
    struct providers providers;
    struct key_ring *ring;       /* NULL without --account */
    int64_t          account;
    struct change   *first;
    struct change  **last;
    size_t           changes;
    size_t           asked, failures;
};

static struct change *
add_change(struct refresh *r, const struct provider *row, struct str model,
           struct str what)
{
    struct change *c = arena_new(r->m->arena, struct change);

    c->cells[0] = CELL_T(str_from(row->name));
    c->cells[1] = CELL_T(model);
    c->cells[2] = CELL_T(what);
    *r->last = c;
    r->last = &c->next;
    r->changes++;
    return c;
}

static void
print_changes(const struct refresh *r)
{
    size_t       columns = COUNT(change_columns);
    struct cell *cells = arena_array(r->m->arena, struct cell,
                                     r->changes * columns);
    size_t       i = 0;

    for (const struct change *c = r->first; c; c = c->next)
        memcpy(cells + columns * i++, c->cells, sizeof(c->cells));
    table_print(r->m->arena, &(struct table){ change_columns, columns, cells,
                                              r->changes }, r->m->json);
}

/* Comparing with what is known. */

static const struct model_row *
find_known(const struct model_row *known, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(known[i].name, name))
            return &known[i];
    return NULL;
}

static bool
has_news(const struct model_row *known, const struct listing_model *seen)
{
    return !known ||
           (seen->context_tokens > 0 &&
            seen->context_tokens != known->context_tokens) ||
           (seen->input_price >= 0 &&
            seen->input_price != known->input_price) ||
           (seen->output_price >= 0 &&
            seen->output_price != known->output_price);
}

static enum status
save_model(struct refresh *r, const struct provider *row,
           const struct model_row *known, const struct listing_model *seen,
           struct error *err)
{
    struct change *c = add_change(r, row, seen->name,
                                  known ? STR("changed") : STR("new"));

    c->cells[3] = CELL_N(seen->context_tokens);
    if (known)
        c->cells[4] = CELL_N(known->context_tokens);
    return model_save(r->m->conn, &(struct model_row){
        .provider = str_from(row->name),
        .name = seen->name,
        .context_tokens = seen->context_tokens,
        .input_price = seen->input_price,
        .output_price = seen->output_price,
        .fetched_ms = r->m->now_ms,
    }, err);
}

static enum status
save_page(struct refresh *r, const struct provider *row,
          const struct model_row *known, size_t known_count,
          const struct listing_page *page, struct error *err)
{
    enum status st = db_begin(r->m->conn, err);

    for (size_t i = 0; st == OK && i < page->count; i++) {
        const struct model_row *one = find_known(known, known_count,
                                                 page->list[i].name);

        if (has_news(one, &page->list[i]))
            st = save_model(r, row, one, &page->list[i], err);
    }
    if (st == OK)
        return db_commit(r->m->conn, err);
    db_rollback(r->m->conn);
    return st;
}

/* The whole list of one provider. */
static enum status
refresh_provider(struct refresh *r, const struct provider *row,
                 struct str key, struct error *err)
{
    struct model_row   *known;
    struct listing_page page = { 0 };
    struct inquiry      q = { r->http, &r->m->conf, row, key };
    size_t              count, seen = 0, before = r->changes;
    enum status         st = model_list(r->m->conn, r->m->arena,
                                        str_from(row->name), &known, &count,
                                        err);

    for (int i = 0; st == OK && i < PAGES_MAX && (i == 0 || page.next.len);
         i++) {
        st = inquiry_page(r->m->arena, &q, page.next, &page, err);
        if (st == OK)
            st = save_page(r, row, known, count, &page, err);
        if (st == OK)
            seen += page.count;
    }
    if (st == OK && r->changes == before)
        add_change(r, row, STR(""), STR("none"))->cells[5] =
            CELL_T(arena_printf(r->m->arena, "%zu models", seen));
    return st;
}

/* Choosing whom to ask. */

/* The account's key if one was named, else the administrator's. */
static enum status
find_key(struct refresh *r, const struct provider *row, struct str *key,
         struct error *err)
{
    enum status st = OK;

    *key = STR("");
    if (r->ring)
        st = provider_key_find(r->m->conn, r->m->arena, r->ring, r->account,
                               str_from(row->name), key, err);
    if (st == OK && key->len == 0)
        *key = str_from(row->key);
    return st;
}

/* Asks if there is an address and a key; a provider that was named is asked
 * without a key too. */
static void
refresh_row(struct refresh *r, const struct provider *row, bool named)
{
    struct str   key;
    struct error why;
    enum status  st;

    if (row->flags & PROVIDER_DEMO || (!*row->origin && !named))
        return;
    st = find_key(r, row, &key, &why);
    if (st == OK && key.len == 0 && !(row->flags & PROVIDER_NO_KEY) && !named)
        return;
    r->asked++;
    if (st == OK)
        st = refresh_provider(r, row, key, &why);
    if (st == OK)
        return;
    r->failures++;
    add_change(r, row, STR(""), STR("FAILED"))->cells[5] =
        CELL_T(arena_copy(r->m->arena, str_from(why.text)));
}

static enum status
open_refresh(struct refresh *r, struct error *err)
{
    struct admin *m = r->m;
    enum status   st = providers_init(m->arena, &m->conf, &r->providers, err);

    r->last = &r->first;
    if (st != OK || (st = admin_connect(m, err)) != OK)
        return st;
    if (admin_given(m, "account") &&
        ((st = admin_account(m, &r->account, err)) != OK ||
         (st = admin_ring(m, &r->ring, err)) != OK))
        return st;
    return admin_http(m, &r->http, err);
}

enum status
cmd_models_refresh(struct admin *m, struct error *err)
{
    struct refresh         r = { .m = m };
    const struct provider *named = NULL;
    enum status            st = open_refresh(&r, err);

    if (st == OK && m->word_count)
        st = admin_provider(m, &r.providers, &named, err);
    if (st != OK)
        return st;
    for (size_t i = 0; i < r.providers.count; i++)
        if (!named || named == &r.providers.rows[i])
            refresh_row(&r, &r.providers.rows[i], named != NULL);
    print_changes(&r);
    if (r.asked == 0)
        return failed(err, ERR_NOT_FOUND, "there is no provider with a key: "
                      "add `key_env=` or `key_file=` to a `provider` line, or "
                      "name an --account that has keys");
    if (r.failures)
        return failed(err, ERR_UPSTREAM, "%zu of %zu providers gave no list",
                      r.failures, r.asked);
    return OK;
}
