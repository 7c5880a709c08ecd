/* Ages and shares. */
#include "memory/windows.h"

#include "base/banned.h"

static const char *const names[] = {
    [WINDOW_HOT] = "hot",
    [WINDOW_WORKING] = "working",
    [WINDOW_LONGTERM] = "longterm",
    [WINDOW_ARCHIVE] = "archive",
};

enum window
windows_find(const struct windows *w, int64_t occurred_ms)
{
    int window = WINDOW_HOT;

    while (window < WINDOW_ARCHIVE &&
           w->now_ms - occurred_ms > w->most_ms[window])
        window++;
    return (enum window)window;
}

size_t
windows_share(const struct windows *w, size_t all)
{
    size_t percent = (size_t)w->share_percent;

    return all / 100 * percent + all % 100 * percent / 100;
}

const char *
windows_name(enum window window)
{
    return names[window];
}
