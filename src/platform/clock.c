/* Time: now, a tick, and two ways to write it. */
#include "platform/clock.h"

#include <time.h>

#include "base/banned.h"

int64_t
clock_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_tick_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
clock_pause_ms(int64_t ms)
{
    struct timespec wait = { ms / 1000, ms % 1000 * 1000000 };

    (void)nanosleep(&wait, NULL); /* shorter is fine */
}

static struct tm
utc_parts(int64_t epoch_ms)
{
    time_t    seconds = (time_t)(epoch_ms / 1000 - (epoch_ms % 1000 < 0));
    struct tm utc = { 0 };

    (void)gmtime_r(&seconds, &utc); /* years beyond int stay 1900 */
    return utc;
}

struct str
clock_iso(struct arena *a, int64_t epoch_ms)
{
    struct tm utc = utc_parts(epoch_ms);

    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                        utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                        utc.tm_hour, utc.tm_min, utc.tm_sec,
                        (int)((epoch_ms % 1000 + 1000) % 1000));
}

struct str
clock_minute(struct arena *a, int64_t epoch_ms)
{
    struct tm utc = utc_parts(epoch_ms);

    return arena_printf(a, "%04d-%02d-%02d %02d:%02d UTC", utc.tm_year + 1900,
                        utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min);
}

/* What is left to read. */
struct reading {
    struct str rest;
    bool       good;
};

static bool
take(struct reading *r, char byte)
{
    if (r->rest.len == 0 || r->rest.ptr[0] != byte)
        return false;
    r->rest = str_slice(r->rest, 1, r->rest.len);
    return true;
}

/* A number of just so many digits, within bounds. */
static int64_t
take_number(struct reading *r, size_t digits, int64_t least, int64_t most)
{
    int64_t number = -1;

    if (r->rest.len < digits || r->rest.ptr[0] == '-' ||
        !str_to_int(str_slice(r->rest, 0, digits), &number) ||
        number < least || number > most)
        r->good = false;
    r->rest = str_slice(r->rest, digits, r->rest.len);
    return number;
}

static void
need(struct reading *r, char byte)
{
    r->good = take(r, byte) && r->good;
}

/* Days since 1970.  Source: Howard Hinnant, "chrono-compatible low-level date
 * algorithms", days_from_civil. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 +
                      day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

static int64_t
take_date(struct reading *r)
{
    static const int64_t lengths[] = { 31, 29, 31, 30, 31, 30,
                                       31, 31, 30, 31, 30, 31 };
    int64_t year = take_number(r, 4, 1, 9999), month, day;

    need(r, '-');
    month = take_number(r, 2, 1, 12);
    need(r, '-');
    day = take_number(r, 2, 1, 31);
    if (!r->good || day > lengths[month - 1] ||
        (month == 2 && day == 29 &&
         (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))) {
        r->good = false;
        return 0;
    }
    return days_of(year, month, day);
}

/* Hours and minutes, in minutes. */
static int64_t
take_minutes(struct reading *r)
{
    int64_t hours = take_number(r, 2, 0, 23);

    (void)take(r, ':'); /* may be missing */
    return hours * 60 + take_number(r, 2, 0, 59);
}

static int64_t
take_milliseconds(struct reading *r)
{
    int64_t unit = 100, sum = 0;

    while (r->rest.len && r->rest.ptr[0] >= '0' && r->rest.ptr[0] <= '9') {
        sum += (r->rest.ptr[0] - '0') * unit;
        unit /= 10;
        r->rest = str_slice(r->rest, 1, r->rest.len);
    }
    return sum;
}

bool
clock_read_iso(struct str text, int64_t *epoch_ms)
{
    struct reading r = { text, true };
    int64_t        minutes = take_date(&r) * 24 * 60, ms = 0;

    if (r.rest.len && (take(&r, 'T') || take(&r, 't') || take(&r, ' '))) {
        minutes += take_minutes(&r);
        if (take(&r, ':'))
            ms = take_number(&r, 2, 0, 60) * 1000;
        if (take(&r, '.'))
            ms += take_milliseconds(&r);
        if (take(&r, '+'))
            minutes -= take_minutes(&r);
        else if (take(&r, '-'))
            minutes += take_minutes(&r);
        else if (!take(&r, 'Z'))
            (void)take(&r, 'z'); /* none: UTC */
    }
    if (!r.good || r.rest.len)
        return false;
    *epoch_ms = minutes * 60000 + ms;
    return true;
}
