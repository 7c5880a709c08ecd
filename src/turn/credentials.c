/* The keys of a request. */
#include "turn/credentials.h"

#include "base/banned.h"

/* The end of a key is shown, unless that were much of it. */
enum { SHOWN_BYTES = 4, SHOWN_FROM_BYTES = 12 };

static const struct {
    const char *suffix;
    int         mode;
} suffixes[] = {
    { ":read", MODE_READ }, { ":write", MODE_WRITE }, { ":off", MODE_OFF },
};

static bool
is_ours(struct str token)
{
    return str_starts(token, STR("mk_")) || str_starts(token, STR("mk-"));
}

struct str
credentials_bearer(const struct request *request)
{
    struct str value = str_trim(request_header(request, "authorization"));
    struct str scheme, token;

    if (!str_cut(value, ' ', &scheme, &token) ||
        !str_equal_nocase(scheme, STR("bearer")))
        return STR_NONE;
    token = str_trim(token);
    return str_find_byte(token, ' ') == STR_NOWHERE ? token : STR_NONE;
}

static void
cut_suffix(struct credentials *c)
{
    for (size_t i = 0; i < COUNT(suffixes); i++) {
        struct str suffix = str_from(suffixes[i].suffix);

        if (!str_ends(c->memory_key, suffix))
            continue;
        c->memory_key.len -= suffix.len;
        c->mode = suffixes[i].mode;
        return;
    }
}

static enum status
unauthenticated(struct error *err)
{
    return refused(err, ERR_AUTH, "missing_api_key",
                   "Send your memory key as `Authorization: Bearer mk_...`, "
                   "or as `X-Memory-Key: mk_...`.",
                   "Missing or invalid authentication");
}

enum status
credentials_read(const struct request *request, struct credentials *c,
                 struct error *err)
{
    const struct {
        struct str      token;
        enum auth_style style;
        bool            may_be_memory, may_be_provider;
    } places[] = {
        { request_header(request, "x-memory-key"), AUTH_OF_DIALECT, true,
          false },
        { request_header(request, "x-provider-key"), AUTH_OF_DIALECT, false,
          true },
        { credentials_bearer(request), AUTH_BEARER, true, true },
        { request_header(request, "x-api-key"), AUTH_X_API_KEY, true, true },
        { request_header(request, "x-goog-api-key"), AUTH_GOOGLE, true, true },
        { request_query(request, "key"), AUTH_GOOGLE, true, true },
    };

    *c = (struct credentials){ STR_NONE, MODE_UNSAID, STR_NONE,
                               AUTH_OF_DIALECT };
    for (size_t i = 0; i < COUNT(places); i++) {
        struct str token = str_trim(places[i].token);

        if (token.len == 0)
            continue;
        if (is_ours(token)) {
            if (places[i].may_be_memory && !c->memory_key.len)
                c->memory_key = token;
        } else if (places[i].may_be_provider && !c->provider_key.len) {
            c->provider_key = token;
            c->style = places[i].style;
        }
    }
    if (c->memory_key.len == 0)
        return unauthenticated(err);
    cut_suffix(c);
    return OK;
}

static enum status
look_up(const struct service *service, struct arena *a,
        const uint8_t hash[CRYPTO_HASH_BYTES], int64_t now_ms,
        struct key_access *access, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(service->db, &conn, err);

    if (st != OK)
        return st;
    st = key_find(conn, a, hash, access, err);
    if (st == ERR_AUTH)
        st = key_find_previous(conn, a, hash, now_ms, access, err);
    db_return(service->db, conn);
    return st;
}

struct str
credentials_shown(struct arena *a, const struct credentials *c)
{
    struct str key = c->memory_key;
    size_t     shown = key.len < SHOWN_FROM_BYTES ? 0 : SHOWN_BYTES;

    return arena_printf(a, "mk_...%.*s",
                        STR_ARG(str_slice(key, key.len - shown, key.len)));
}

enum status
credentials_check(const struct service *service, struct arena *a,
                  const struct credentials *c, int64_t now_ms,
                  struct key_access *access, bool *graced, struct error *err)
{
    uint8_t     hash[CRYPTO_HASH_BYTES];
    enum status st;

    *graced = false;
    crypto_hash_key(&service->ring, c->memory_key, hash);
    st = look_up(service, a, hash, now_ms, access, err);
    if (st == OK)
        grace_remember(service->grace, hash, access, now_ms);
    if (st == ERR_STORE &&
        grace_recall(service->grace, hash, now_ms, access)) {
        *graced = true;
        return OK;
    }
    if (st != ERR_AUTH)
        return st;
    grace_forget(service->grace, hash);
    return refused(err, ERR_AUTH, "invalid_api_key",
                   "Use a key that `memoryrouter-admin key list` shows as "
                   "live, or make one with `memoryrouter-admin key add`.",
                   "Invalid or inactive memory key");
}
