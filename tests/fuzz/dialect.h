/*
 * What must hold for every dialect, whatever comes in: an edited request is
 * still JSON, holds the memory text once more and none of our fields; without
 * memory nothing but our fields goes; adding our fields and taking them out
 * again changes nothing; a stream says the same wherever it is cut.
 */
#ifndef FUZZ_DIALECT_H
#define FUZZ_DIALECT_H

#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "platform/sse.h"
#include "provider/dialect.h"

enum { FUZZ_DEPTH = 60 };

static inline struct str
fuzz_edit(const struct dialect *d, struct arena *a, const struct prompt *p,
          enum conf_placement placement, struct str memory)
{
    struct splice s;
    struct error  err;
    struct str    result;

    splice_init(&s, a, p->document);
    dialect_strip(d, p, p->model, &s);
    if (memory.len)
        dialect_inject(d, p, placement, memory, &s);
    return splice_finish(&s, &result, &err) == OK ? result : p->document;
}

static inline void
fuzz_check_edited(struct str body)
{
    struct json  root, value;
    struct error err;

    if (json_parse(body, FUZZ_DEPTH + 4, &root, &err) != OK)
        abort();
    for (size_t i = 0; i < dialect_field_count; i++) {
        value = json_member(&root, dialect_fields[i]);
        if (value.type != JSON_NONE)
            abort();
    }
}

/* Whether `longer` is `shorter` with one piece put in. */
static inline bool
fuzz_is_insertion(struct str shorter, struct str longer)
{
    size_t first = 0, last = 0;

    if (longer.len < shorter.len)
        return false;
    while (first < shorter.len && shorter.ptr[first] == longer.ptr[first])
        first++;
    while (last < shorter.len && shorter.ptr[shorter.len - 1 - last] ==
                                     longer.ptr[longer.len - 1 - last])
        last++;
    return first + last >= shorter.len;
}

static inline void
fuzz_inject(const struct dialect *d, struct arena *a, const struct prompt *p,
            struct str plain)
{
    struct str memory = STR("MEM\"ORY\n");
    struct str tail, instructions;

    if (p->tail.in_text) {
        tail = fuzz_edit(d, a, p, PLACE_TAIL, memory);
        fuzz_check_edited(tail);
        if (str_find(tail, STR("MEM\\\"ORY\\n")) == STR_NOWHERE ||
            !fuzz_is_insertion(plain, tail))
            abort();
    }
    instructions = fuzz_edit(d, a, p, PLACE_SYSTEM, memory);
    fuzz_check_edited(instructions);
    if (str_find(instructions, STR("MEM\\\"ORY\\n")) == STR_NOWHERE)
        abort();
}

/* Our fields in front of a request that has none, and out again; the white
 * space between the brace and the first member goes with them. */
static inline void
fuzz_add_and_strip(const struct dialect *d, struct arena *a, struct str plain)
{
    size_t        brace = str_find_byte(plain, '{') + 1;
    struct str    begin = str_slice(plain, 0, brace);
    struct str    rest = str_slice(plain, brace, plain.len);
    struct str    with = arena_printf(a, "%.*s\"memory\":{\"x\":[1]},"
                                      "\"session_id\" : \"s\",%.*s",
                                      STR_ARG(begin), STR_ARG(rest));
    size_t        blanks = (size_t)(str_trim(rest).ptr - rest.ptr);
    struct prompt p;
    struct error  err;

    if (d->read(a, with, FUZZ_DEPTH, &p, &err) != OK)
        abort();
    with = fuzz_edit(d, a, &p, PLACE_TAIL, STR_NONE);
    if (!str_starts(with, begin) || with.len != plain.len - blanks ||
        !str_ends(with, str_slice(rest, blanks, rest.len)))
        abort();
}

static inline void
fuzz_request(const struct dialect *d, struct arena *a, struct str body)
{
    struct prompt p, again;
    struct error  err;
    struct str    plain;

    if (d->read(a, body, FUZZ_DEPTH, &p, &err) != OK)
        return;
    plain = fuzz_edit(d, a, &p, PLACE_TAIL, STR_NONE);
    fuzz_check_edited(plain);
    if (d->read(a, plain, FUZZ_DEPTH, &again, &err) != OK ||
        !str_equal(plain, fuzz_edit(d, a, &again, PLACE_TAIL, STR_NONE)))
        abort();
    fuzz_inject(d, a, &p, plain);
    if (json_next(&again.root, &(struct json_item){ 0 }))
        fuzz_add_and_strip(d, a, plain);
}

struct fuzz_stream {
    const struct dialect *dialect;
    struct reading        reading;
};

static inline void
fuzz_on_event(void *owner, struct str event, struct str data)
{
    struct fuzz_stream *s = owner;

    (void)event;
    dialect_read_event(s->dialect, &s->reading, data);
}

static inline void
fuzz_read_stream(struct fuzz_stream *s, struct str bytes, size_t piece)
{
    struct sse events;

    reading_init(&s->reading);
    sse_init(&events, 1 << 20, fuzz_on_event, s);
    for (size_t at = 0; at < bytes.len; at += piece)
        sse_feed(&events, str_slice(bytes, at, at + piece < bytes.len
                                                   ? at + piece : bytes.len));
    sse_end(&events);
    sse_release(&events);
}

static inline void
fuzz_stream(const struct dialect *d, struct str bytes)
{
    size_t piece = bytes.len ? 1 + (unsigned char)bytes.ptr[0] % 16 : 1;
    struct fuzz_stream whole = { .dialect = d }, cut = { .dialect = d };

    fuzz_read_stream(&whole, bytes, bytes.len + 1);
    fuzz_read_stream(&cut, bytes, piece);
    if (!str_equal(buf_str(&whole.reading.text), buf_str(&cut.reading.text)) ||
        whole.reading.input_tokens != cut.reading.input_tokens ||
        whole.reading.output_tokens != cut.reading.output_tokens ||
        whole.reading.done != cut.reading.done)
        abort();
    reading_release(&whole.reading);
    reading_release(&cut.reading);
}

/* All of it, for one input that may be a request, a reply or a stream. */
static inline int
fuzz_dialect(const struct dialect *d, const uint8_t *bytes, size_t len)
{
    struct str     input = { (const char *)bytes, len };
    struct arena   a = ARENA_INIT;
    struct reading r;

    fuzz_request(d, &a, input);
    fuzz_stream(d, input);
    reading_init(&r);
    dialect_read_body(d, &r, input);
    dialect_read_event(d, &r, input);
    reading_release(&r);
    arena_release(&a);
    return 0;
}

#endif
