/* Borrowed runs of bytes: comparing, finding, cutting. */
#include "base/str.h"

#include "base/banned.h"

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_nocase(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool
str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int
str_compare(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int    order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len &&
           str_equal(str_slice(s, 0, prefix.len), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len &&
           str_equal(str_slice(s, s.len - suffix.len, s.len), suffix);
}

bool
str_equal_nocase(struct str a, struct str b)
{
    return a.len == b.len && same_nocase(a.ptr, b.ptr, a.len);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
    return s.len >= prefix.len && same_nocase(s.ptr, prefix.ptr, prefix.len);
}

size_t
str_find(struct str s, struct str needle)
{
    const char *at;

    if (needle.len == 0)
        return 0;
    if (s.len < needle.len)
        return STR_NOWHERE;
    at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? (size_t)(at - s.ptr) : STR_NOWHERE;
}

size_t
str_find_byte(struct str s, char byte)
{
    const char *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : STR_NOWHERE;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
    size_t from = 0, to = s.len;

    while (from < to && is_space(s.ptr[from]))
        from++;
    while (to > from && is_space(s.ptr[to - 1]))
        to--;
    return str_slice(s, from, to);
}

bool
str_cut(struct str s, char separator, struct str *head, struct str *tail)
{
    size_t at = str_find_byte(s, separator);

    if (at == STR_NOWHERE) {
        *head = s;
        *tail = str_slice(s, s.len, s.len);
        return false;
    }
    *head = str_slice(s, 0, at);
    *tail = str_slice(s, at + 1, s.len);
    return true;
}

bool
str_to_int(struct str s, int64_t *value)
{
    bool    negative = s.len > 0 && s.ptr[0] == '-';
    int64_t sum = 0;

    s = str_slice(s, negative ? 1 : 0, s.len);
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        int digit = s.ptr[i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, digit, &sum))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, sum, &sum))
        return false;
    *value = sum;
    return true;
}

bool
str_to_id(struct str s, int64_t *value)
{
    return s.len > 0 && s.ptr[0] >= '1' && s.ptr[0] <= '9' &&
           str_to_int(s, value);
}
