/* Patterns of words that count from now; the first that fits wins. */
#include "memory/timephrase.h"

#include "base/error.h"
#include "memory/calendar.h"
#include "memory/timecursor.h"
#include "memory/timename.h"

#include "base/banned.h"

enum {
    COUNT_MAX = 5000,  /* more units ago than anybody says */
    FEW_UNITS = 3,     /* "the last days" */
};

/* A date in figures. */
static bool
read_date(struct timecursor *c, struct timephrase *found)
{
    const struct timetoken *t = &c->tokens[c->at];

    if (t->kind != TIME_DATE)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        struct calendar_date d = calendar_date(t->days[i]);

        timephrase_give(found, t->month ? period_month(d.year, d.month)
                             : period_days(t->days[i], 1));
    }
    c->at++;
    return true;
}

/* "today", "yesterday evening", "hier soir", "tonight". */
static bool
read_day(struct timecursor *c, struct timephrase *found)
{
    const struct timetoken *t = &c->tokens[c->at];
    int64_t                 day = c->now->day + t->value;
    struct timecursor       part;

    if (t->kind == TIME_SPAN) {
        c->at++;
        day = c->now->day - t->value / 8;
        return timephrase_give(found,
                               period_part(day,
                                           (enum time_part)(t->value % 8)));
    }
    if (t->kind != TIME_DAY)
        return false;
    c->at++;
    part = *c;
    timecursor_skip_fill(&part);
    if (!timecursor_is(&part, TIME_PART))
        return timephrase_give(found, period_days(day, 1));
    t = &part.tokens[part.at];
    c->at = part.at + 1;
    return timephrase_give(found, period_part(day, (enum time_part)t->value));
}

/* "the day before yesterday" */
static bool
read_day_before(struct timecursor *c, struct timephrase *found)
{
    const struct timetoken *t = &c->tokens[c->at];

    if (t->kind != TIME_UNIT || t->value != UNIT_DAY ||
        t[1].kind != TIME_BEFORE || t[2].kind != TIME_DAY)
        return false;
    c->at += 3;
    return timephrase_give(found, period_days(c->now->day + t[2].value - 1, 1));
}

/* "three", "a few", "a couple of"; `about`: not to be taken at its word. */
static bool
take_count(struct timecursor *c, int *count, bool *about)
{
    struct timecursor n = *c;

    *count = 0;
    *about = false;
    if (timecursor_is(&n, TIME_NUMBER))
        *count = n.tokens[n.at++].value;
    if (timecursor_is(&n, TIME_FEW)) {
        *count = n.tokens[n.at++].value;
        *about = true;
        timecursor_skip_fill(&n);
    }
    if (*count < 1 || *count > COUNT_MAX)
        return false;
    *c = n;
    return true;
}

static bool
take_unit(struct timecursor *c, enum time_unit *unit, bool *plural)
{
    const struct timetoken *t = &c->tokens[c->at];

    if (t->kind != TIME_UNIT)
        return false;
    *unit = (enum time_unit)(t->value & ~TIME_PLURAL);
    *plural = t->value & TIME_PLURAL;
    c->at++;
    return true;
}

/* "3 days ago", "vor 3 Tagen", "il y a 3 jours". */
static bool
read_ago(struct timecursor *c, struct timephrase *found)
{
    bool           said = timecursor_is(c, TIME_AGO_IS) ||
                          (timecursor_is(c, TIME_BEFORE) &&
                           c->tokens[c->at].value);
    bool           about, plural;
    int            count;
    enum time_unit unit;
    struct period  p;

    if (said)
        c->at++;
    if (!take_count(c, &count, &about) || !take_unit(c, &unit, &plural))
        return false;
    if (timecursor_is(c, TIME_AGO))
        c->at++;
    else if (!said)
        return false;
    p = period_ago(c->now, count, unit);
    if (about) {
        struct period more = period_ago(c->now, 2 * count, unit);

        p.from_ms = more.from_ms;
        p.rough = true;
    }
    return timephrase_give(found, p);
}

