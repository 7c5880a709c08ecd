/*
 * Usage as JSON, in the words of both generations of the compatible service:
 * daily[] and summary{} as its program has them, total_... and by_model{} as
 * its documents do.
 */
#ifndef API_USAGE_BODY_H
#define API_USAGE_BODY_H

#include "api/routes.h"
#include "base/buf.h"

/* Days since 1970 (UTC), both included. */
struct usage_period {
    int64_t from_day;
    int64_t to_day;
};

/* Query parameters start and end, YYYY-MM-DD; without them the last 30 days
 * and today.  Errors: ERR_INPUT for the caller. */
enum status usage_body_period(const struct request *r, int64_t now_ms,
                              struct usage_period *period,
                              struct error *err) MUST_CHECK;

/*
 * key_id     0: all keys of the account
 * key_name   as it may be shown; "": none
 * Errors     ERR_STORE
 */
enum status usage_body_write(struct buf *b, struct call *c,
                             int64_t account_id, int64_t key_id,
                             struct str key_name,
                             const struct usage_period *period,
                             struct error *err) MUST_CHECK;

#endif
