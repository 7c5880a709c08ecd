/* Requests: parameters, headers, query, body. */
#include "web/request.h"

#include <ctype.h>

#include <fcgiapp.h>

#include "base/buf.h"
#include "platform/gunzip.h"
#include "web/head.h"

#include "base/banned.h"

enum {
    READ_BYTES       = 4 * 1024,
    DRAIN_MAX_BYTES  = 64 << 20,
    QUERY_NAMES_MOST = 64,
};

/* A copy: reply_finish() frees libfcgi's, and the turn goes on after it. */
static struct str
param(const struct request *r, const char *name)
{
    return arena_copy(r->arena, str_from(FCGX_GetParam(name, r->fcgx->envp)));
}

void
request_init(struct request *r, struct arena *a, struct FCGX_Request *fcgx)
{
    memset(r, 0, sizeof(*r));
    r->arena = a;
    r->fcgx = fcgx;
    r->method = param(r, "REQUEST_METHOD");
    r->target = param(r, "REQUEST_URI");
    r->address = param(r, "REMOTE_ADDR");
    (void)str_cut(r->target, '?', &r->path, &r->query); /* may lack it */
}

bool
request_has_header(const struct request *r, const char *name)
{
    struct str one, value;

    for (size_t i = 0; request_header_at(r, i, &one, &value); i++)
        if (str_equal_nocase(one, str_from(name)))
            return true;
    return false;
}

struct str
request_header(const struct request *r, const char *name)
{
    char   key[128] = "HTTP_";
    size_t len = 5;
    struct str value;

    for (; *name && len < sizeof(key) - 1; name++)
        key[len++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
    if (strcmp(key, "HTTP_CONTENT_TYPE") == 0)
        return param(r, "CONTENT_TYPE");
    value = param(r, key);
    /* Apache's rewriting renames what .htaccess passes on. */
    if (value.len == 0 && strcmp(key, "HTTP_AUTHORIZATION") == 0)
        value = param(r, "REDIRECT_HTTP_AUTHORIZATION");
    return value;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str
unescape(struct arena *a, struct str s)
{
    char  *out = arena_alloc(a, s.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%' && i + 2 < s.len && hex_digit(s.ptr[i + 1]) >= 0 &&
            hex_digit(s.ptr[i + 2]) >= 0) {
            c = (char)(hex_digit(s.ptr[i + 1]) << 4 | hex_digit(s.ptr[i + 2]));
            i += 2;
        }
        out[len++] = c;
    }
    return (struct str){ out, len };
}

/* In a query "+" is a space. */
static struct str
decode(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.len + 1);

    for (size_t i = 0; i < s.len; i++)
        out[i] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
    return unescape(a, (struct str){ out, s.len });
}

static bool
find_query(const struct request *r, const char *name, struct str *value)
{
    struct str rest = r->query, pair, key;

    while (rest.len) {
        (void)str_cut(rest, '&', &pair, &rest); /* the last has no & */
        (void)str_cut(pair, '=', &key, value);  /* no value: empty */
        if (str_equal(decode(r->arena, key), str_from(name)))
            return true;
    }
    return false;
}

struct str
request_query(const struct request *r, const char *name)
{
    struct str value;

    return find_query(r, name, &value) ? decode(r->arena, value) : STR_NONE;
}

struct str
request_unescape(const struct request *r, struct str part)
{
    return unescape(r->arena, part);
}

bool
request_has_query(const struct request *r, const char *name)
{
    struct str value;

    return find_query(r, name, &value);
}

bool
request_header_at(const struct request *r, size_t i, struct str *name,
                  struct str *value)
{
    static const char prefix[] = "HTTP_";
    struct str        key;
    char             *text;

    for (char **p = r->fcgx->envp; p && *p; p++) {
        if (strncmp(*p, prefix, strlen(prefix)) != 0 || i-- > 0)
            continue;
        (void)str_cut(str_from(*p + strlen(prefix)), '=', &key, value);
        text = arena_alloc(r->arena, key.len + 1);
        for (size_t k = 0; k < key.len; k++)
            text[k] = key.ptr[k] == '_'
                          ? '-' : (char)tolower((unsigned char)key.ptr[k]);
        *name = (struct str){ text, key.len };
        return true;
    }
    return false;
}

enum status
request_check_query(const struct request *r, struct error *err)
{
    struct str names[QUERY_NAMES_MOST], rest = r->query, pair, key, value;
    size_t     count = 0;

    while (rest.len) {
        (void)str_cut(rest, '&', &pair, &rest); /* the last has no & */
        (void)str_cut(pair, '=', &key, &value); /* no value: empty */
        if (key.len == 0)
            continue;
        if (count == QUERY_NAMES_MOST)
            return refused(err, ERR_INPUT, "invalid_request",
                           "Send those that the endpoint knows.",
                           "The query has more than %d parameters",
                           QUERY_NAMES_MOST);
        names[count] = decode(r->arena, key);
        for (size_t i = 0; i < count; i++)
            if (str_equal(names[i], names[count]))
                return refused(err, ERR_INPUT, "parameter_repeated",
                               "Send each parameter once.",
                               "The query has a parameter twice");
        count++;
    }
    return OK;
}

