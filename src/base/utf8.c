/* Decoding and encoding of UTF-8. */
#include "base/utf8.h"

#include "base/banned.h"

enum { REPLACEMENT = 0xFFFD };

/*
 * Length of the well-formed sequence at the start of s, or 0.
 * Source: RFC 3629, section 4 (the table of allowed second bytes).
 */
static size_t
sequence(struct str s, uint32_t *code_point)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    unsigned char        low = 0x80, high = 0xBF;
    size_t               len;
    uint32_t             cp;

    if (p[0] < 0x80) {
        *code_point = p[0];
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        len = 2;
        cp = p[0] & 0x1FU;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        len = 3;
        cp = p[0] & 0x0FU;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        len = 4;
        cp = p[0] & 0x07U;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (s.len < len || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        cp = cp << 6 | (p[i] & 0x3FU);
    }
    *code_point = cp;
    return len;
}

/* How many bytes at the start are ASCII, in steps of eight. */
static size_t
ascii_run(struct str s)
{
    size_t   len = 0;
    uint64_t word;

    while (s.len - len >= sizeof(word)) {
        memcpy(&word, s.ptr + len, sizeof(word));
        if (word & 0x8080808080808080U)
            break;
        len += sizeof(word);
    }
    return len;
}

bool
utf8_valid(struct str s)
{
    uint32_t cp;

    while (s.len) {
        size_t len = ascii_run(s);

        if (len == 0)
            len = sequence(s, &cp);

        if (len == 0)
            return false;
        s = str_slice(s, len, s.len);
    }
    return true;
}

uint32_t
utf8_next(struct str *s)
{
    uint32_t cp = REPLACEMENT;
    size_t   len = sequence(*s, &cp);

    *s = str_slice(*s, len ? len : 1, s->len);
    return cp;
}

struct str
utf8_prefix(struct str s, size_t max)
{
    if (s.len <= max)
        return s;
    while (max > 0 && ((unsigned char)s.ptr[max] & 0xC0) == 0x80)
        max--;
    return str_slice(s, 0, max);
}

struct str
utf8_without_mark(struct str s)
{
    return str_starts(s, STR("\xEF\xBB\xBF")) ? str_slice(s, 3, s.len) : s;
}

size_t
utf8_count(struct str s)
{
    size_t count = 0;

    for (; s.len; count++)
        (void)utf8_next(&s); /* only its length matters */
    return count;
}

struct str
utf8_from_bytes(struct arena *a, struct str s)
{
    struct buf *b;

    if (utf8_valid(s))
        return s;
    b = buf_new(a, 2 * s.len);
    for (size_t i = 0; i < s.len; i++)
        utf8_add(b, (unsigned char)s.ptr[i]);
    return buf_str(b);
}

void
utf8_add(struct buf *b, uint32_t cp)
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = REPLACEMENT;
    if (cp < 0x80) {
        buf_add_byte(b, (char)cp);
    } else if (cp < 0x800) {
        buf_add_byte(b, (char)(0xC0 | cp >> 6));
        buf_add_byte(b, (char)(0x80 | (cp & 0x3F)));
    } else if (cp < 0x10000) {
        buf_add_byte(b, (char)(0xE0 | cp >> 12));
        buf_add_byte(b, (char)(0x80 | (cp >> 6 & 0x3F)));
        buf_add_byte(b, (char)(0x80 | (cp & 0x3F)));
    } else {
        buf_add_byte(b, (char)(0xF0 | cp >> 18));
        buf_add_byte(b, (char)(0x80 | (cp >> 12 & 0x3F)));
        buf_add_byte(b, (char)(0x80 | (cp >> 6 & 0x3F)));
        buf_add_byte(b, (char)(0x80 | (cp & 0x3F)));
    }
}
