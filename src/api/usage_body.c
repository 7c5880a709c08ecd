/* Usage, day by day and model by model. */
#include "api/usage_body.h"

#include "platform/clock.h"
#include "platform/json.h"
#include "store/usage.h"

#include "base/banned.h"

enum { DAYS_DEFAULT = 30, DAY_CHARS = 10 };

/* USD of a price in millionths of USD for a million tokens. */
static const double PRICE_UNIT = 1e12;

static enum status
read_day(const struct request *r, const char *name, int64_t *day,
         struct error *err)
{
    struct str text = request_query(r, name);
    int64_t    ms;

    if (text.len == 0)
        return OK;
    if (!clock_read_iso(text, &ms))
        return refused(err, ERR_INPUT, "invalid_date",
                       "Send days as YYYY-MM-DD, such as 2026-11-24, or times "
                       "such as 2026-11-24T19:30:00+01:00.",
                       "The parameter %s is no day", name);
    *day = ms / CLOCK_DAY_MS - (ms % CLOCK_DAY_MS < 0);
    return OK;
}

enum status
usage_body_period(const struct request *r, int64_t now_ms,
                  struct usage_period *period, struct error *err)
{
    enum status st;

    period->to_day = now_ms / CLOCK_DAY_MS;
    if ((st = read_day(r, "end", &period->to_day, err)) != OK)
        return st;
    period->from_day = period->to_day - DAYS_DEFAULT;
    if ((st = read_day(r, "start", &period->from_day, err)) != OK)
        return st;
    if (period->from_day > period->to_day)
        return refused(err, ERR_INPUT, "invalid_date",
                       "Send a start that is not after the end.",
                       "The period ends before it starts");
    return OK;
}

static void
add(struct usage_row *sum, const struct usage_row *row)
{
    sum->requests += row->requests;
    sum->errors += row->errors;
    sum->input_tokens += row->input_tokens;
    sum->output_tokens += row->output_tokens;
    sum->memories += row->memories;
    sum->memory_tokens += row->memory_tokens;
    sum->stored += row->stored;
    sum->router_ms += row->router_ms;
}

static struct str
day_text(struct arena *a, int64_t day)
{
    return str_slice(clock_iso(a, day * CLOCK_DAY_MS), 0, DAY_CHARS);
}

static void
write_sums(struct buf *b, const struct usage_row *s)
{
    buf_printf(b, "\"requestCount\":%lld,\"errorCount\":%lld,"
               "\"inputTokens\":%lld,\"outputTokens\":%lld,"
               "\"memoryTokensRetrieved\":%lld,"
               "\"memoryTokensInjected\":%lld,\"memoriesInjected\":%lld,"
               "\"memoriesStored\":%lld,\"avgLatencyMrMs\":%lld",
               (long long)s->requests, (long long)s->errors,
               (long long)s->input_tokens, (long long)s->output_tokens,
               (long long)s->memory_tokens, (long long)s->memory_tokens,
               (long long)s->memories, (long long)s->stored,
               (long long)(s->requests ? s->router_ms / s->requests : 0));
}

/* Rows are in order of day. */
static void
write_daily(struct buf *b, struct arena *a, const struct usage_row *rows,
            size_t count)
{
    buf_add(b, STR(",\"daily\":["));
    for (size_t i = 0, next; i < count; i = next) {
        struct usage_row day = { .day = rows[i].day };

        for (next = i; next < count && rows[next].day == day.day; next++)
            add(&day, &rows[next]);
        buf_printf(b, "%s{\"date\":\"%.*s\",", i ? "," : "",
                   STR_ARG(day_text(a, day.day)));
        write_sums(b, &day);
        buf_add_byte(b, '}');
    }
    buf_add_byte(b, ']');
}

static bool
same_model(const struct usage_row *l, const struct usage_row *r)
{
    return str_equal(l->provider, r->provider) &&
           str_equal(l->model, r->model);
}

/* Adds up the rows of each model where it first occurs; how many there are. */
static size_t
sum_models(struct usage_row *sums, const struct usage_row *rows, size_t count)
{
    size_t models = 0;

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;

        while (k < models && !same_model(&sums[k], &rows[i]))
            k++;
        if (k == models)
            sums[models++] = rows[i];
        else
            add(&sums[k], &rows[i]);
    }
    return models;
}

/* A price that is not known is not guessed. */
static void
write_cost(struct buf *b, const struct usage_row *s)
{
    if (s->input_price < 0 || s->output_price < 0)
        return;
    buf_printf(b, ",\"cost_usd\":%.6f",
               ((double)s->input_tokens * (double)s->input_price +
                (double)s->output_tokens * (double)s->output_price) /
                   PRICE_UNIT);
}

static void
write_models(struct buf *b, struct arena *a, const struct usage_row *rows,
             size_t count)
{
    struct usage_row *sums = arena_array(a, struct usage_row, count);
    size_t            models = sum_models(sums, rows, count);

    buf_add(b, STR(",\"by_model\":{"));
    for (size_t i = 0; i < models; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        json_add_string(b, arena_printf(a, "%.*s/%.*s",
                                        STR_ARG(sums[i].provider),
                                        STR_ARG(sums[i].model)));
        buf_printf(b, ":{\"requests\":%lld,\"input_tokens\":%lld,"
                   "\"output_tokens\":%lld,\"memory_tokens\":%lld",
                   (long long)sums[i].requests,
                   (long long)sums[i].input_tokens,
                   (long long)sums[i].output_tokens,
                   (long long)sums[i].memory_tokens);
        write_cost(b, &sums[i]);
        buf_add_byte(b, '}');
    }
    buf_add_byte(b, '}');
}

static void
write_all(struct buf *b, struct arena *a, int64_t key_id, struct str key_name,
          const struct usage_period *period, const struct usage_row *rows,
          size_t count)
{
    struct usage_row sum = { .requests = 0 };

    for (size_t i = 0; i < count; i++)
        add(&sum, &rows[i]);
    buf_add(b, STR("{\"key\":"));
    json_add_or_null(b, key_name);
    buf_printf(b, ",\"key_id\":%lld,\"period\":{\"start\":\"%.*s\","
               "\"end\":\"%.*s\"}", (long long)key_id,
               STR_ARG(day_text(a, period->from_day)),
               STR_ARG(day_text(a, period->to_day)));
    write_daily(b, a, rows, count);
    buf_add(b, STR(",\"summary\":{\"memoryKey\":"));
    json_add_or_null(b, key_name);
    buf_add_byte(b, ',');
    write_sums(b, &sum);
    buf_printf(b, "},\"total_requests\":%lld,\"total_input_tokens\":%lld,"
               "\"total_output_tokens\":%lld,\"total_memory_tokens\":%lld",
               (long long)sum.requests, (long long)sum.input_tokens,
               (long long)sum.output_tokens, (long long)sum.memory_tokens);
    write_models(b, a, rows, count);
    buf_add_byte(b, '}');
}

enum status
usage_body_write(struct buf *b, struct call *c, int64_t account_id,
                 int64_t key_id, struct str key_name,
                 const struct usage_period *period, struct error *err)
{
    struct arena     *a = c->request->arena;
    struct usage_row *rows;
    struct db_conn   *conn;
    size_t            count;
    enum status       st = db_borrow(c->service->db, &conn, err);

    if (st != OK)
        return st;
    st = usage_days(conn, a, account_id, key_id, period->from_day,
                    period->to_day, &rows, &count, err);
    db_return(c->service->db, conn);
    if (st == OK)
        write_all(b, a, key_id, key_name, period, rows, count);
    return st;
}
