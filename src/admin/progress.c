/* Progress bars. */
#include "admin/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "platform/clock.h"

#include "base/banned.h"

enum { PAUSE_US = 100 * 1000, BAR_CELLS = 30 };

void
progress_begin(struct progress *p, const char *what)
{
    *p = (struct progress){ what, isatty(STDERR_FILENO) == 1, 0 };
}

void
progress_show(struct progress *p, int64_t done, int64_t total)
{
    static const char full[BAR_CELLS + 1] = "##############################";
    int64_t now = clock_tick_us();
    int     cells;

    if (!p->wanted || (now - p->shown_us < PAUSE_US && done != total))
        return;
    p->shown_us = now;
    if (total <= 0) {
        (void)fprintf(stderr, "\r%s %lld", p->what, (long long)done);
        return; /* a bar that cannot be shown harms nobody */
    }
    if (done > total)
        done = total;
    cells = (int)(done * BAR_CELLS / total);
    (void)fprintf(stderr, "\r%s [%-*.*s] %3d %%", p->what, BAR_CELLS, cells,
                  full, (int)(done * 100 / total));
}

void
progress_end(struct progress *p)
{
    if (p->wanted && p->shown_us)
        (void)fprintf(stderr, "\r\033[K"); /* clears the line */
    p->wanted = false;
}
