/* Checking JSON once, then walking its byte ranges. */
#include "platform/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

#include "base/banned.h"

/* Whole numbers beyond it are not all different ones as double. */
#define EXACT_MOST 9007199254740991.0

/* Checking. */

struct check {
    struct str    doc;
    size_t        at;
    size_t        depth, deepest;
    unsigned char is_object[JSON_DEPTH_MAX / 8];  /* a bit per open level */
};

static void
skip_space(struct check *c)
{
    while (c->at < c->doc.len) {
        char b = c->doc.ptr[c->at];

        if (b != ' ' && b != '\n' && b != '\r' && b != '\t')
            return;
        c->at++;
    }
}

/* The byte at the cursor, or 0 at the end (0 is never valid JSON outside). */
static char
peek(const struct check *c)
{
    return c->at < c->doc.len ? c->doc.ptr[c->at] : '\0';
}

static bool
take(struct check *c, char byte)
{
    if (peek(c) != byte)
        return false;
    c->at++;
    return true;
}

static bool
is_hex(char b)
{
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'f') ||
           (b >= 'A' && b <= 'F');
}

static bool
check_string(struct check *c)
{
    if (!take(c, '"'))
        return false;
    while (c->at < c->doc.len) {
        unsigned char b = (unsigned char)c->doc.ptr[c->at++];

        if (b == '"')
            return true;
        if (b < 0x20)
            break;
        if (b != '\\')
            continue;
        b = (unsigned char)peek(c);
        if (b == '\0' || !strchr("\"\\/bfnrtu", b))
            return false;
        c->at++;
        for (int i = 0; b == 'u' && i < 4; i++, c->at++)
            if (!is_hex(peek(c)))
                return false;
    }
    c->at--;
    return false;
}

static bool
check_digits(struct check *c)
{
    size_t from = c->at;

    while (peek(c) >= '0' && peek(c) <= '9')
        c->at++;
    return c->at > from;
}

static bool
check_number(struct check *c)
{
    (void)take(c, '-'); /* may be absent */
    if (!take(c, '0') && !check_digits(c))
        return false;
    if (take(c, '.') && !check_digits(c))
        return false;
    if (peek(c) != 'e' && peek(c) != 'E')
        return true;
    c->at++;
    if (!take(c, '+'))
        (void)take(c, '-'); /* may be absent */
    return check_digits(c);
}

static bool
check_word(struct check *c, struct str word)
{
    if (!str_starts(str_slice(c->doc, c->at, c->doc.len), word))
        return false;
    c->at += word.len;
    return true;
}

static bool
check_scalar(struct check *c)
{
    switch (peek(c)) {
    case '"': return check_string(c);
    case 't': return check_word(c, STR("true"));
    case 'f': return check_word(c, STR("false"));
    case 'n': return check_word(c, STR("null"));
    default:  return check_number(c);
    }
}

static void
open_level(struct check *c, bool object)
{
    unsigned char bit = (unsigned char)(1U << (c->depth % 8));

    if (object)
        c->is_object[c->depth / 8] |= bit;
    else
        c->is_object[c->depth / 8] &= (unsigned char)~bit;
    c->depth++;
}

static bool
in_object(const struct check *c)
{
    size_t level = c->depth - 1;

    return c->is_object[level / 8] >> (level % 8) & 1;
}

/* The key and colon of a member. */
static bool
check_key(struct check *c)
{
    skip_space(c);
    if (!check_string(c))
        return false;
    skip_space(c);
    return take(c, ':');
}

enum step { GO_ON, DONE, BROKEN, TOO_DEEP };

/* After a value: closes levels, and stands before the next value. */
static enum step
after_value(struct check *c)
{
    while (c->depth) {
        skip_space(c);
        if (take(c, ','))
            return !in_object(c) || check_key(c) ? GO_ON : BROKEN;
        if (!take(c, in_object(c) ? '}' : ']'))
            return BROKEN;
        c->depth--;
    }
    return DONE;
}

