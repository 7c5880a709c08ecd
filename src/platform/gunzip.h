/*
 * Unpacking gzip (RFC 1952) as its bytes come, with one member behind the
 * other.  How much comes out is for the caller to limit.
 */
#ifndef PLATFORM_GUNZIP_H
#define PLATFORM_GUNZIP_H

#include "base/arena.h"

struct gunzip;

/* Lives until the arena ends. */
struct gunzip *gunzip_new(struct arena *a);

/*
 * Unpacks what `packed` begins with, and takes it away from it.
 *
 * got      bytes that came out, at most `max` (> 0); 0 when more has to come
 * Errors   ERR_INPUT: this is no gzip, or it is damaged
 */
enum status gunzip_some(struct gunzip *g, struct str *packed, char *into,
                        size_t max, size_t *got, struct error *err) MUST_CHECK;

/* No member has begun without having ended. */
bool gunzip_is_whole(const struct gunzip *g);

#endif
