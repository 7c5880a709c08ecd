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
