/* migrate: the schema, and the key ring of a new installation. */
#include "admin/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/table.h"
#include "store/keys.h"
#include "store/migrate.h"

#include "base/banned.h"

#ifndef SQLDIR
#define SQLDIR "/usr/local/share/memoryrouter/sql"
#endif

static const char *const states[] = {
    [MIGRATION_APPLIED] = "applied",
    [MIGRATION_PENDING] = "pending",
    [MIGRATION_CHANGED] = "changed",
};

static const struct table_column columns[] = {
    { "version", CELL_NUMBER }, { "name", CELL_TEXT },
    { "state", CELL_TEXT }, { "applied_at", CELL_TIME },
    { "checksum", CELL_TEXT },
};

static const char *
sql_folder(const struct admin *m)
{
    const char *folder = admin_given(m, "sql-dir");

    if (!folder)
        folder = getenv("MEMORYROUTER_SQL_DIR");
    return folder ? folder : SQLDIR;
}

static enum status
print_status(struct admin *m, struct error *err)
{
    struct migration *list;
    struct cell      *cells;
    size_t            count;
    enum status       st = migrate_status(m->conn, m->arena, sql_folder(m),
                                          &list, &count, err);

    if (st != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++) {
        struct cell *row = cells + i * COUNT(columns);

        row[0] = CELL_N(list[i].version);
        row[1] = CELL_T(list[i].name);
        row[2] = CELL_T(str_from(states[list[i].state]));
        row[3] = CELL_N(list[i].applied_ms);
        row[4] = CELL_T(list[i].checksum);
    }
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           count }, m->json);
    return OK;
}

/* A ring that is missing while keys exist was lost, not never made: a new one
 * would hide that. */
static enum status
make_ring(struct admin *m, bool *made, struct error *err)
{
    const char     *path = key_ring_path(m->arena, &m->conf);
    struct keys_row *keys;
    size_t          count;
    enum status     st;

    *made = false;
    if (access(path, F_OK) == 0)
        return OK;
    st = keys_list(m->conn, m->arena, 0, &keys, &count, err);
    if (st != OK)
        return st;
    if (count > 0)
        return failed(err, ERR_CONFIG, "key ring %s is gone, but there are "
                      "memory keys: restore it from your backup", path);
    st = key_ring_create(path, err);
    *made = st == OK;
    return st == ERR_CONFLICT ? OK : st; /* another migrate was faster */
}

enum status
cmd_migrate(struct admin *m, struct error *err)
{
    size_t      applied = 0;
    bool        ring = false;
    enum status st = admin_connect(m, err);

    if (st != OK)
        return st;
    if (admin_given(m, "status"))
        return print_status(m, err);
    st = migrate_run(m->conn, m->arena, sql_folder(m), m->now_ms, &applied,
                     err);
    if (st == OK)
        st = make_ring(m, &ring, err);
    if (st != OK)
        return st;
    if (m->json)
        (void)printf("{\"applied\": %zu, \"key_ring_created\": %s}\n",
                     applied, ring ? "true" : "false");
    else if (applied > 0)
        (void)printf("%zu applied\n", applied);
    else
        (void)printf("nothing to do\n");
    if (ring && !m->json)
        (void)printf("key ring created: %s (keep a backup of it)\n",
                     key_ring_path(m->arena, &m->conf));
    return OK;
}
