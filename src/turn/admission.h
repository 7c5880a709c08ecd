/*
 * Who may do what, and how often: the first thing that happens to a request.
 *
 * The key is looked up, its rights are compared with what the endpoint needs,
 * and limits and quotas are applied.  Whoever has no key that is known is
 * limited by address, so that keys cannot be guessed.  A reply to a key tells
 * the limit that is nearest (RateLimit-Limit, -Remaining, -Reset); a refusal
 * for speed has Retry-After.
 */
#ifndef TURN_ADMISSION_H
#define TURN_ADMISSION_H

#include "turn/credentials.h"
#include "web/reply.h"

struct admission {
    const struct service *service;
    struct request       *request;
    struct reply         *reply;
    int64_t               now_ms;
    enum right            needed;  /* by the endpoint */
    struct limiter_lease  lease;
};

/*
 * The holder of a key.
 *
 * graced   as credentials_check() says
 * Errors   for the caller: ERR_AUTH, ERR_FORBIDDEN, ERR_LIMIT, ERR_QUOTA;
 *          ERR_STORE
 */
enum status admission_key(struct admission *a, struct credentials *c,
                          struct key_access *access, bool *graced,
                          struct error *err) MUST_CHECK;

/*
 * Whoever has the admin secret, as a bearer token or as X-Admin-Key; nothing
 * else opens, whatever it looks like.
 * Errors   for the caller: ERR_AUTH, ERR_LIMIT
 */
enum status admission_secret(struct admission *a,
                             struct error *err) MUST_CHECK;

/* Whether the option admin_secret_file is usable.  Errors: ERR_CONFIG. */
enum status admission_check_conf(const struct conf *conf,
                                 struct error *err) MUST_CHECK;

/* Anybody, by address.  Errors: ERR_LIMIT. */
enum status admission_address(struct admission *a,
                              struct error *err) MUST_CHECK;

/* The request is over, or its reply will be with the next bytes; may be called
 * twice, and without an admission. */
void admission_end(struct admission *a);

#endif
