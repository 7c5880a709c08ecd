/* What the tests of the dialects share: reading a request, editing it, and
 * reading replies and streams. */
#ifndef UNIT_DIALECT_H
#define UNIT_DIALECT_H

#include "unit/check.h"

#include "platform/sse.h"
#include "provider/dialect.h"

struct dialect_test {
    const struct dialect *dialect;
    struct arena          arena;
    struct error          err;
    struct prompt         prompt;
    struct reading        reading;
};

static inline enum status
read_text(struct dialect_test *t, const char *body)
{
    arena_reset(&t->arena);
    return t->dialect->read(&t->arena,
                            arena_copy(&t->arena, str_from(body)), 32,
                            &t->prompt, &t->err);
}

/* Fails unless the body is refused with a text that says this. */
static inline void
check_refused(struct dialect_test *t, const char *body, const char *says)
{
    assert_int_equal(read_text(t, body), ERR_INPUT);
    assert_true(t->err.for_caller);
    if (!strstr(t->err.text, says))
        fail_msg("%s: %s", body, t->err.text);
}

/* Fails unless the body goes up as `up`, with the memory text or without
 * (NULL). */
static inline void
check_edited(struct dialect_test *t, const char *body, const char *memory,
             enum conf_placement placement, const char *up)
{
    struct splice s;
    struct str    result;

    assert_int_equal(read_text(t, body), OK);
    splice_init(&s, &t->arena, t->prompt.document);
    dialect_strip(t->dialect, &t->prompt, STR("m"), &s);
    if (memory)
        dialect_inject(t->dialect, &t->prompt, placement, str_from(memory),
                       &s);
    assert_int_equal(splice_finish(&s, &result, &t->err), OK);
    check_str(result, up);
}

/* Fails unless this is what was read; then forgets it. */
static inline void
check_reading(struct dialect_test *t, const char *text, int64_t input_tokens,
              int64_t output_tokens, bool done)
{
    check_str(buf_str(&t->reading.text), text);
    assert_int_equal(t->reading.input_tokens, input_tokens);
    assert_int_equal(t->reading.output_tokens, output_tokens);
    assert_int_equal(t->reading.done, done);
    reading_release(&t->reading);
}

static inline void
check_body(struct dialect_test *t, const char *body, const char *text,
           int64_t input_tokens, int64_t output_tokens, bool done)
{
    reading_init(&t->reading);
    dialect_read_body(t->dialect, &t->reading, str_from(body));
    check_reading(t, text, input_tokens, output_tokens, done);
}

static inline void
on_event(void *owner, struct str event, struct str data)
{
    struct dialect_test *t = owner;

    (void)event;
    dialect_read_event(t->dialect, &t->reading, data);
}

/* Fails unless the stream says this, whole and cut in two at any byte. */
static inline void
check_stream(struct dialect_test *t, const char *bytes, const char *text,
             int64_t input_tokens, int64_t output_tokens, bool done)
{
    struct str all = str_from(bytes);

    for (size_t cut = 0; cut <= all.len; cut++) {
        struct sse events;

        reading_init(&t->reading);
        sse_init(&events, 65536, on_event, t);
        sse_feed(&events, str_slice(all, 0, cut));
        sse_feed(&events, str_slice(all, cut, all.len));
        sse_end(&events);
        sse_release(&events);
        check_reading(t, text, input_tokens, output_tokens, done);
    }
}

/* Fails unless an error of ours has this body. */
static inline void
check_error_body(struct dialect_test *t, enum status status, const char *code,
                 const char *hint, const char *text, const char *body)
{
    arena_reset(&t->arena);
    assert_int_equal(refused(&t->err, status, code, hint, "%s", text), status);
    check_str(t->dialect->error_body(&t->arena, &t->err), body);
}

#endif
