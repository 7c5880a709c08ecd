/*
 * The header Idempotency-Key: of two requests with the same one only the first
 * does something, and both get its answer.
 */
#ifndef API_IDEMPOTENCY_H
#define API_IDEMPOTENCY_H

#include "api/caller.h"
#include "store/once.h"

struct idempotency {
    struct once once;
    bool        wanted;    /* the request has a key */
    bool        answered;  /* it was answered before: done here */
    int64_t     done_at;   /* where to go on after a crash */
};

/*
 * Begins, or answers as before.
 *
 * name     "" takes the header's
 * asked    what the request asks for; another under the same name is refused
 * Errors   ERR_INPUT, ERR_CONFLICT for the caller; ERR_STORE
 */
enum status idempotency_begin(struct caller *who, struct str name,
                              struct str asked, struct idempotency *i,
                              struct error *err) MUST_CHECK;

/* Keeps the answer; when nothing was done (`st` is not OK, and done_at 0) the
 * key may be used again. */
void idempotency_end(struct caller *who, const struct idempotency *i,
                     enum status st, int http_status,
                     const struct buf *answer);

#endif
