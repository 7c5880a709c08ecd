/*
 * The header Idempotency-Key: of two requests with the same one only the first
 * does something, and both get its answer.  The key belongs to what was asked:
 * path, session and body; with another request it is refused.
 */
#ifndef API_IDEMPOTENCY_H
#define API_IDEMPOTENCY_H

#include "api/caller.h"
#include "store/once.h"

struct idempotency {
    struct once       once;
    bool              wanted;    /* the request has a key */
    bool              answered;  /* an earlier one has its answer in `before` */
    int64_t           done_at;   /* where to go on after a crash */
    struct once_state before;    /* its reply as idempotency_end() got it */
};

/*
 * Begins, or tells that it was answered before.
 *
 * name     "" takes the header's
 * asked    the body
 * Errors   ERR_INPUT; ERR_MISMATCH: another body came under the same name;
 *          ERR_CONFLICT; all for the caller.  ERR_STORE
 */
enum status idempotency_begin(struct caller *who, struct str name,
                              struct str asked, struct idempotency *i,
                              struct error *err) MUST_CHECK;

/*
 * The same for a body that comes in parts: each goes to idempotency_add().
 * When there was an earlier request, idempotency_check() has to be asked: at
 * the end when it was answered, else where done_at is.
 * Errors   ERR_INPUT, ERR_CONFLICT for the caller; ERR_STORE
 */
enum status idempotency_begin_parts(struct caller *who,
                                    struct idempotency *i,
                                    struct error *err) MUST_CHECK;

void idempotency_add(struct idempotency *i, struct str part);

/* Errors: ERR_MISMATCH for the caller: something else came before. */
enum status idempotency_check(const struct idempotency *i,
                              struct error *err) MUST_CHECK;

/* Says that the answer is the earlier one. */
void idempotency_mark(struct call *c);

/* Answers as before. */
void idempotency_answer(struct call *c, const struct idempotency *i);

/* Keeps the answer, which must hold no memory: it outlives what it tells of.
 * When nothing was done (`st` is not OK, and done_at 0) the key may be used
 * again. */
void idempotency_end(struct caller *who, const struct idempotency *i,
                     enum status st, int http_status,
                     struct str answer);

#endif
