/*
 * A JSON scanner that yields byte ranges.
 *
 * json_parse() checks a whole document once: grammar (RFC 8259), UTF-8, depth.
 * After that every value is a range of the document's own bytes, and walking
 * it cannot fail.  Nothing is built and nothing is changed, so what we do not
 * touch can be passed on byte for byte: number formats, key order, duplicate
 * keys, escapes.  Of duplicate keys the last one counts.
 *
 * Values borrow the document.  Pure functions; no recursion.
 */
#ifndef PLATFORM_JSON_H
#define PLATFORM_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum json_type {
    JSON_NONE,     /* there is no such value */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    struct str     raw;   /* from its first to its last byte */
};

/* One member of an object or one element of an array, see json_next(). */
struct json_item {
    struct str  key;      /* raw, between its quotes; empty in arrays */
    struct json value;
    const char *start;    /* first byte of the key's quote, or of the value */
};

enum { JSON_DEPTH_MAX = 1024 };

/*
 * Checks the document.
 *
 * depth    deepest nesting allowed, 1..JSON_DEPTH_MAX
 * Errors   ERR_INPUT with the byte at which it stops being JSON, for the
 *          caller: code "invalid_json", or "json_too_deep"
 */
enum status json_parse(struct str document, size_t depth, struct json *root,
                       struct error *err) MUST_CHECK;

/*
 * The next item of an object or array; begin with a zeroed item.  False at
 * the end, and at once when `container` is neither.
 */
bool json_next(const struct json *container, struct json_item *item);

/* The value of a member; type JSON_NONE when there is none, or when `object`
 * is no object.  `name` has no escapes; keys that are written with escapes are
 * found too. */
struct json json_member(const struct json *object, const char *name);

/* True when the item's key is `name`. */
bool json_key_is(const struct json_item *item, const char *name);

/* The text of a string without escapes, owned by `a` or borrowed from the
 * document; lone surrogates become U+FFFD.  Empty for any other type. */
struct str json_text(struct arena *a, const struct json *value);

/* True for the literal true. */
bool json_is_true(const struct json *value);
bool json_is_false(const struct json *value);

/* A whole number in int64_t's range, or below 2^53 when it is written with a
 * point or an exponent (5.0); false for anything else. */
bool json_int(const struct json *value, int64_t *number);

/* Any number that a double can hold; false for anything else. */
bool json_double(const struct json *value, double *number);

/* Appends `text` as the inside of a JSON string (without quotes).  Malformed
 * UTF-8 becomes U+FFFD. */
void json_add_escaped(struct buf *b, struct str text);

/* Appends `text` as a JSON string with its quotes. */
void json_add_string(struct buf *b, struct str text);

/* The same, or null for an empty text. */
void json_add_or_null(struct buf *b, struct str text);

#endif
