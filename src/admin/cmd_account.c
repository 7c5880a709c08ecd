/* account add, account list. */
#include "admin/verbs.h"

#include <ctype.h>
#include <stdio.h>

#include "admin/table.h"
#include "base/utf8.h"
#include "store/account.h"

#include "base/banned.h"

enum {
    EMAIL_MAX_BYTES    = 254,  /* RFC 5321 */
    NAME_MAX_CHARS     = 255,
    PASSWORD_MIN_BYTES = 8,
};

static const struct table_column columns[] = {
    { "id", CELL_NUMBER }, { "email", CELL_TEXT }, { "name", CELL_TEXT },
    { "role", CELL_TEXT }, { "keys", CELL_NUMBER },
    { "created_at", CELL_TIME },
};

static void
fill_row(struct cell *cells, const struct account_row *row)
{
    cells[0] = CELL_N(row->id);
    cells[1] = CELL_T(row->email);
    cells[2] = CELL_T(row->name);
    cells[3] = CELL_T(row->role);
    cells[4] = CELL_N(row->keys);
    cells[5] = CELL_N(row->created_ms);
}

/* Something on both sides of one @, and nothing that hides in a terminal. */
static bool
is_email(struct str s)
{
    struct str local, domain;

    for (size_t i = 0; i < s.len; i++)
        if (isspace((unsigned char)s.ptr[i]) ||
            iscntrl((unsigned char)s.ptr[i]))
            return false;
    return s.len <= EMAIL_MAX_BYTES && utf8_valid(s) &&
           str_cut(s, '@', &local, &domain) && local.len > 0 &&
           domain.len > 0 && str_find_byte(domain, '@') == STR_NOWHERE;
}

static enum status
read_words(struct admin *m, struct account_row *row, struct error *err)
{
    enum status st = admin_need(m, "email", &row->email, err);

    if (st != OK)
        return st;
    row->name = admin_text(m, "name");
    row->role = admin_text(m, "role");
    if (row->role.len == 0)
        row->role = STR("user");
    if (!is_email(row->email))
        return admin_usage(err, "--email %.*s: not an e-mail address",
                           STR_ARG(str_slice(row->email, 0, 80)));
    if (!utf8_valid(row->name) || utf8_count(row->name) > NAME_MAX_CHARS)
        return admin_usage(err, "--name: at most %d characters of UTF-8",
                           NAME_MAX_CHARS);
    if (!str_equal(row->role, STR("user")) &&
        !str_equal(row->role, STR("admin")))
        return admin_usage(err, "--role: user or admin");
    return OK;
}

static enum status
read_password(struct admin *m, struct str *hash, struct error *err)
{
    const char *file = admin_given(m, "password-file");
    bool        piped = admin_given(m, "password-stdin");
    struct str  password;
    enum status st;

    *hash = STR("");
    if (file && piped)
        return admin_usage(err, "--password-file or --password-stdin, not "
                           "both");
    if (!file && !piped)
        return OK;
    st = admin_read_secret(m, file, &password, err);
    if (st != OK)
        return st;
    if (password.len < PASSWORD_MIN_BYTES)
        return failed(err, ERR_INPUT, "the password is too short: at least "
                      "%d bytes", PASSWORD_MIN_BYTES);
    return crypto_hash_password(m->arena, password, hash, err);
}

enum status
cmd_account_add(struct admin *m, struct error *err)
{
    struct account_row row = { .created_ms = m->now_ms };
    struct account_new new = { .tokens_per_month = -1 };
    struct cell        cells[COUNT(columns)];
    enum status        st = read_words(m, &row, err);

    if (st != OK || (st = read_password(m, &new.password_hash, err)) != OK ||
        (st = admin_connect(m, err)) != OK)
        return st;
    new.email = row.email;
    new.name = row.name;
    new.role = row.role;
    st = account_create(m->conn, &new, &m->by, &row.id, err);
    if (st != OK)
        return st;
    fill_row(cells, &row);
    if (m->json)
        table_print_object(m->arena, &(struct table){
                               columns, COUNT(columns), cells, 1 });
    else
        (void)printf("account %lld added: %.*s\n", (long long)row.id,
                     STR_ARG(row.email));
    return OK;
}

enum status
cmd_account_list(struct admin *m, struct error *err)
{
    struct account_row *rows;
    struct cell        *cells;
    size_t              count;
    enum status         st = admin_connect(m, err);

    if (st != OK)
        return st;
    st = account_list(m->conn, m->arena, &rows, &count, err);
    if (st != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++)
        fill_row(cells + i * COUNT(columns), &rows[i]);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           count }, m->json);
    return OK;
}

static const struct table_column removed_columns[] = {
    { "id", CELL_NUMBER }, { "keys", CELL_NUMBER }, { "vaults", CELL_NUMBER },
    { "memories", CELL_NUMBER }, { "usage_events", CELL_NUMBER },
};

/* The e-mail is asked for twice, because nothing brings it back. */
enum status
cmd_account_remove(struct admin *m, struct error *err)
{
    struct account_removed gone;
    struct account_row     row;
    struct str             again;
    enum status            st = admin_need(m, "really", &again, err);

    if (st != OK)
        return st;
    if (!str_equal(again, m->words[0]))
        return admin_usage(err, "account remove: --really must repeat the "
                           "e-mail address");
    if ((st = admin_connect(m, err)) != OK ||
        (st = account_find(m->conn, m->arena, again, &row, err)) != OK ||
        (st = account_remove(m->conn, m->arena, row.id, &m->by, &gone,
                             err)) != OK)
        return st;
    struct cell cells[] = { CELL_N(row.id), CELL_N(gone.keys),
                            CELL_N(gone.vaults), CELL_N(gone.memories),
                            CELL_N(gone.events) };

    if (m->json)
        table_print_object(m->arena, &(struct table){
                               removed_columns, COUNT(removed_columns), cells,
                               1 });
    else
        (void)printf("account %lld removed with %lld keys, %lld vaults, %lld "
                     "memories and %lld records of usage\n",
                     (long long)row.id, (long long)gone.keys,
                     (long long)gone.vaults, (long long)gone.memories,
                     (long long)gone.events);
    return OK;
}
