/* Patterns of names; the first that fits wins. */
#include "memory/timename.h"

#include "base/error.h"
#include "memory/calendar.h"

#include "base/banned.h"

enum {
    YEAR_MIN = 1900,
    YEAR_MAX = 2199,
};

/* Seasons, months and holidays that have gone by, or have begun. */
static struct period
latest(const struct period_now *now, struct period p, bool over)
{
    while ((over ? p.to_ms : p.from_ms) > now->ms)
        p = period_before(&p);
    return p;
}

static struct period
holiday(int64_t year, int code)
{
    int           month = code / 32, day = code % 32;
    struct period p = period_days(calendar_day(year, month, day),
                                  month == 12 && day == 24 ? 3 : 1);

    p.cycle_months = 12;
    return p;
}

/* What a name means that comes every year or week; `over`: it ended. */
static struct period
named(const struct timecursor *c, const struct timetoken *t, bool over)
{
    int64_t       year = calendar_date(c->now->day).year;
    struct period p;

    if (t->kind == TIME_WEEKDAY)
        return period_weekday(c->now, t->value);
    if (t->kind == TIME_SEASON)
        p = period_season(year, t->value);
    else if (t->kind == TIME_HOLIDAY)
        p = holiday(year, t->value);
    else
        p = period_month(year, t->value & 15);
    return latest(c->now, p, over);
}

static bool
is_name(const struct timetoken *t)
{
    return t->kind == TIME_WEEKDAY || t->kind == TIME_SEASON ||
           t->kind == TIME_HOLIDAY ||
           (t->kind == TIME_MONTH && !(t->value & TIME_SHORT));
}

/* A year behind a month or season, with "of" or without. */
static bool
take_year(struct timecursor *c, int64_t *year)
{
    struct timecursor y = *c;

    while (timecursor_is(&y, TIME_FILL) || timecursor_is(&y, TIME_FROM))
        y.at++;
    if (!timecursor_is(&y, TIME_NUMBER) || y.tokens[y.at].value < YEAR_MIN ||
        y.tokens[y.at].value > YEAR_MAX)
        return false;
    *year = y.tokens[y.at].value;
    c->at = y.at + 1;
    return true;
}

/* A day of the month that a token may be. */
static bool
is_day_number(const struct timetoken *t)
{
    return t->kind == TIME_NUMBER && t->value >= 1 && t->value <= 31;
}

static bool
give_day(const struct timecursor *c, struct timephrase *found, int month,
         int day, const int64_t *year)
{
    int64_t       y = year ? *year : calendar_date(c->now->day).year;
    struct period p;

    /* The 29th of February of a year that has one. */
    while (!year && (day > calendar_month_days(y, month) ||
                     calendar_day(y, month, day) > c->now->day)) {
        if (day > (month == 2 ? 29 : calendar_month_days(y, month)))
            return false;
        y--;
    }
    if (day > calendar_month_days(y, month))
        return false;
    p = period_days(calendar_day(y, month, day), 1);
    if (!year)
        p.cycle_months = 12;
    return timephrase_give(found, p);
}

/* "5 May 2023", "5. Mai", "the 5th of May". */
static bool
read_day_month(struct timecursor *c, struct timephrase *found)
{
    const struct timetoken *day = &c->tokens[c->at];
    int64_t                 year;
    int                     month;
    bool                    has_year;

    if (!is_day_number(day))
        return false;
    if (day->dotted && !(c->languages & ~LANGUAGE_BIT(LANGUAGE_ENGLISH)))
        return false; /* a sentence ended with a number */
    c->at++;
    while (timecursor_is(c, TIME_FILL) || timecursor_is(c, TIME_FROM))
        c->at++;
    if (!timecursor_is(c, TIME_MONTH))
        return false;
    month = c->tokens[c->at++].value & 15;
    has_year = take_year(c, &year);
    return give_day(c, found, month, day->value, has_year ? &year : NULL);
}

/* "May 5th, 2023" */
static bool
read_month_day(struct timecursor *c, struct timephrase *found)
{
    const struct timetoken *t = &c->tokens[c->at];
    int64_t                 year;
    bool                    has_year;

    if (t->kind != TIME_MONTH || !is_day_number(&t[1]) ||
        t[2].kind == TIME_UNIT || t[2].kind == TIME_MEASURE)
        return false;
    c->at += 2;
    has_year = take_year(c, &year);
    return give_day(c, found, t->value & 15, t[1].value,
                    has_year ? &year : NULL);
}

