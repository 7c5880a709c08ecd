/* Writing. */
#include "platform/files.h"

#include <errno.h>
#include <unistd.h>

#include "base/banned.h"

bool
files_write(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0)
            bytes = str_slice(bytes, (size_t)put, bytes.len);
    }
    return true;
}
