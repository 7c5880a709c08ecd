/* The same stream gives the same events wherever it is cut. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "platform/sse.h"

#include "base/banned.h"

static void
collect(void *owner, struct str event, struct str data)
{
    buf_add(owner, event);
    buf_add_byte(owner, '|');
    buf_add(owner, data);
    buf_add_byte(owner, '\n');
}

static void
run(struct str stream, size_t step, struct buf *events)
{
    struct sse s;

    sse_init(&s, 64, collect, events);
    for (size_t at = 0; at < stream.len; at += step)
        sse_feed(&s, str_slice(stream, at, at + step));
    sse_end(&s);
    sse_release(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str stream = { (const char *)bytes, len };
    struct buf whole = BUF_INIT(1 << 20), cut = BUF_INIT(1 << 20);

    run(stream, len + 1, &whole);
    for (size_t step = 1; step < 6; step++) {
        buf_clear(&cut);
        run(stream, step, &cut);
        if (!str_equal(buf_str(&whole), buf_str(&cut)))
            abort();
    }
    buf_release(&whole);
    buf_release(&cut);
    return 0;
}
