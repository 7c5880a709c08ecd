/*
 * A borrowed run of bytes: pointer and length, passed by value.
 *
 * Request bytes are not C strings, so every parser takes a struct str.  The
 * bytes belong to somebody else (an arena, a literal, a buffer) and live as
 * long as their owner says.  An empty str may have any pointer, also NULL.
 * Pure functions; any thread may call them.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t      len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE     ((struct str){ NULL, 0 })

/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, ((s).ptr ? (s).ptr : "")

/* Returned by str_find() and str_find_byte() when there is nothing. */
#define STR_NOWHERE ((size_t)-1)

/* The bytes of a C string; NULL gives the empty str. */
static inline struct str
str_from(const char *text)
{
    return (struct str){ text, text ? strlen(text) : 0 };
}

/* Bytes `from` up to, not including, `to`; both are cut to the length. */
static inline struct str
str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return (struct str){ s.ptr ? s.ptr + from : NULL, to - from };
}

bool str_equal(struct str a, struct str b);
int  str_compare(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* The same for ASCII letters of either case; other bytes must be equal. */
bool str_equal_nocase(struct str a, struct str b);
bool str_starts_nocase(struct str s, struct str prefix);

/* Offset of the first occurrence, or STR_NOWHERE. */
size_t str_find(struct str s, struct str needle);
size_t str_find_byte(struct str s, char byte);

/* Without white space (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);

/*
 * Cuts `s` at the first `separator`: *head gets what stands before it, *tail
 * what follows.  False when there is none; *head is then all of s and *tail is
 * empty.  head and tail may point to s itself.
 */
bool str_cut(struct str s, char separator, struct str *head, struct str *tail);

/* The whole of `s` as a decimal number; false (and *value untouched) if it is
 * empty, has other bytes, or does not fit. */
bool str_to_int(struct str s, int64_t *value);

/* The same for the number of a row: from 1 on, in the one way in which it is
 * written, so that one thing has one address. */
bool str_to_id(struct str s, int64_t *value);

#endif
