/* Dates and their numbers. */
#include "memory/calendar.h"

#include "base/banned.h"

enum {
    DAYS_OF_400_YEARS = 146097,
    EPOCH_SHIFT = 719468,  /* days from 0000-03-01 to 1970-01-01 */
};

/* Division that rounds down. */
static int64_t
floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

int64_t
calendar_day(int64_t year, int64_t month, int64_t day)
{
    int64_t era, of_era, of_year;

    year += floor_div(month - 1, 12);
    month = month - 12 * floor_div(month - 1, 12);
    /* Years begin in March, so that the day that comes and goes is last. */
    year -= month <= 2;
    era = floor_div(year, 400);
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    of_era = (year - era * 400) * 365 + (year - era * 400) / 4 -
             (year - era * 400) / 100 + of_year;
    return era * DAYS_OF_400_YEARS + of_era - EPOCH_SHIFT + day - 1;
}

struct calendar_date
calendar_date(int64_t day)
{
    int64_t era, of_era, year, of_year, month;

    day += EPOCH_SHIFT;
    era = floor_div(day, DAYS_OF_400_YEARS);
    of_era = day - era * DAYS_OF_400_YEARS;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    month = (5 * of_year + 2) / 153;
    return (struct calendar_date){
        .year = year + era * 400 + (month >= 10),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(of_year - (153 * month + 2) / 5 + 1),
    };
}

int
calendar_weekday(int64_t day)
{
    int64_t since_monday = day + 3; /* 1970-01-01 was a Thursday */

    return (int)(since_monday - 7 * floor_div(since_monday, 7)) + 1;
}

int
calendar_month_days(int64_t year, int month)
{
    return (int)(calendar_day(year, month + 1, 1) -
                 calendar_day(year, month, 1));
}

int64_t
calendar_add_months(int64_t day, int64_t months)
{
    struct calendar_date d = calendar_date(day);
    int64_t              first = calendar_day(d.year, d.month + months, 1);
    struct calendar_date to = calendar_date(first);
    int                  last = calendar_month_days(to.year, to.month);

    return first + (d.day < last ? d.day : last) - 1;
}
