/* Walking Protocol Buffers. */
#include "platform/protobuf.h"

#include "base/banned.h"

enum { VARINT_BYTES_MAX = 10, FIELD_NUMBER_MAX = 536870911 };

static bool
broken(struct protobuf *p)
{
    p->broken = true;
    return false;
}

bool
protobuf_number(struct protobuf *p, uint64_t *value)
{
    uint64_t sum = 0;

    if (p->broken || p->rest.len == 0)
        return false;
    for (size_t i = 0; i < p->rest.len && i < VARINT_BYTES_MAX; i++) {
        uint64_t byte = (unsigned char)p->rest.ptr[i];

        if (i == VARINT_BYTES_MAX - 1 && byte > 1)
            break; /* more than 64 bits */
        sum |= (byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        p->rest = str_slice(p->rest, i + 1, p->rest.len);
        *value = sum;
        return true;
    }
    return broken(p);
}

static bool
take_bytes(struct protobuf *p, uint64_t len, struct str *bytes)
{
    if (len > p->rest.len)
        return broken(p);
    *bytes = str_slice(p->rest, 0, (size_t)len);
    p->rest = str_slice(p->rest, (size_t)len, p->rest.len);
    return true;
}

bool
protobuf_next(struct protobuf *p, struct protobuf_field *field)
{
    uint64_t tag, len;

    if (!protobuf_number(p, &tag))
        return false;
    if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX)
        return broken(p);
    *field = (struct protobuf_field){ .number = (uint32_t)(tag >> 3) };
    switch (tag & 7) {
    case PROTOBUF_NUMBER:
        field->type = PROTOBUF_NUMBER;
        return protobuf_number(p, &field->value) || broken(p);
    case PROTOBUF_BYTES:
        field->type = PROTOBUF_BYTES;
        if (!protobuf_number(p, &len))
            return broken(p);
        return take_bytes(p, len, &field->bytes);
    case PROTOBUF_FIXED64:
        field->type = PROTOBUF_FIXED64;
        return take_bytes(p, 8, &field->bytes);
    case PROTOBUF_FIXED32:
        field->type = PROTOBUF_FIXED32;
        return take_bytes(p, 4, &field->bytes);
    default:
        return broken(p);
    }
}

bool
protobuf_whole(const struct protobuf *p)
{
    return !p->broken && p->rest.len == 0;
}