/* "the last 3 days", "past few weeks", "les 3 derniers jours". */
static bool
read_last_few(struct timecursor *c, struct timephrase *found)
{
    bool           counted, about = false, plural;
    int            count, last;
    enum time_unit unit;
    struct period  p;

    counted = timecursor_is(c, TIME_NUMBER) && take_count(c, &count, &about);
    if (!timecursor_is(c, TIME_LAST))
        return false;
    last = c->tokens[c->at++].value;
    if (counted && !(last & TIME_BEHIND))
        return false;
    counted = counted || take_count(c, &count, &about);
    if (!take_unit(c, &unit, &plural))
        return false;
    if (!counted && !plural && !(last & TIME_ROLLING))
        return false;
    if (!counted)
        count = plural ? FEW_UNITS : 1;
    p = period_rolling(c->now, about ? 2 * count : count, unit);
    p.rough = about || (!counted && plural);
    return timephrase_give(found, p);
}

/* "this week", "last year", "la semana pasada". */
static bool
read_unit(struct timecursor *c, struct timephrase *found)
{
    bool           last = timecursor_is(c, TIME_LAST);
    bool           this = timecursor_is(c, TIME_THIS);
    bool           follows_fill =
        c->at > 0 && c->tokens[c->at - 1].kind == TIME_FILL;
    bool           plural;
    enum time_unit unit;

    if (last || this)
        c->at++;
    if (!take_unit(c, &unit, &plural) || plural || unit == UNIT_MINUTE)
        return false;
    if (!last && timecursor_is(c, TIME_LAST) &&
        c->tokens[c->at].value & TIME_BEHIND) {
        c->at++;
        last = true;
    }
    if (unit == UNIT_WEEKEND && !last)
        this = this || c->expected || follows_fill;
    if ((!last && !this) || (unit == UNIT_DAY && last) ||
        (unit == UNIT_HOUR && this))
        return false;
    return timephrase_give(found, period_unit(c->now, unit, last));
}

/* "this morning", "last night". */
static bool
read_part(struct timecursor *c, struct timephrase *found)
{
    bool last = timecursor_is(c, TIME_LAST);
    int  part;

    if ((!last && !timecursor_is(c, TIME_THIS)) ||
        c->tokens[c->at + 1].kind != TIME_PART)
        return false;
    part = c->tokens[c->at + 1].value;
    if (last && part != PART_NIGHT && part != PART_EVENING)
        return false;
    c->at += 2;
    return timephrase_give(found, period_part(c->now->day - last,
                                   (enum time_part)part));
}

static bool
read_recent(struct timecursor *c, struct timephrase *found)
{
    struct period p;

    if (!timecursor_is(c, TIME_RECENT))
        return false;
    p = period_rolling(c->now, c->tokens[c->at++].value, UNIT_DAY);
    p.rough = true;
    return timephrase_give(found, p);
}

typedef bool pattern_fn(struct timecursor *c, struct timephrase *found);

static pattern_fn *const patterns[] = {
    read_date, read_day_before, read_day, read_ago, read_last_few, read_part,
    read_unit, read_recent, timename_read,
};

/* True when what stands before a token makes a time likely: "in", "from", "the
 * week of". */
static bool
is_expected(const struct timetext *text, size_t at)
{
    size_t                  before = at;
    const struct timetoken *t;

    while (before > 0 && text->tokens[before - 1].kind == TIME_FILL)
        before--;
    if (before == 0)
        return false;
    t = &text->tokens[before - 1];
    return t->kind == TIME_IN || (t->kind == TIME_FROM && t->value) ||
           (t->kind == TIME_UNIT && before < at);
}

bool
timephrase_at(const struct timetext *text, size_t at,
              const struct period_now *now, bool bounded,
              struct timephrase *found)
{
    bool expected = bounded || is_expected(text, at);

    if (at > 0 && (text->tokens[at - 1].kind == TIME_EVERY ||
                   text->tokens[at - 1].kind == TIME_NEXT))
        return false;
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct timecursor c = { text->tokens, now, text->languages, at,
                                expected };
        struct timephrase f = { .count = 0 };

        if (!patterns[i](&c, &f))
            continue;
        if (timecursor_is(&c, TIME_NEXT))
            return false;
        f.next = c.at;
        *found = f;
        return true;
    }
    return false;
}
