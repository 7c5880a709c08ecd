/* key add, list, rotate, rename and revoke. */
#include "admin/verbs.h"

#include <stdio.h>

#include "admin/table.h"
#include "base/utf8.h"
#include "store/keys.h"

#include "base/banned.h"

enum { NAME_MAX_CHARS = 255, GRACE_MOST_SECONDS = 30 * 86400 };

static const struct table_column columns[] = {
    { "id", CELL_NUMBER }, { "account", CELL_TEXT }, { "name", CELL_TEXT },
    { "last_four", CELL_TEXT }, { "state", CELL_TEXT },
    { "memories", CELL_NUMBER }, { "created_at", CELL_TIME },
    { "last_used_at", CELL_TIME }, { "revoked_at", CELL_TIME },
};

static const struct table_column made_columns[] = {
    { "id", CELL_NUMBER }, { "account", CELL_TEXT }, { "name", CELL_TEXT },
    { "key", CELL_TEXT },
};

enum status
cmd_key_add(struct admin *m, struct error *err)
{
    struct str       name = admin_text(m, "name"), secret, email;
    struct keys_settings settings;
    struct key_ring *ring;
    int64_t          account, id;
    enum status      st = admin_need(m, "account", &email, err);

    if (st != OK)
        return st;
    if (!utf8_valid(name) || utf8_count(name) > NAME_MAX_CHARS)
        return admin_usage(err, "--name: at most %d characters of UTF-8",
                           NAME_MAX_CHARS);
    if ((st = admin_connect(m, err)) != OK ||
        (st = admin_account(m, &account, err)) != OK ||
        (st = admin_ring(m, &ring, err)) != OK)
        return st;
    settings = keys_plain(name);
    st = keys_create(m->conn, m->arena, ring, account, &settings, &m->by, &id,
                     &secret, err);
    if (st != OK)
        return st;
    if (m->json) {
        struct cell cells[] = { CELL_N(id), CELL_T(email), CELL_T(name),
                                CELL_T(secret) };

        table_print_object(m->arena, &(struct table){
                               made_columns, COUNT(made_columns), cells, 1 });
    } else {
        (void)printf("key %lld of %.*s, shown only this once:\n%.*s\n",
                     (long long)id, STR_ARG(email), STR_ARG(secret));
    }
    return OK;
}

static void
fill_row(struct cell *cells, const struct keys_row *row)
{
    cells[0] = CELL_N(row->id);
    cells[1] = CELL_T(row->email);
    cells[2] = CELL_T(row->settings.name);
    cells[3] = CELL_T(row->last_four);
    cells[4] = CELL_T(row->revoked_ms ? STR("revoked") : STR("live"));
    cells[5] = CELL_N(row->memories);
    cells[6] = CELL_N(row->created_ms);
    cells[7] = CELL_N(row->last_used_ms);
    cells[8] = CELL_N(row->revoked_ms);
}

enum status
cmd_key_list(struct admin *m, struct error *err)
{
    struct keys_row *rows;
    struct cell    *cells;
    size_t          count;
    int64_t         account = 0;
    enum status     st = admin_connect(m, err);

    if (st == OK && admin_given(m, "account"))
        st = admin_account(m, &account, err);
    if (st == OK)
        st = keys_list(m->conn, m->arena, account, &rows, &count, err);
    if (st != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++)
        fill_row(cells + i * COUNT(columns), &rows[i]);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           count }, m->json);
    return OK;
}

/* The number that the first word is. */
static enum status
read_id(const struct admin *m, int64_t *id, struct error *err)
{
    if (str_to_int(m->words[0], id) && *id > 0)
        return OK;
    return admin_usage(err, "%s: ID is the number that `key list` shows",
                       m->verb->name);
}

enum status
cmd_key_rotate(struct admin *m, struct error *err)
{
    struct str       secret, given = admin_text(m, "grace-seconds");
    struct key_ring *ring;
    int64_t          id, seconds = 0;
    enum status      st = read_id(m, &id, err);

    if (st != OK)
        return st;
    if (given.len && (!str_to_int(given, &seconds) || seconds < 0 ||
                      seconds > GRACE_MOST_SECONDS))
        return admin_usage(err, "--grace-seconds: a whole number, at most "
                           "%d (30 days)", GRACE_MOST_SECONDS);
    if ((st = admin_connect(m, err)) != OK ||
        (st = admin_ring(m, &ring, err)) != OK ||
        (st = keys_rotate(m->conn, m->arena, ring, 0, id, seconds * 1000,
                          &m->by, &secret, err)) != OK)
        return st;
    if (m->json)
        (void)printf("{\"id\": %lld, \"key\": \"%.*s\"}\n", (long long)id,
                     STR_ARG(secret));
    else
        (void)printf("new secret of key %lld, shown only this once:\n%.*s\n",
                     (long long)id, STR_ARG(secret));
    return OK;
}

enum status
cmd_key_rename(struct admin *m, struct error *err)
{
    struct str      name;
    struct keys_row row;
    int64_t         id;
    enum status     st = read_id(m, &id, err);

    if (st != OK || (st = admin_need(m, "name", &name, err)) != OK)
        return st;
    if (!utf8_valid(name) || utf8_count(name) > NAME_MAX_CHARS)
        return admin_usage(err, "--name: at most %d characters of UTF-8",
                           NAME_MAX_CHARS);
    if ((st = admin_connect(m, err)) != OK ||
        (st = keys_find(m->conn, m->arena, 0, id, &row, err)) != OK)
        return st;
    row.settings.name = name;
    if ((st = keys_set(m->conn, m->arena, 0, id, &row.settings, &m->by,
                       err)) != OK)
        return st;
    if (m->json)
        (void)printf("{\"id\": %lld, \"state\": \"renamed\"}\n",
                     (long long)id);
    else
        (void)printf("key %lld renamed\n", (long long)id);
    return OK;
}

enum status
cmd_key_revoke(struct admin *m, struct error *err)
{
    int64_t     id;
    enum status st = read_id(m, &id, err);

    if (st != OK || (st = admin_connect(m, err)) != OK ||
        (st = keys_revoke(m->conn, m->arena, 0, id, &m->by, err)) != OK)
        return st;
    if (m->json)
        (void)printf("{\"id\": %lld, \"state\": \"revoked\"}\n",
                     (long long)id);
    else
        (void)printf("key %lld revoked\n", (long long)id);
    return OK;
}
