/* Files without names. */
#include "platform/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/files.h"

#include "base/banned.h"

static enum status
wrong(struct error *err, const char *what)
{
    return failed(err, ERR_STORE, "a temporary file: %s: %s", what,
                  strerror(errno));
}

static void
close_file(void *fd)
{
    (void)close(*(int *)fd); /* nothing of it is kept */
}

enum status
tempfile_new(struct arena *a, const char *folder, int *fd, struct error *err)
{
    struct str path = arena_printf(a, "%s/temporary-XXXXXX", folder);
    char      *name = arena_alloc(a, path.len + 1);
    int       *file = arena_new(a, int);

    memcpy(name, path.ptr, path.len);
    if ((*file = mkostemp(name, O_CLOEXEC)) < 0)
        return wrong(err, "making it");
    arena_defer(a, close_file, file);
    if (unlink(name) != 0)
        return wrong(err, "taking its name away");
    *fd = *file;
    return OK;
}

enum status
tempfile_write(int fd, struct str bytes, struct error *err)
{
    return files_write(fd, bytes) ? OK : wrong(err, "writing");
}

enum status
tempfile_rewind(int fd, struct error *err)
{
    return lseek(fd, 0, SEEK_SET) == 0 ? OK : wrong(err, "going back");
}

enum status
tempfile_read(int fd, char *into, size_t max, size_t *got, struct error *err)
{
    ssize_t done;

    do
        done = read(fd, into, max);
    while (done < 0 && errno == EINTR);
    if (done < 0)
        return wrong(err, "reading");
    *got = (size_t)done;
    return OK;
}