/* One value, or the opening of one. */
static enum step
check_value(struct check *c)
{
    bool object;

    skip_space(c);
    object = peek(c) == '{';
    if (!object && peek(c) != '[')
        return check_scalar(c) ? after_value(c) : BROKEN;
    if (c->depth == c->deepest)
        return TOO_DEEP;
    c->at++;
    open_level(c, object);
    skip_space(c);
    if (peek(c) == (object ? '}' : ']'))
        return after_value(c);
    return !object || check_key(c) ? GO_ON : BROKEN;
}

static enum json_type
type_of(char first)
{
    switch (first) {
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case '"': return JSON_STRING;
    case 't': case 'f': return JSON_BOOL;
    case 'n': return JSON_NULL;
    default: return JSON_NUMBER;
    }
}

enum status
json_parse(struct str document, size_t depth, struct json *root,
           struct error *err)
{
    struct check c = { document, 0, 0, depth, { 0 } };
    enum step    step;

    assert(depth >= 1 && depth <= JSON_DEPTH_MAX);
    if (!utf8_valid(document))
        return refused(err, ERR_INPUT, "invalid_json",
                       "Send the body as JSON in UTF-8.",
                       "Invalid JSON body: it is not valid UTF-8");
    if (str_starts(document, STR("\xEF\xBB\xBF")))
        return refused(err, ERR_INPUT, "invalid_json",
                       "Send it without a byte order mark.",
                       "Invalid JSON body: it begins with a byte order mark");
    do
        step = check_value(&c);
    while (step == GO_ON);
    if (step == TOO_DEEP)
        return refused(err, ERR_INPUT, "json_too_deep",
                       "Nest objects and arrays less deeply.",
                       "Invalid JSON body: nested more than %zu levels deep",
                       depth);
    skip_space(&c);
    if (step == BROKEN || c.at != document.len)
        return refused(err, ERR_INPUT, "invalid_json",
                       "Send one JSON object as the body.",
                       "Invalid JSON body: not JSON at byte %zu", c.at);
    document = str_trim(document);
    *root = (struct json){ type_of(document.ptr[0]), document };
    return OK;
}

/* Walking a checked document. */

static const char *
past_space(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    return p;
}

static const char *
past_string(const char *p)
{
    for (p++; *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p + 1;
}

static const char *
past_value(const char *p, const char *end)
{
    size_t depth = 0;

    do {
        switch (*p) {
        case '"':
            p = past_string(p);
            break;
        case '{': case '[':
            depth++;
            p++;
            break;
        case '}': case ']':
            depth--;
            p++;
            break;
        default:
            p++;
            while (depth == 0 && p < end && !strchr(" \n\r\t,]}", *p))
                p++;
        }
    } while (depth);
    return p;
}

bool
json_next(const struct json *container, struct json_item *item)
{
    const char *p, *end;

    if (container->type != JSON_OBJECT && container->type != JSON_ARRAY)
        return false;
    end = container->raw.ptr + container->raw.len;
    if (item->value.type == JSON_NONE) {
        p = past_space(container->raw.ptr + 1);
    } else {
        p = past_space(item->value.raw.ptr + item->value.raw.len);
        if (*p == ',')
            p = past_space(p + 1);
    }
    if (p + 1 >= end)
        return false;
    item->start = p;
    item->key = STR_NONE;
    if (container->type == JSON_OBJECT) {
        const char *close = past_string(p);

        item->key = (struct str){ p + 1, (size_t)(close - p) - 2 };
        p = past_space(past_space(close) + 1);
    }
    item->value.type = type_of(*p);
    item->value.raw = (struct str){ p, (size_t)(past_value(p, end) - p) };
    return true;
}

/* Strings. */

static uint32_t
hex4(const char *p)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        char b = p[i];

        value = value << 4 |
                (uint32_t)(b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10);
    }
    return value;
}

