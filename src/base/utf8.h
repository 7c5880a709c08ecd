/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF.  Pure functions.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* True when all of `s` is well-formed. */
bool utf8_valid(struct str s);

/*
 * Takes the first code point off *s.  A malformed byte counts as U+FFFD and
 * takes one byte.  *s must not be empty.
 */
uint32_t utf8_next(struct str *s);

/* The longest prefix of at most `max` bytes that ends between code points. */
struct str utf8_prefix(struct str s, size_t max);

/* `s` without the byte order mark that some editors put before a text. */
struct str utf8_without_mark(struct str s);

/* Number of code points; malformed bytes count as one each. */
size_t utf8_count(struct str s);

/* `s` itself when it is well-formed; else what its bytes mean as ISO 8859-1,
 * owned by `a`. */
struct str utf8_from_bytes(struct arena *a, struct str s);

/* Appends one code point; a surrogate or a number above U+10FFFF is written
 * as U+FFFD. */
void utf8_add(struct buf *b, uint32_t code_point);

#endif
