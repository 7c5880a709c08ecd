/*
 * A scanner of Protocol Buffers' wire format that yields byte ranges.
 *
 * Nothing is built: a message is walked field by field, and a field that is a
 * message itself is walked the same way.  What breaks the format ends the
 * walk, so take all fields and then ask protobuf_whole().  Groups (deprecated)
 * break it.
 *
 * Values borrow the message.  Pure functions.
 * Source   https://protobuf.dev/programming-guides/encoding/
 */
#ifndef PLATFORM_PROTOBUF_H
#define PLATFORM_PROTOBUF_H

#include "base/str.h"

enum protobuf_type {
    PROTOBUF_NUMBER  = 0,  /* varint */
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES   = 2,  /* bytes, text, a message, packed numbers */
    PROTOBUF_FIXED32 = 5,
};

struct protobuf {
    struct str rest;       /* what was not walked yet */
    bool       broken;
};

struct protobuf_field {
    uint32_t           number;
    enum protobuf_type type;
    uint64_t           value;  /* of PROTOBUF_NUMBER */
    struct str         bytes;  /* of the others */
};

#define PROTOBUF_INIT(message) ((struct protobuf){ (message), false })

/* The next field; false at the end, and where the format is broken. */
bool protobuf_next(struct protobuf *p, struct protobuf_field *field);

/* The next number of a packed field; false like protobuf_next(). */
bool protobuf_number(struct protobuf *p, uint64_t *value);

/* The walk came to the end. */
bool protobuf_whole(const struct protobuf *p);

#endif
