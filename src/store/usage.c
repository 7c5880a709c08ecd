/* Sums of usage. */
#include "store/usage.h"

#include <time.h>

#include "platform/clock.h"
#include "platform/crypto.h"

#include "base/banned.h"

enum { OPEN_DAYS = 2 };  /* yesterday and the day before */

enum status
usage_days(struct db_conn *conn, struct arena *a, int64_t account_id,
           int64_t key_id, int64_t from_day, int64_t to_day,
           struct usage_row **list, size_t *count, struct error *err)
{
    struct db_value params[] = {
        DB_I(account_id), DB_I(key_id), DB_I(from_day), DB_I(to_day),
        DB_I(account_id), DB_I(key_id), DB_I(from_day * CLOCK_DAY_MS),
        DB_I((to_day + 1) * CLOCK_DAY_MS),
    };
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_USAGE_DAYS, params,
                               COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct usage_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);

        (*list)[i] = (struct usage_row){
            .day = v[0].number,
            .provider = v[1].text,
            .model = v[2].text,
            .requests = v[3].number,
            .errors = v[4].number,
            .input_tokens = v[5].number,
            .output_tokens = v[6].number,
            .memories = v[7].number,
            .memory_tokens = v[8].number,
            .stored = v[9].number,
            .router_ms = v[10].number,
            .input_price = v[11].number,
            .output_price = v[12].number,
        };
    }
    return OK;
}

/* The first day of the month. */
static int64_t
month_day(int64_t now_ms)
{
    time_t    seconds = (time_t)(now_ms / 1000);
    struct tm date;

    (void)gmtime_r(&seconds, &date); /* fails only in the year 2^31 */
    return now_ms / CLOCK_DAY_MS - (date.tm_mday - 1);
}

enum status
usage_month_tokens(struct db_conn *conn, struct arena *a, int64_t account_id,
                   int64_t key_id, int64_t now_ms, int64_t *tokens,
                   struct error *err)
{
    int64_t         day = month_day(now_ms);
    enum statement  id = key_id ? SQL_USAGE_SUM_KEY : SQL_USAGE_SUM_ACCOUNT;
    struct db_value params[] = {
        DB_I(account_id), DB_I(key_id), DB_I(day),
        DB_I(key_id ? key_id : account_id), DB_I(day * CLOCK_DAY_MS),
    };
    struct db_rows rows;
    enum status    st = db_run(conn, a, id, params, COUNT(params), &rows,
                               err);

    if (st == OK)
        *tokens = db_at(&rows, 0, 0)->number;
    return st;
}

static enum status
add_to_sums(struct db_conn *conn, struct str request_id, struct error *err)
{
    uint8_t         id[CRYPTO_REQUEST_ID_BYTES];
    struct db_value params[] = { DB_B(id, sizeof(id)) };
    enum status     st = crypto_request_id(request_id, id, err);

    return st == OK ? db_run(conn, NULL, SQL_USAGE_ADD_LATE, params,
                             COUNT(params), NULL, err) : st;
}

enum status
usage_reopen(struct db_conn *conn, struct arena *a, struct str request_id,
             int64_t event_ms, struct error *err)
{
    int64_t         day = event_ms / CLOCK_DAY_MS;
    struct db_value params[] = { DB_I(day), DB_I(day) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_USAGE_MARK_LOCK, NULL, 0, &rows,
                                err);

    if (st != OK)
        return st;
    if (rows.count && day < db_at(&rows, 0, 1)->number)
        return add_to_sums(conn, request_id, err);
    return db_run(conn, NULL, SQL_USAGE_MARK_BACK, params, COUNT(params),
                  NULL, err);
}

/* The mark is moved, and committed, before the first event goes. */
enum status
usage_sweep(struct db_conn *conn, struct arena *a, int64_t day,
            size_t *deleted, struct error *err)
{
    struct db_value keep[] = { DB_I(day), DB_I(day) };
    struct db_rows  rows;
    enum status     st = db_run(conn, NULL, SQL_USAGE_MARK_KEEP, keep,
                                COUNT(keep), NULL, err);

    *deleted = 0;
    if (st == OK)
        st = db_run(conn, a, SQL_USAGE_MARK_KEPT, NULL, 0, &rows, err);
    if (st != OK || rows.count == 0)
        return st;
    if (day > db_at(&rows, 0, 0)->number)
        day = db_at(&rows, 0, 0)->number;
    st = db_run(conn, NULL, SQL_USAGE_SWEEP,
                (struct db_value[]){ DB_I(day * CLOCK_DAY_MS) }, 1, NULL, err);
    if (st == OK)
        *deleted = (size_t)db_affected(conn);
    return st;
}

/* The first day that is not summed, or the first one with an event behind it:
 * days on which nothing happened need no sums. */
static enum status
next_day(struct db_conn *conn, struct arena *a, int64_t *day,
         struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_USAGE_MARK_LOCK, NULL, 0, &rows,
                               err);

    if (st != OK)
        return st;
    *day = rows.count ? db_at(&rows, 0, 0)->number : INT64_MAX;
    if (rows.count == 0)
        return OK;
    st = db_run(conn, a, SQL_USAGE_FIRST,
                (struct db_value[]){ DB_I(*day * CLOCK_DAY_MS) }, 1, &rows,
                err);
    if (st == OK)
        *day = db_at(&rows, 0, 0)->type == DB_NULL
                   ? INT64_MAX
                   : db_at(&rows, 0, 0)->number / CLOCK_DAY_MS;
    return st;
}

static enum status
roll_day(struct db_conn *conn, int64_t day, int64_t now_ms, struct error *err)
{
    struct db_value only_day[] = { DB_I(day) };
    struct db_value sum[] = { DB_I(day), DB_I(now_ms),
                              DB_I(day * CLOCK_DAY_MS),
                              DB_I((day + 1) * CLOCK_DAY_MS) };
    struct db_value mark[] = { DB_I(day + 1) };
    enum status     st = db_run(conn, NULL, SQL_USAGE_FORGET, only_day, 1,
                                NULL, err);

    if (st == OK)
        st = db_run(conn, NULL, SQL_USAGE_SUM_UP, sum, COUNT(sum), NULL, err);
    if (st == OK)
        st = db_run(conn, NULL, SQL_USAGE_MARK_SET, mark, 1, NULL, err);
    return st;
}

enum status
usage_roll(struct db_conn *conn, struct arena *a, int64_t now_ms,
           bool *rolled, struct error *err)
{
    int64_t     day = INT64_MAX;
    enum status st = db_begin(conn, err);

    *rolled = false;
    if (st != OK)
        return st;
    st = next_day(conn, a, &day, err);
    if (st != OK || day >= now_ms / CLOCK_DAY_MS - OPEN_DAYS) {
        db_rollback(conn);
        return st;
    }
    if ((st = roll_day(conn, day, now_ms, err)) != OK) {
        db_rollback(conn);
        return st;
    }
    if ((st = db_commit(conn, err)) == OK)
        *rolled = true;
    return st;
}
