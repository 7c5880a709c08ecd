/* What names of times mean. */
#include "memory/period.h"

#include "memory/calendar.h"

#include "base/banned.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

struct period_now
period_now(int64_t ms)
{
    return (struct period_now){ ms, ms / DAY_MS - (ms % DAY_MS < 0) };
}

struct period
period_days(int64_t first, int64_t count)
{
    return (struct period){ .from_ms = first * DAY_MS,
                            .to_ms = (first + count) * DAY_MS };
}

static struct period
between_days(int64_t first, int64_t end)
{
    return period_days(first, end - first);
}

/* So many months, of any year when none is said. */
static struct period
months(int64_t year, int first, int count)
{
    struct period p = between_days(calendar_day(year, first, 1),
                                   calendar_day(year, first + count, 1));

    p.cycle_months = 12;
    return p;
}

struct period
period_month(int64_t year, int month)
{
    return months(year, month, 1);
}

struct period
period_year(int64_t year)
{
    return between_days(calendar_day(year, 1, 1),
                        calendar_day(year + 1, 1, 1));
}

struct period
period_season(int64_t year, int first_month)
{
    return months(year, first_month, 3);
}

struct period
period_part(int64_t day, enum time_part part)
{
    static const struct {
        int from, to; /* hours */
    } parts[] = {
        [PART_MORNING] = { 4, 12 },
        [PART_AFTERNOON] = { 12, 18 },
        [PART_EVENING] = { 17, 24 },
        [PART_NIGHT] = { 18, 30 },
    };

    return (struct period){
        .from_ms = day * DAY_MS + parts[part].from * HOUR_MS,
        .to_ms = day * DAY_MS + parts[part].to * HOUR_MS,
    };
}

struct period
period_unit(const struct period_now *now, enum time_unit unit, int back)
{
    struct calendar_date today = calendar_date(now->day);
    int                  weekday = calendar_weekday(now->day);
    int64_t              first;

    switch (unit) {
    case UNIT_MINUTE:
    case UNIT_HOUR:
        return period_rolling(now, 1, unit);
    case UNIT_DAY:
        return period_days(now->day - back, 1);
    case UNIT_WEEK:
        return period_days(now->day - (weekday - 1) - 7 * back, 7);
    case UNIT_WEEKEND:
        /* On workdays "this weekend" is the one that was. */
        first = now->day - (weekday + 1) % 7;
        return period_days(weekday >= 6 ? first - 7 * back : first, 2);
    case UNIT_MONTH:
        first = calendar_day(today.year, today.month - back, 1);
        return between_days(first, calendar_add_months(first, 1));
    case UNIT_YEAR:
        break;
    }
    return period_year(today.year - back);
}

struct period
period_rolling(const struct period_now *now, int count, enum time_unit unit)
{
    struct period p = { .to_ms = now->ms };

    switch (unit) {
    case UNIT_MINUTE:
        p.from_ms = now->ms - count * MINUTE_MS;
        break;
    case UNIT_HOUR:
        p.from_ms = now->ms - count * HOUR_MS;
        break;
    case UNIT_DAY:
        p.from_ms = now->ms - count * DAY_MS;
        break;
    case UNIT_WEEK:
    case UNIT_WEEKEND:
        p.from_ms = now->ms - count * 7 * DAY_MS;
        break;
    case UNIT_MONTH:
        p.from_ms = calendar_add_months(now->day, -count) * DAY_MS;
        break;
    case UNIT_YEAR:
        p.from_ms = calendar_add_months(now->day, -12 * count) * DAY_MS;
        break;
    }
    return p;
}

/* The day with so many on both sides. */
static struct period
around(int64_t day, int64_t days)
{
    struct period p = period_days(day - days, 2 * days + 1);

    p.rough = days > 0;
    return p;
}

/* What is left of a time after so long, with a part of it on both sides. */
static struct period
elapsed(const struct period_now *now, int64_t ms, int64_t slack)
{
    return (struct period){ .from_ms = now->ms - ms - slack,
                            .to_ms = now->ms - ms + slack, .rough = true };
}

struct period
period_ago(const struct period_now *now, int count, enum time_unit unit)
{
    switch (unit) {
    case UNIT_MINUTE:
        return elapsed(now, count * MINUTE_MS,
                       count * MINUTE_MS / 2 + 5 * MINUTE_MS);
    case UNIT_HOUR:
        return elapsed(now, count * HOUR_MS,
                       count * HOUR_MS / 4 + HOUR_MS);
    case UNIT_DAY:
        return around(now->day - count, count / 7);
    case UNIT_WEEK:
    case UNIT_WEEKEND:
        return around(now->day - 7 * count, 3 + count / 2);
    case UNIT_MONTH:
        return around(calendar_add_months(now->day, -count), 15 + count);
    case UNIT_YEAR:
        break;
    }
    return around(calendar_add_months(now->day, -12 * count), 183);
}

struct period
period_weekday(const struct period_now *now, int weekday)
{
    int           back = calendar_weekday(now->day) - weekday;
    struct period p = period_days(now->day - back - 7 * (back <= 0), 1);

    p.cycle_days = 7;
    return p;
}

/* A moment so many months and days earlier, at the same time of day. */
static int64_t
moved(int64_t ms, int months, int days)
{
    int64_t day = period_now(ms).day;

    return ms + (calendar_add_months(day, -months) - days - day) * DAY_MS;
}

struct period
period_before(const struct period *p)
{
    struct period before = *p;

    before.from_ms = moved(p->from_ms, p->cycle_months, p->cycle_days);
    before.to_ms = moved(p->to_ms, p->cycle_months, p->cycle_days);
    return before;
}
