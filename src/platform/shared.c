/* Mapping files of state_dir. */
#include "platform/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

enum status
shared_open(const char *state_dir, const char *name, size_t len, void **bytes,
            struct error *err)
{
    char        path[PATH_MAX];
    struct stat st;
    int         n = snprintf(path, sizeof(path), "%s/%s", state_dir, name);
    int         fd, why;

    *bytes = MAP_FAILED;
    if (n < 0 || (size_t)n >= sizeof(path))
        return failed(err, ERR_CONFIG, "state_dir is too long");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && fstat(fd, &st) == 0 &&
        (st.st_size >= (off_t)len || ftruncate(fd, (off_t)len) == 0))
        *bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    why = errno;
    if (fd >= 0)
        (void)close(fd); /* the map stays */
    if (*bytes == MAP_FAILED)
        return failed(err, ERR_CONFIG, "%s: %s: the service's user must be "
                      "able to write in state_dir", path, strerror(why));
    return OK;
}

void
shared_close(void *bytes, size_t len)
{
    (void)munmap(bytes, len); /* what mmap() gave */
}
