/* Rights, limits, quotas. */
#include "turn/admission.h"

#include "turn/allowance.h"
#include "turn/measure.h"

#include "base/banned.h"

enum { SHORT_MS = 10000, LONG_MS = 60000 };

static int64_t
seconds_of(int64_t ms)
{
    return (ms + 999) / 1000;
}

static void
tell_limit(struct admission *a, const struct limiter_window *windows,
           const struct limiter_answer *answer)
{
    const struct limiter_window *w = &windows[answer->window];
    struct reply                *r = a->reply;

    if (answer->remaining == INT64_MAX)
        return; /* nothing is limited */
    reply_header_int(r, "RateLimit-Limit", w->most);
    reply_header_int(r, "RateLimit-Remaining", answer->remaining);
    reply_header_int(r, "RateLimit-Reset", seconds_of(answer->reset_ms));
    reply_keep_headers(r);
}

static enum status
too_many(struct admission *a, enum limit_kind kind, int64_t wait_ms,
         const char *hint, struct error *err)
{
    enum status st = refused(err, ERR_LIMIT, NULL, hint,
                             "Rate limit exceeded");

    error_members(err, "\"retry_after\":%.3f", (double)wait_ms / 1000);
    measure_refusal(a->service, kind);
    reply_header_int(a->reply, "Retry-After", seconds_of(wait_ms));
    reply_keep_headers(a->reply);
    return st;
}

enum status
admission_address(struct admission *a, struct error *err)
{
    const struct conf    *conf = a->service->conf;
    struct limiter_window window = { conf->address_requests_60s, LONG_MS };
    struct limiter_answer answer;

    if (!conf->rate_limit || window.most == 0)
        return OK;
    answer = limiter_take(a->service->limiter,
                          limiter_address(a->request->address), &window, 1,
                          a->now_ms);
    if (answer.admitted)
        return OK;
    tell_limit(a, &window, &answer);
    return too_many(a, LIMIT_ADDRESS, answer.wait_ms,
                    "This address sent too many requests without a key that "
                    "is known.", err);
}

/* The refusal of one who has no key, or one for sending too many of them. */
static enum status
unknown(struct admission *a, enum status st, struct error *err)
{
    struct error why;

    if (st != ERR_AUTH || admission_address(a, &why) == OK)
        return st;
    *err = why;
    return why.status;
}

static enum status
limit_speed(struct admission *a, const struct key_access *access,
            struct error *err)
{
    const struct conf    *conf = a->service->conf;
    uint64_t              who = limiter_key(access->key_id);
    static const enum limit_kind kinds[] = { LIMIT_KEY_10S, LIMIT_KEY_60S };
    struct limiter_window        windows[] = {
        { key_or(access->requests_10s, conf->key_requests_10s), SHORT_MS },
        { key_or(access->requests_60s, conf->key_requests_60s), LONG_MS },
    };
    int64_t most = key_or(access->concurrent, conf->key_concurrency);
    struct limiter_answer answer;

    if (!conf->rate_limit)
        return OK;
    answer = limiter_take(a->service->limiter, who, windows, COUNT(windows),
                          a->now_ms);
    tell_limit(a, windows, &answer);
    if (!answer.admitted)
        return too_many(a, kinds[answer.window], answer.wait_ms,
                        "Wait for as long as Retry-After says.", err);
    if (most <= 0)
        return OK;
    if (!limiter_enter(a->service->limiter, who, most, &a->lease))
        return too_many(a, LIMIT_CONCURRENCY, 1000,
                        "Too many requests of this key run at once; wait for "
                        "one of them to end.", err);
    measure_place(a->service, 1);
    return OK;
}

static enum status
check_right(const struct admission *a, const struct key_access *access,
            struct error *err)
{
    static const char hint[] = "Use a key with the scope, or let the owner of "
                               "the account change this key's scopes.";
    enum right        right;
    const char       *word;

    if (rights_have(access->rights, a->needed))
        return OK;
    for (size_t i = 0; (word = rights_word(i, &right)) != NULL; i++)
        if (right == a->needed)
            break;
    return refused(err, ERR_FORBIDDEN, "missing_scope", hint,
                   "This key lacks the scope %s", word ? word : "");
}

enum status
admission_key(struct admission *a, struct credentials *c,
              struct key_access *access, bool *graced, struct error *err)
{
    enum status st = credentials_read(a->request, c, err);

    if (st == OK)
        st = credentials_check(a->service, a->request->arena, c, a->now_ms,
                               access, graced, err);
    if (st != OK)
        return unknown(a, st, err);
    if ((st = limit_speed(a, access, err)) != OK ||
        (st = check_right(a, access, err)) != OK || *graced)
        return st;
    if (a->needed == RIGHT_CHAT)
        return allowance_tokens(a, access, err);
    if (a->needed == RIGHT_WRITE &&
        str_equal(a->request->method, STR("POST")))
        return allowance_memories(a, access, err);
    return OK;
}

/* sha256sum prints the name of the file behind it. */
static struct str
hash_wanted(const struct conf *conf)
{
    struct str text = str_from(conf->admin_secret);

    return str_slice(text, 0, 2 * CRYPTO_SHA256_BYTES);
}

enum status
admission_check_conf(const struct conf *conf, struct error *err)
{
    uint8_t    hash[CRYPTO_SHA256_BYTES];
    struct str text = str_from(conf->admin_secret);

    if (text.len == 0 ||
        (crypto_from_hex(hash_wanted(conf), hash, sizeof(hash)) &&
         (text.len == 2 * sizeof(hash) || text.ptr[2 * sizeof(hash)] == ' ')))
        return OK;
    return failed(err, ERR_CONFIG, "admin_secret_file: the file must hold the "
                  "SHA-256 of the secret: printf %%s SECRET | sha256sum");
}

/* Hashes have one length, so that the time of comparing tells nothing. */
static bool
is_secret(const struct admission *a, struct str given)
{
    const struct conf *conf = a->service->conf;
    uint8_t            hash[CRYPTO_SHA256_BYTES], wanted[sizeof(hash)];

    if (given.len == 0 ||
        !crypto_from_hex(hash_wanted(conf), wanted, sizeof(wanted)))
        return false;
    crypto_sha256(given, hash);
    return crypto_equal((struct str){ (const char *)hash, sizeof(hash) },
                        (struct str){ (const char *)wanted, sizeof(wanted) });
}

enum status
admission_secret(struct admission *a, struct error *err)
{
    struct str given = str_trim(request_header(a->request, "x-admin-key"));

    if (given.len == 0)
        given = credentials_bearer(a->request);
    if (is_secret(a, given))
        return OK;
    return unknown(a, refused(err, ERR_AUTH, "invalid_admin_secret",
                              "Send the server's admin secret as "
                              "`Authorization: Bearer ...` or as "
                              "`X-Admin-Key`; keys do not count here.",
                              "Unauthorized"), err);
}

void
admission_end(struct admission *a)
{
    if (a->lease.place)
        measure_place(a->service, -1);
    limiter_leave(a->service->limiter, &a->lease);
}
