/*
 * The keys of a request: the memory key that opens a vault, and the provider
 * key that the caller may have sent along.  One parser for all routes.
 */
#ifndef TURN_CREDENTIALS_H
#define TURN_CREDENTIALS_H

#include "turn/service.h"
#include "web/request.h"

enum { MODE_UNSAID = -1 };

struct credentials {
    struct str memory_key;    /* without its suffix */
    int        mode;          /* enum conf_mode of the suffix, or MODE_UNSAID */
    struct str provider_key;  /* never one of ours; "" when none was sent     */
    enum auth_style style;    /* how it was sent; AUTH_OF_DIALECT: no matter  */
};

/*
 * Memory key: X-Memory-Key, Authorization, x-api-key, x-goog-api-key, ?key=,
 * the first that begins with mk_ or mk-.  Provider key: X-Provider-Key,
 * Authorization, x-api-key, x-goog-api-key, the first that does not.
 *
 * Errors   ERR_AUTH for the caller
 */
enum status credentials_read(const struct request *request,
                             struct credentials *c,
                             struct error *err) MUST_CHECK;

/* The token of "Authorization: Bearer TOKEN", the scheme in any case; "" for
 * anything else. */
struct str credentials_bearer(const struct request *request);

/* The memory key as it may be shown: "mk_...wxyz", owned by the arena. */
struct str credentials_shown(struct arena *a, const struct credentials *c);

/*
 * What the memory key opens.
 *
 * graced   the database is away and the key was seen a moment ago: serve
 *          without memory
 * Errors   ERR_AUTH for the caller, ERR_STORE
 */
enum status credentials_check(const struct service *service, struct arena *a,
                              const struct credentials *c, int64_t now_ms,
                              struct key_access *access, bool *graced,
                              struct error *err) MUST_CHECK;

#endif
