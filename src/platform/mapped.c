/* Mapping whole files. */
#include "platform/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

struct mapping {
    void  *bytes;
    size_t len;
};

static void
unmap(void *ptr)
{
    struct mapping *m = ptr;

    (void)munmap(m->bytes, m->len); /* what mmap() gave */
}

static enum status
map_open_file(struct arena *a, int fd, const char *path, struct str *bytes,
              struct error *err)
{
    struct mapping *m;
    struct stat     facts;
    void           *start;

    if (fstat(fd, &facts) != 0)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return failed(err, ERR_CONFIG, "%s is not a file", path);
    if (facts.st_size <= 0)
        return failed(err, ERR_CONFIG, "%s is empty", path);
    start = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (start == MAP_FAILED)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    m = arena_new(a, struct mapping);
    *m = (struct mapping){ start, (size_t)facts.st_size };
    arena_defer(a, unmap, m);
    *bytes = (struct str){ m->bytes, m->len };
    return OK;
}

enum status
mapped_file(struct arena *a, const char *path, struct str *bytes,
            struct error *err)
{
    int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum status st;

    if (fd < 0)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    st = map_open_file(a, fd, path, bytes, err);
    (void)close(fd); /* only read */
    return st;
}
