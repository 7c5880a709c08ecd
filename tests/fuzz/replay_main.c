/*
 * Runs a fuzz target over its corpus, as a test: where there is no libFuzzer,
 * and in `make check`.
 *
 * fuzz_NAME reads TOP_SRCDIR/tests/fuzz/corpus/NAME; arguments are files to
 * run instead.  A target says that it failed by aborting.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fuzz/fuzz.h"

#include "base/banned.h"

enum { INPUT_MAX_BYTES = 1 << 20, PATH_BYTES = 4096, NAME_BYTES = 256 };

/* The input is copied to its exact size, so that sanitizers see its end. */
static int
replay(const char *path)
{
    static uint8_t input[INPUT_MAX_BYTES];
    FILE          *file = fopen(path, "rb");
    uint8_t       *exact;
    size_t         len;

    if (!file)
        return -1;
    len = fread(input, 1, sizeof(input), file);
    (void)fclose(file); /* only read */
    exact = malloc(len ? len : 1);
    if (!exact)
        return -1;
    memcpy(exact, input, len);
    (void)LLVMFuzzerTestOneInput(exact, len); /* always 0 */
    free(exact);
    return 0;
}

/* One TAP line; flushed first, so that a crash names its input. */
static int
report(int number, const char *path, const char *name)
{
    int st;

    (void)printf("# %s\n", name);
    (void)fflush(stdout);
    st = replay(path);
    (void)printf("%s %d - %s is handled\n", st == 0 ? "ok" : "not ok", number,
                 name);
    return st == 0 ? 0 : 1;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int
replay_folder(const char *folder)
{
    struct dirent **entries;
    int             count = scandir(folder, &entries, visible, by_name);
    int             failures = 0;

    if (count <= 0) {
        (void)printf("Bail out! no corpus in %s\n", folder);
        return 1;
    }
    (void)printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        char path[PATH_BYTES + NAME_BYTES];

        (void)snprintf(path, sizeof(path), "%s/%s", folder,
                       entries[i]->d_name);
        failures += report(i + 1, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return failures;
}

int
main(int argc, char **argv)
{
    const char *top = getenv("TOP_SRCDIR");
    const char *name = strrchr(argv[0], '/');
    char        folder[PATH_BYTES];
    int         failures = 0;

    if (argc > 1) {
        (void)printf("1..%d\n", argc - 1);
        for (int i = 1; i < argc; i++)
            failures += report(i, argv[i], argv[i]);
        return failures > 0;
    }
    name = name ? name + 1 : argv[0];
    if (strncmp(name, "fuzz_", 5) == 0)
        name += 5;
    (void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
                   top ? top : ".", name);
    return replay_folder(folder) > 0;
}
