/* Heads of requests. */
#include "web/head.h"

#include <assert.h>
#include <ctype.h>

#include <fcgiapp.h>

#include "platform/conf.h"

#include "base/banned.h"

/* What one of two would be a guess of.  Servers join values with a comma and a
 * blank; a session's name that has them goes into the body. */
static const struct single {
    const char *name;
    bool        has_blanks;  /* of its own, so that none tells of two */
} singles[] = {
    { "Authorization", false },
    { "X-Memory-Key", false },
    { "X-Provider-Key", false },
    { "X-Api-Key", false },
    { "X-Goog-Api-Key", false },
    { "X-Admin-Key", false },
    { "Content-Type", false },
    { "Content-Encoding", true },
    { "Idempotency-Key", false },
    { "X-Session-ID", false },
    { "X-Session-Scope", false },
    { "X-Memory-Mode", false },
    { "X-Memory-Store", false },
    { "X-Memory-Store-Response", false },
    { "X-Memory-Context-Limit", false },
    { "X-Memory-Placement", false },
    { "X-Store-Input", false },
    { "X-Store-Response", false },
    { "X-Context-Limit", false },
    { "X-Debug", false },
    { "Origin", false },
    { "MCP-Protocol-Version", false },
    { "Mcp-Method", false },
    { "Mcp-Name", false },
};

/* The names by which a body's text may say that it is UTF-8. */
static const char *const charsets[] = { "utf-8", "utf8", "us-ascii", "ascii" };

/* Whether a FastCGI parameter's name, without HTTP_, is this header's. */
static bool
is_named(struct str param, const char *header)
{
    if (param.len != strlen(header))
        return false;
    for (size_t i = 0; i < param.len; i++)
        if (param.ptr[i] != (header[i] == '-'
                                 ? '_' : toupper((unsigned char)header[i])))
            return false;
    return true;
}

/* Whether a server joined two values; what is quoted belongs to one. */
static bool
is_joined(struct str value)
{
    bool quoted = false;

    for (size_t i = 0; i + 1 < value.len; i++) {
        quoted = quoted != (value.ptr[i] == '"');
        if (!quoted && value.ptr[i] == ',' && value.ptr[i + 1] == ' ')
            return true;
    }
    return false;
}

/* Whether the header makes two of one; `seen` has a bit a row. */
static const struct single *
find_repeated(struct str name, struct str value, uint32_t *seen)
{
    static_assert(COUNT(singles) <= 32, "a bit a row");

    for (size_t i = 0; i < COUNT(singles); i++) {
        const struct single *s = &singles[i];
        bool                 again = *seen >> i & 1;

        if (!is_named(name, s->name))
            continue;
        *seen |= UINT32_C(1) << i;
        if (!s->has_blanks && is_joined(value))
            again = true;
        return again ? s : NULL;
    }
    return NULL;
}

static enum status
check_one(struct str name, struct str value, uint32_t *seen,
          struct error *err)
{
    const struct single *twice = find_repeated(name, value, seen);

    if (value.len > PARAM_VALUE_MAX_BYTES)
        return refused(err, ERR_INPUT, "header_too_large",
                       "Send shorter headers.",
                       "The header %.*s is larger than %d bytes",
                       STR_ARG(str_slice(name, 0, 60)),
                       PARAM_VALUE_MAX_BYTES);
    if (twice)
        return refused(err, ERR_INPUT, "header_repeated",
                       "Send this header once, with one value.",
                       "The header %s has two values", twice->name);
    return OK;
}

enum status
head_check(const struct request *r, struct error *err)
{
    uint32_t    seen = 0;
    enum status st = OK;

    for (char **p = r->fcgx->envp; st == OK && p && *p; p++) {
        struct str name, value;

        (void)str_cut(str_from(*p), '=', &name, &value); /* always has one */
        if (str_starts(name, STR("HTTP_")))
            st = check_one(str_slice(name, strlen("HTTP_"), name.len), value,
                           &seen, err);
        else if (str_equal(name, STR("CONTENT_TYPE")))
            st = check_one(name, value, &(uint32_t){ 0 }, err);
    }
    return st;
}

/* The value of charset= in a content type, or nothing. */
static struct str
charset_of(struct str type)
{
    struct str part, name, value;

    while (type.len) {
        (void)str_cut(type, ';', &part, &type); /* the last has none */
        if (!str_cut(part, '=', &name, &value) ||
            !str_equal_nocase(str_trim(name), STR("charset")))
            continue;
        value = str_trim(value);
        if (value.len >= 2 && value.ptr[0] == '"' &&
            value.ptr[value.len - 1] == '"')
            value = str_slice(value, 1, value.len - 1);
        return value;
    }
    return STR_NONE;
}

static bool
is_known(struct str charset)
{
    for (size_t i = 0; i < COUNT(charsets); i++)
        if (str_equal_nocase(charset, str_from(charsets[i])))
            return true;
    return charset.len == 0;
}

enum status
head_encoding(const struct request *r, bool *is_gzip, struct error *err)
{
    struct str encoding = str_trim(request_header(r, "content-encoding"));
    struct str charset = charset_of(request_header(r, "content-type"));

    if (!is_known(charset))
        return refused(err, ERR_MEDIA, "unknown_charset",
                       "Send UTF-8, and say so or nothing.",
                       "The body's charset is %.*s",
                       STR_ARG(str_slice(charset, 0, 60)));
    *is_gzip = str_equal_nocase(encoding, STR("gzip")) ||
               str_equal_nocase(encoding, STR("x-gzip"));
    if (*is_gzip || encoding.len == 0 ||
        str_equal_nocase(encoding, STR("identity")))
        return OK;
    return refused(err, ERR_MEDIA, "unknown_encoding",
                   "Send the body as it is, or with gzip.",
                   "Content-Encoding is %.*s",
                   STR_ARG(str_slice(encoding, 0, 60)));
}