struct str
request_query_without(const struct request *r, const char *const *names,
                      size_t count)
{
    struct buf *b = buf_new(r->arena, r->query.len + 2);
    struct str  rest = r->query, pair, key, value;

    while (rest.len) {
        bool ours = false;

        (void)str_cut(rest, '&', &pair, &rest); /* the last has no & */
        (void)str_cut(pair, '=', &key, &value); /* no value: empty */
        for (size_t i = 0; i < count; i++)
            ours = ours || str_equal(decode(r->arena, key),
                                     str_from(names[i]));
        if (ours)
            continue;
        buf_add_byte(b, b->len ? '&' : '?');
        buf_add(b, pair);
    }
    return buf_str(b);
}

static size_t
read_some(struct request *r, char *into, size_t max)
{
    int got = FCGX_GetStr(into, (int)max, r->fcgx->in);

    if (got < (int)max)
        r->body_read = true;
    if (got <= 0)
        return 0;
    r->body_bytes += (size_t)got;
    return (size_t)got;
}

int64_t
request_announced(const struct request *r)
{
    int64_t announced = -1;

    (void)str_to_int(param(r, "CONTENT_LENGTH"), &announced); /* may be "" */
    return announced;
}

/* Before the first byte. */
static enum status
begin_body(struct request *r, struct error *err)
{
    bool        is_gzip;
    enum status st;

    if (r->body_begun)
        return OK;
    if ((st = head_encoding(r, &is_gzip, err)) != OK)
        return st;
    if (is_gzip) {
        r->gunzip = gunzip_new(r->arena);
        r->room = arena_alloc(r->arena, READ_BYTES);
    }
    r->body_begun = true;
    return OK;
}

/* What was announced came. */
static enum status
check_complete(const struct request *r, struct error *err)
{
    int64_t announced = request_announced(r);

    if (FCGX_GetError(r->fcgx->in) == 0 &&
        (announced < 0 || r->body_bytes >= (uint64_t)announced))
        return OK;
    return refused(err, ERR_INPUT, "body_incomplete",
                   "Send as many bytes as Content-Length says.",
                   "The request body ended after %zu of %lld bytes",
                   r->body_bytes, (long long)announced);
}

static enum status
unpack_some(struct request *r, char *into, size_t max, size_t *got,
            struct error *err)
{
    struct error why;
    enum status  st;

    do {
        st = gunzip_some(r->gunzip, &r->packed, into, max, got, &why);
        if (st != OK)
            return refused(err, ERR_INPUT, "body_damaged",
                           "Send what gzip makes, or no Content-Encoding.",
                           "The body cannot be unpacked: %s", why.text);
        if (*got || r->packed.len)
            continue;
        if (r->body_read)
            break;
        r->packed = (struct str){ r->room, read_some(r, r->room,
                                                     READ_BYTES) };
    } while (*got == 0);
    if (*got || gunzip_is_whole(r->gunzip) ||
        (st = check_complete(r, err)) != OK)
        return st;
    return refused(err, ERR_INPUT, "body_damaged",
                   "Send what gzip makes, or no Content-Encoding.",
                   "The body ends before its gzip does");
}

enum status
request_read_piece(struct request *r, char *into, size_t max, size_t *got,
                   struct error *err)
{
    enum status st = begin_body(r, err);

    *got = 0;
    if (st != OK)
        return st;
    if (r->gunzip)
        st = unpack_some(r, into, max, got, err);
    else if (!r->body_read)
        *got = read_some(r, into, max);
    return st == OK && r->body_read ? check_complete(r, err) : st;
}

enum status
request_read_body(struct request *r, size_t max, struct error *err)
{
    struct buf *body = buf_new(r->arena, max + 1);
    char       *piece = arena_alloc(r->arena, READ_BYTES);
    bool        fits = request_announced(r) <= (int64_t)max;
    size_t      got;
    enum status st = begin_body(r, err);

    if (st != OK)
        return st;
    do {
        if (!fits || body->len > max || body->full)
            return refused(err, ERR_TOO_LARGE, "request_too_large",
                           "Send a smaller body.",
                           "The request body is larger than %zu bytes", max);
        if ((st = request_read_piece(r, piece, READ_BYTES, &got, err)) != OK)
            return st;
        buf_add(body, (struct str){ piece, got });
    } while (got);
    r->body = buf_str(body);
    return OK;
}

void
request_drain(struct request *r)
{
    char   piece[4096];
    size_t sum = 0;

    while (!r->body_read && sum < DRAIN_MAX_BYTES)
        sum += read_some(r, piece, sizeof(piece));
}
