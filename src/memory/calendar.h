/*
 * Days of the Gregorian calendar as numbers: 0 is 1970-01-01.  Pure functions.
 * Source: Howard Hinnant, chrono-compatible low-level date algorithms.
 */
#ifndef MEMORY_CALENDAR_H
#define MEMORY_CALENDAR_H

#include <stdint.h>

struct calendar_date {
    int64_t year;
    int     month;  /* 1..12 */
    int     day;    /* 1..31 */
};

/* The number of a day.  Months beyond 1..12 count on into other years, and
 * days beyond the month into other months. */
int64_t calendar_day(int64_t year, int64_t month, int64_t day);

struct calendar_date calendar_date(int64_t day);

/* 1 Monday .. 7 Sunday. */
int calendar_weekday(int64_t day);

/* How many days a month (1..12) has. */
int calendar_month_days(int64_t year, int month);

/* The same day so many months later (earlier: below 0), or the last one of a
 * month that is too short. */
int64_t calendar_add_months(int64_t day, int64_t months);

#endif
