/* audit: who changed what. */
#include "admin/verbs.h"

#include "admin/table.h"
#include "platform/clock.h"
#include "store/audit.h"

#include "base/banned.h"

enum { DAYS_DEFAULT = 30, DAYS_MOST = 36500, ROWS_MOST = 100000 };

static const struct table_column columns[] = {
    { "at", CELL_TIME }, { "actor", CELL_TEXT }, { "key", CELL_NUMBER },
    { "action", CELL_TEXT }, { "subject", CELL_TEXT },
    { "account", CELL_NUMBER }, { "request_id", CELL_TEXT },
};

static void
fill_row(struct cell *cells, const struct audit_row *row)
{
    cells[0] = CELL_N(row->at_ms);
    cells[1] = CELL_T(row->actor);
    cells[2] = CELL_N(row->key_id);
    cells[3] = CELL_T(row->action);
    cells[4] = CELL_T(row->subject);
    cells[5] = CELL_N(row->account_id);
    cells[6] = CELL_T(row->request_id);
}

enum status
cmd_audit(struct admin *m, struct error *err)
{
    struct str         since = admin_text(m, "since");
    struct audit_query q = { .account_id = 0 };
    struct audit_row  *rows;
    struct cell       *cells;
    size_t             count;
    int64_t            days = DAYS_DEFAULT;
    enum status        st;

    if (since.len &&
        (!str_to_int(since, &days) || days < 1 || days > DAYS_MOST))
        return admin_usage(err, "--since: a whole number of days, 1 to %d",
                           DAYS_MOST);
    q.since_ms = m->now_ms - days * CLOCK_DAY_MS;
    if ((st = admin_connect(m, err)) != OK ||
        (admin_given(m, "account") &&
         (st = admin_account(m, &q.account_id, err)) != OK) ||
        (st = audit_list(m->conn, m->arena, &q, ROWS_MOST, &rows, &count,
                         err)) != OK)
        return st;
    cells = arena_array(m->arena, struct cell, count * COUNT(columns));
    for (size_t i = 0; i < count; i++)
        fill_row(cells + i * COUNT(columns), &rows[i]);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           count }, m->json);
    return OK;
}
