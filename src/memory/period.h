/*
 * Stretches of time, as people name them: "last week", "3 days ago", "this
 * morning".  Times are milliseconds since 1970-01-01 on the clock of the place
 * (period_now.ms), so that days begin at midnight there.  Pure functions.
 */
#ifndef MEMORY_PERIOD_H
#define MEMORY_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/timewords.h"

struct period {
    int64_t from_ms;
    int64_t to_ms;         /* the first one that is out */
    bool    rough;         /* nobody could name its ends */
    int     cycle_months;  /* comes again after so much; 0: never */
    int     cycle_days;
};

struct period_now {
    int64_t ms;
    int64_t day;  /* of calendar.h */
};

struct period_now period_now(int64_t ms);

/* So many days from one on, as calendar.h numbers them. */
struct period period_days(int64_t first, int64_t count);

/* All of a month or year. */
struct period period_month(int64_t year, int month);
struct period period_year(int64_t year);

/* Three months from one on; from December into the next year. */
struct period period_season(int64_t year, int first_month);

/* A part of a day; the night ends on the next. */
struct period period_part(int64_t day, enum time_part part);

/* The unit that is now (back 0) or was before (1); weeks begin on Monday.
 * Minutes and hours are counted back from now. */
struct period period_unit(const struct period_now *now, enum time_unit unit,
                          int back);

/* The last so many, up to now. */
struct period period_rolling(const struct period_now *now, int count,
                             enum time_unit unit);

/* So many ago, and what one would still call so. */
struct period period_ago(const struct period_now *now, int count,
                         enum time_unit unit);

/* The weekday (1 Monday .. 7) before today. */
struct period period_weekday(const struct period_now *now, int weekday);

/* One cycle earlier. */
struct period period_before(const struct period *p);

#endif