/* Appends the code point behind "\u"; returns how many bytes it took. */
static size_t
add_unicode(struct buf *b, struct str s)
{
    uint32_t high = hex4(s.ptr + 2), low;

    if (high >= 0xD800 && high <= 0xDBFF && s.len >= 12 && s.ptr[6] == '\\' &&
        s.ptr[7] == 'u') {
        low = hex4(s.ptr + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            utf8_add(b, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            return 12;
        }
    }
    utf8_add(b, high);
    return 6;
}

static struct str
unescape(struct arena *a, struct str s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char       *p = s.ptr, *end = s.ptr + s.len, *slash;
    struct buf       *b;

    if (str_find_byte(s, '\\') == STR_NOWHERE)
        return s;
    b = buf_new(a, s.len);
    while (p < end) {
        slash = memchr(p, '\\', (size_t)(end - p));
        if (!slash)
            slash = end;
        buf_add(b, (struct str){ p, (size_t)(slash - p) });
        p = slash;
        if (p < end && p[1] == 'u') {
            p += add_unicode(b, (struct str){ p, (size_t)(end - p) });
        } else if (p < end) {
            buf_add_byte(b, to[strchr(from, p[1]) - from]);
            p += 2;
        }
    }
    return buf_str(b);
}

struct str
json_text(struct arena *a, const struct json *value)
{
    if (value->type != JSON_STRING)
        return STR_NONE;
    return unescape(a, str_slice(value->raw, 1, value->raw.len - 1));
}

bool
json_key_is(const struct json_item *item, const char *name)
{
    struct arena a = ARENA_INIT;
    bool         same;

    if (str_find_byte(item->key, '\\') == STR_NOWHERE)
        return str_equal(item->key, str_from(name));
    same = str_equal(unescape(&a, item->key), str_from(name));
    arena_release(&a);
    return same;
}

struct json
json_member(const struct json *object, const char *name)
{
    struct json_item item = { 0 };
    struct json      found = { JSON_NONE, STR_NONE };

    if (object->type != JSON_OBJECT)
        return found;
    while (json_next(object, &item))
        if (json_key_is(&item, name))
            found = item.value;
    return found;
}

bool
json_is_true(const struct json *value)
{
    return value->type == JSON_BOOL && value->raw.ptr[0] == 't';
}

bool
json_is_false(const struct json *value)
{
    return value->type == JSON_BOOL && value->raw.ptr[0] == 'f';
}

bool
json_double(const struct json *value, double *number)
{
    char  text[64];
    char *end;

    if (value->type != JSON_NUMBER || value->raw.len >= sizeof(text))
        return false;
    memcpy(text, value->raw.ptr, value->raw.len);
    text[value->raw.len] = '\0';
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

/* JSON has one kind of numbers: some writers make 5.0 of a 5. */
bool
json_int(const struct json *value, int64_t *number)
{
    double real;

    if (value->type == JSON_NUMBER && str_to_int(value->raw, number))
        return true;
    if (!json_double(value, &real) || fabs(real) > EXACT_MOST ||
        real != trunc(real))
        return false;
    *number = (int64_t)real;
    return true;
}

/* Writing. */

void
json_add_escaped(struct buf *b, struct str text)
{
    while (text.len) {
        struct str before = text;
        uint32_t   cp = utf8_next(&text);

        switch (cp) {
        case '"':  buf_add(b, STR("\\\"")); break;
        case '\\': buf_add(b, STR("\\\\")); break;
        case '\n': buf_add(b, STR("\\n")); break;
        case '\r': buf_add(b, STR("\\r")); break;
        case '\t': buf_add(b, STR("\\t")); break;
        default:
            if (cp < 0x20)
                buf_printf(b, "\\u%04x", (unsigned)cp);
            else if (cp == 0xFFFD)
                utf8_add(b, cp);
            else
                buf_add(b, str_slice(before, 0, before.len - text.len));
        }
    }
}

void
json_add_string(struct buf *b, struct str text)
{
    buf_add_byte(b, '"');
    json_add_escaped(b, text);
    buf_add_byte(b, '"');
}

void
json_add_or_null(struct buf *b, struct str text)
{
    if (text.len)
        json_add_string(b, text);
    else
        buf_add(b, STR("null"));
}
