/* stats: what vaults hold. */
#include "admin/verbs.h"

#include "admin/table.h"
#include "admin/which.h"
#include "store/backlog.h"
#include "store/tally.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "vault", CELL_NUMBER }, { "memories", CELL_NUMBER },
    { "repeats", CELL_NUMBER }, { "tokens", CELL_NUMBER },
    { "vectors", CELL_NUMBER }, { "pending", CELL_NUMBER },
    { "sessions", CELL_NUMBER }, { "oldest", CELL_TIME },
    { "newest", CELL_TIME }, { "last_access", CELL_TIME },
};

static void
fill_row(struct cell *cells, int64_t vault_id, const struct tally *t)
{
    const int64_t numbers[] = {
        vault_id, t->memories, t->repeats, t->tokens, t->vectors, t->pending,
        t->sessions, t->oldest_ms, t->newest_ms, t->last_access_ms,
    };

    for (size_t i = 0; i < COUNT(numbers); i++)
        cells[i] = CELL_N(numbers[i]);
}

/* One vault, or all. */
static enum status
choose(struct admin *m, struct backlog_vault **list, size_t *count,
       struct error *err)
{
    enum status st;

    if (!admin_given(m, "vault") && !admin_given(m, "key")) {
        if ((st = admin_connect(m, err)) != OK)
            return st;
        return backlog_vaults(m->conn, m->arena, 0, list, count, err);
    }
    *list = arena_new(m->arena, struct backlog_vault);
    *count = 1;
    return which_vault(m, &(*list)->id, err);
}

enum status
cmd_stats(struct admin *m, struct error *err)
{
    struct backlog_vault *list;
    struct cell          *cells;
    size_t                count, rows = 0;
    enum status           st = choose(m, &list, &count, err);

    if (st != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++) {
        struct tally tally;

        st = tally_vault(m->conn, m->arena, list[i].id, &tally, err);
        if (st == ERR_NOT_FOUND)
            continue; /* removed meanwhile */
        if (st != OK)
            return st;
        if (m->conf.embedding == EMBED_NONE)
            tally.pending = 0;
        fill_row(&cells[rows++ * COUNT(columns)], list[i].id, &tally);
    }
    table_print(m->arena,
                &(struct table){ columns, COUNT(columns), cells, rows },
                m->json);
    return OK;
}