static bool
give_in_year(struct timephrase *found, const struct timetoken *t, int64_t year)
{
    if (t->kind == TIME_HOLIDAY)
        return timephrase_give(found, holiday(year, t->value));
    if (t->kind == TIME_MONTH)
        return timephrase_give(found, period_month(year, t->value & 15));
    /* The winter of a year may be the one that it begins with. */
    if (t->value == 12)
        timephrase_give(found, period_season(year - 1, 12));
    return timephrase_give(found, period_season(year, t->value));
}

/* "December 2023", "summer of 2023", "Christmas 2022". */
static bool
read_name_year(struct timecursor *c, struct timephrase *found)
{
    const struct timetoken *t = &c->tokens[c->at];
    int64_t                 year;

    if (t->kind != TIME_MONTH && t->kind != TIME_SEASON &&
        t->kind != TIME_HOLIDAY)
        return false;
    c->at++;
    if (!take_year(c, &year) || timecursor_is(c, TIME_MEASURE))
        return false;
    return give_in_year(found, t, year);
}

/* True when a name means a time where it stands; `said`: "last" or "this" is
 * beside it. */
static bool
is_meant(const struct timecursor *c, const struct timetoken *t, bool said)
{
    bool ambiguous = t->kind == TIME_MONTH && t->value & TIME_AMBIGUOUS;

    if (t->owner && ambiguous)
        return false; /* somebody's name */
    return said || c->expected || t->kind == TIME_WEEKDAY ||
           (t->kind == TIME_MONTH && !ambiguous);
}

/* A weekday, with a part of it or without. */
static bool
give_weekday(struct timecursor *c, struct timephrase *found,
             const struct timetoken *t, bool last)
{
    struct period day = named(c, t, last);
    int           part;

    if (timecursor_is(c, TIME_PART)) {
        part = c->tokens[c->at++].value;
        return timephrase_give(found,
                               period_part(period_now(day.from_ms).day,
                                           (enum time_part)part));
    }
    /* Who asks on a Tuesday what was on Tuesday may mean today. */
    if (!last && calendar_weekday(c->now->day) == t->value)
        timephrase_give(found, period_days(c->now->day, 1));
    return timephrase_give(found, day);
}

/* "last Friday", "this summer", "lundi dernier", "in May", "on Tuesday"; rough
 * where nothing but the name says that a time is meant. */
static bool
read_name(struct timecursor *c, struct timephrase *found)
{
    bool                    last = timecursor_is(c, TIME_LAST);
    bool                    this = timecursor_is(c, TIME_THIS);
    const struct timetoken *t;

    if (last || this)
        c->at++;
    t = &c->tokens[c->at];
    if (!is_name(t))
        return false;
    c->at++;
    if (!last && timecursor_is(c, TIME_LAST) &&
        c->tokens[c->at].value & TIME_BEHIND) {
        c->at++;
        last = true;
    }
    if (!is_meant(c, t, last || this))
        return false;
    if (t->kind == TIME_WEEKDAY)
        give_weekday(c, found, t, last);
    else
        timephrase_give(found, named(c, t, last));
    for (size_t i = 0; i < found->count; i++)
        found->list[i].rough = !last && !this && !c->expected;
    return true;
}

/* "in 2022" */
static bool
read_year(struct timecursor *c, struct timephrase *found)
{
    int64_t year;

    if (!c->expected || !timecursor_is(c, TIME_NUMBER) ||
        !take_year(c, &year) || timecursor_is(c, TIME_MEASURE) ||
        timecursor_is(c, TIME_UNIT))
        return false;
    return timephrase_give(found, period_year(year));
}

typedef bool pattern_fn(struct timecursor *c, struct timephrase *found);

static pattern_fn *const patterns[] = {
    read_day_month, read_month_day, read_name_year, read_name, read_year,
};

bool
timename_read(struct timecursor *c, struct timephrase *found)
{
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct timecursor here = *c;
        struct timephrase f = { .count = 0 };

        if (!patterns[i](&here, &f))
            continue;
        *c = here;
        *found = f;
        return true;
    }
    return false;
}
