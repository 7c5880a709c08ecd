/* What several writers of files need. */
#ifndef PLATFORM_FILES_H
#define PLATFORM_FILES_H

#include "base/str.h"

/* Writes all of it, in as many pieces as it takes; false with errno. */
bool files_write(int fd, struct str bytes);

#endif
