/* usage: what an account used, by day and model. */
#include "admin/verbs.h"

#include "admin/table.h"
#include "platform/clock.h"
#include "store/usage.h"

#include "base/banned.h"

enum { DAYS_DEFAULT = 30, DAYS_MOST = 3660, DAY_CHARS = 10 };

static const struct table_column columns[] = {
    { "date", CELL_TEXT }, { "provider", CELL_TEXT }, { "model", CELL_TEXT },
    { "requests", CELL_NUMBER }, { "errors", CELL_NUMBER },
    { "input_tokens", CELL_NUMBER }, { "output_tokens", CELL_NUMBER },
    { "memories", CELL_NUMBER }, { "memory_tokens", CELL_NUMBER },
    { "stored", CELL_NUMBER },
};

static void
fill_row(struct arena *a, struct cell *cells, const struct usage_row *row)
{
    struct str date = clock_iso(a, row->day * CLOCK_DAY_MS);

    cells[0] = CELL_T(str_slice(date, 0, DAY_CHARS));
    cells[1] = CELL_T(row->provider);
    cells[2] = CELL_T(row->model);
    cells[3] = CELL_N(row->requests);
    cells[4] = CELL_N(row->errors);
    cells[5] = CELL_N(row->input_tokens);
    cells[6] = CELL_N(row->output_tokens);
    cells[7] = CELL_N(row->memories);
    cells[8] = CELL_N(row->memory_tokens);
    cells[9] = CELL_N(row->stored);
}

static enum status
read_number(const struct admin *m, const char *name, int64_t least,
            int64_t most, int64_t *number, struct error *err)
{
    struct str text = admin_text(m, name);

    if (text.len == 0 ||
        (str_to_int(text, number) && *number >= least && *number <= most))
        return OK;
    return admin_usage(err, "--%s: a whole number, %lld to %lld", name,
                       (long long)least, (long long)most);
}

enum status
cmd_usage(struct admin *m, struct error *err)
{
    struct usage_row *rows;
    struct cell      *cells;
    size_t            count;
    int64_t           account, key = 0, days = DAYS_DEFAULT;
    int64_t           today = m->now_ms / CLOCK_DAY_MS;
    enum status       st;

    if ((st = read_number(m, "days", 1, DAYS_MOST, &days, err)) != OK ||
        (st = read_number(m, "key", 1, INT64_MAX, &key, err)) != OK ||
        (st = admin_connect(m, err)) != OK ||
        (st = admin_account(m, &account, err)) != OK ||
        (st = usage_days(m->conn, m->arena, account, key, today - days + 1,
                         today, &rows, &count, err)) != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++)
        fill_row(m->arena, cells + i * COUNT(columns), &rows[i]);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           count }, m->json);
    return OK;
}
