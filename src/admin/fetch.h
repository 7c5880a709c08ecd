/*
 * Downloading a large file: it goes on where an earlier try was cut, follows
 * redirects, and is complete and what the server announced before it gets its
 * name.
 *
 * While it is not whole it is PATH.part; PATH.tag names the version that the
 * part belongs to, so that halves of two versions are never put together.
 */
#ifndef ADMIN_FETCH_H
#define ADMIN_FETCH_H

#include "platform/http.h"

struct fetch {
    struct http  *http;
    struct arena *arena;
    int64_t       connect_ms;
    int64_t       silence_ms;
    size_t        max;         /* bytes of a file */
};

/*
 * Redirects from https lead to https only.  A file that is there is fetched
 * again, and replaced at once.
 *
 * Errors   ERR_UPSTREAM, ERR_TIMEOUT, ERR_TOO_LARGE with the address; the
 *          part stays unless it is wrong.  ERR_INTERNAL: the disk.
 */
enum status fetch_file(const struct fetch *f, const char *url,
                       const char *path, struct error *err) MUST_CHECK;

#endif
