/* Streams of events, cut anywhere. */
#include "unit/check.h"

#include "base/buf.h"
#include "platform/sse.h"

#include "base/banned.h"

static const char stream[] =
    "data: one\n\n"
    ": comment\r\n"
    "event: named\r\ndata:two\r\ndata: lines\r\n\r\n"
    "id: 7\rdata: cr\r\r"
    "\n\n"
    "event: nothing\n\n"
    "data\n\n"
    "data: \xE2\x82\xAC\n\n"
    "data: unfinished";

static const char events[] =
    "(|one)(named|two\nlines)(|cr)(|)(|\xE2\x82\xAC)(|unfinished)";

static void
collect(void *owner, struct str event, struct str data)
{
    buf_printf(owner, "(%.*s|%.*s)", STR_ARG(event), STR_ARG(data));
}

static void
the_same_stream_cut_anywhere_gives_the_same_events(void **state)
{
    struct str all = str_from(stream);

    (void)state;
    for (size_t cut = 0; cut <= all.len; cut++)
        for (size_t next = cut; next <= all.len; next += 7) {
            struct buf b = BUF_INIT(1000);
            struct sse s;

            sse_init(&s, 100, collect, &b);
            sse_feed(&s, str_slice(all, 0, cut));
            sse_feed(&s, str_slice(all, cut, next));
            sse_feed(&s, str_slice(all, next, all.len));
            sse_end(&s);
            check_str(buf_str(&b), events);
            sse_release(&s);
            buf_release(&b);
        }
}

static void
an_event_past_the_maximum_is_skipped_whole(void **state)
{
    struct buf b = BUF_INIT(1000);
    struct sse s;

    (void)state;
    sse_init(&s, 10, collect, &b);
    sse_feed(&s, STR("data: 1\ndata: 12345678901234567890\n\ndata: 2\n\n"
                     "data: 12345\ndata: 67890\n\ndata: 3\n\n"));
    check_str(buf_str(&b), "(|2)(|3)");
    sse_release(&s);
    buf_release(&b);
}

static void
a_boundary_is_where_no_event_is_open(void **state)
{
    struct buf b = BUF_INIT(1000);
    struct sse s;

    (void)state;
    sse_init(&s, 100, collect, &b);
    assert_true(sse_at_boundary(&s));
    sse_feed(&s, STR("data: 1"));
    assert_false(sse_at_boundary(&s));
    sse_feed(&s, STR("\n"));
    assert_false(sse_at_boundary(&s));
    sse_feed(&s, STR("\n"));
    assert_true(sse_at_boundary(&s));
    sse_feed(&s, STR("\r"));
    assert_false(sse_at_boundary(&s));
    sse_feed(&s, STR("\n"));
    assert_true(sse_at_boundary(&s));
    sse_release(&s);
    buf_release(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_stream_cut_anywhere_gives_the_same_events),
        cmocka_unit_test(an_event_past_the_maximum_is_skipped_whole),
        cmocka_unit_test(a_boundary_is_where_no_event_is_open),
    };

    return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
