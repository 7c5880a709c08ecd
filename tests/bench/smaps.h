/* What memory this process takes. */
#ifndef BENCH_SMAPS_H
#define BENCH_SMAPS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of /proc/self/smaps_rollup ("Pss:"), in KiB; 0 where there is none. */
static inline double
memory_kib(const char *row)
{
    char   line[256];
    double kib = 0;
    FILE  *f = fopen("/proc/self/smaps_rollup", "r");

    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, row, strlen(row)) == 0)
            kib = strtod(line + strlen(row), NULL);
    if (f)
        (void)fclose(f);
    return kib;
}

#endif
