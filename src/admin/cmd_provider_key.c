/* provider-key set, list and remove. */
#include "admin/verbs.h"

#include <stdio.h>

#include "admin/table.h"
#include "provider/providers.h"
#include "store/provider_key.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "provider", CELL_TEXT }, { "last_four", CELL_TEXT },
    { "key_ring_id", CELL_NUMBER }, { "created_at", CELL_TIME },
};

/* The row's own name: what a turn looks for. */
static enum status
find_provider(struct admin *m, struct str *name, struct error *err)
{
    struct providers       providers;
    const struct provider *row;
    enum status st = providers_init(m->arena, &m->conf, &providers, err);

    if (st == OK)
        st = admin_provider(m, &providers, &row, err);
    if (st == OK)
        *name = str_from(row->name);
    return st;
}

enum status
cmd_provider_key_set(struct admin *m, struct error *err)
{
    struct str       secret, email, name;
    struct key_ring *ring;
    int64_t          account;
    enum status      st = admin_need(m, "account", &email, err);

    if (st != OK || (st = find_provider(m, &name, err)) != OK ||
        (st = admin_read_secret(m, admin_given(m, "key-file"), &secret,
                                err)) != OK)
        return st;
    secret = str_trim(secret);
    if ((st = provider_key_check(secret, err)) != OK ||
        (st = admin_connect(m, err)) != OK ||
        (st = admin_account(m, &account, err)) != OK ||
        (st = admin_ring(m, &ring, err)) != OK ||
        (st = provider_key_set(m->conn, m->arena, ring, account, name,
                               secret, &m->by, err)) != OK)
        return st;
    if (m->json)
        (void)printf("{\"provider\": \"%.*s\", \"state\": \"set\"}\n",
                     STR_ARG(name));
    else
        (void)printf("%.*s key of %.*s stored\n", STR_ARG(name),
                     STR_ARG(email));
    return OK;
}

enum status
cmd_provider_key_list(struct admin *m, struct error *err)
{
    struct provider_key_row *rows;
    struct cell             *cells;
    struct str               email;
    size_t                   count;
    int64_t                  account;
    enum status              st = admin_need(m, "account", &email, err);

    if (st != OK || (st = admin_connect(m, err)) != OK ||
        (st = admin_account(m, &account, err)) != OK ||
        (st = provider_key_list(m->conn, m->arena, account, &rows, &count,
                                err)) != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++) {
        struct cell *row = cells + i * COUNT(columns);

        row[0] = CELL_T(rows[i].provider);
        row[1] = CELL_T(rows[i].last_four);
        row[2] = CELL_N(rows[i].ring_id);
        row[3] = CELL_N(rows[i].created_ms);
    }
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           count }, m->json);
    return OK;
}

enum status
cmd_provider_key_remove(struct admin *m, struct error *err)
{
    struct str  email, name;
    int64_t     account;
    enum status st = admin_need(m, "account", &email, err);

    if (st != OK || (st = find_provider(m, &name, err)) != OK ||
        (st = admin_connect(m, err)) != OK ||
        (st = admin_account(m, &account, err)) != OK ||
        (st = provider_key_remove(m->conn, account, name, &m->by,
                                  err)) != OK)
        return st;
    if (m->json)
        (void)printf("{\"provider\": \"%.*s\", \"state\": \"removed\"}\n",
                     STR_ARG(name));
    else
        (void)printf("%.*s key of %.*s removed\n", STR_ARG(name),
                     STR_ARG(email));
    return OK;
}
