/*
 * What the head of a request must be before anything in it is believed.
 *
 * Web servers differ in what they do with a header that comes twice: nginx
 * hands both over (newer ones join them), Apache joins them with a comma.  A
 * key or a session that is one of two would be a guess, so it is an error.
 */
#ifndef WEB_HEAD_H
#define WEB_HEAD_H

#include "web/request.h"

/*
 * No header is too large, and those that have one value have one.
 *
 * Errors   ERR_INPUT for the caller: "header_too_large", "header_repeated"
 */
enum status head_check(const struct request *r, struct error *err) MUST_CHECK;

/*
 * How the body is packed.
 *
 * is_gzip  else it is as it is
 * Errors   ERR_MEDIA for the caller: "unknown_encoding", or "unknown_charset"
 *          when it says that its text is not UTF-8
 */
enum status head_encoding(const struct request *r, bool *is_gzip,
                          struct error *err) MUST_CHECK;

#endif
