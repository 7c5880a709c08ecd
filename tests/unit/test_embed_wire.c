/* Requests for embeddings, and replies of all kinds. */
#include "unit/check.h"

#include <math.h>

#include "memory/embed.h"
#include "memory/embed_wire.h"

#include "base/banned.h"

enum { COUNT_MAX = 4 };

static float rows[COUNT_MAX * EMBED_DIMENSIONS_MAX];

static enum status
read_reply(const char *body, size_t count, size_t *dimensions)
{
    struct arena a = ARENA_INIT;
    struct error err = { .status = OK };
    enum status  st = embed_wire_reply(&a, str_from(body), count, dimensions,
                                       rows, &err);

    assert_true(st == OK || (st == ERR_UPSTREAM && *err.text));
    arena_release(&a);
    return st;
}

static void
a_request_is_json_whatever_the_texts_hold(void **state)
{
    struct buf b = BUF_INIT(1000);
    struct str texts[] = { STR("a \"b\"\n"), STR("\xC3\xA4") };

    (void)state;
    embed_wire_request(&b, STR("m\\1"), 0, texts, 2);
    check_str(buf_str(&b), "{\"model\":\"m\\\\1\",\"input\":["
              "\"a \\\"b\\\"\\n\",\"\xC3\xA4\"]}");
    buf_clear(&b);
    embed_wire_request(&b, STR("m"), 256, texts, 1);
    check_str(buf_str(&b), "{\"model\":\"m\",\"dimensions\":256,\"input\":["
              "\"a \\\"b\\\"\\n\"]}");
    buf_release(&b);
}

static void
vectors_come_out_with_length_1(void **state)
{
    size_t dimensions = 0;

    (void)state;
    assert_int_equal(read_reply("{\"object\":\"list\",\"data\":[{\"index\":0,"
                                "\"embedding\":[3,0,-4.0e0]}],\"model\":\"m\"}",
                                1, &dimensions), OK);
    assert_int_equal(dimensions, 3);
    assert_float_equal(rows[0], .6, 1e-6);
    assert_float_equal(rows[1], 0, 1e-6);
    assert_float_equal(rows[2], -.8, 1e-6);
}

static void
vectors_may_come_in_any_order(void **state)
{
    static const char *const bodies[] = {
        "{\"data\":[{\"index\":0,\"embedding\":[1,0]},"
        "{\"index\":1,\"embedding\":[0,1]},"
        "{\"index\":2,\"embedding\":[-1,0]}]}",
        "{\"data\":[{\"index\":2,\"embedding\":[-1,0]},"
        "{\"index\":0,\"embedding\":[1,0]},{\"index\":1,\"embedding\":[0,1]}]}",
        "{\"data\":[{\"embedding\":[1,0]},{\"embedding\":[0,1]},"
        "{\"embedding\":[-1,0]}]}",
    };
    const float want[] = { 1, 0, 0, 1, -1, 0 };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(bodies); i++) {
        size_t dimensions = i % 2 ? 2 : 0;

        memset(rows, 0, sizeof(rows));
        assert_int_equal(read_reply(bodies[i / 2], 3, &dimensions), OK);
        assert_int_equal(dimensions, 2);
        assert_memory_equal(rows, want, sizeof(want));
    }
}

static void
base64_is_read_too(void **state)
{
    size_t dimensions = 0;

    (void)state; /* 3.0, -4.0 */
    assert_int_equal(read_reply("{\"data\":[{\"index\":0,\"embedding\":"
                                "\"AABAQAAAgMA=\"}]}", 1, &dimensions), OK);
    assert_int_equal(dimensions, 2);
    assert_float_equal(rows[0], .6, 1e-6);
    assert_float_equal(rows[1], -.8, 1e-6);
}

static void
replies_that_are_not_whole_are_refused(void **state)
{
    static const char *const bodies[] = {
        "", "no JSON", "[]", "{}", "{\"data\":{}}", "{\"data\":[]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},"
        "{\"index\":0,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},"
        "{\"index\":2,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":-1,\"embedding\":[1,2]},"
        "{\"index\":1,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":\"0\",\"embedding\":[1,2]},"
        "{\"index\":1,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},"
        "{\"index\":1,\"embedding\":[1,2]},{\"index\":2,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},"
        "{\"index\":1,\"embedding\":[1,2,3]}]}",
        "{\"data\":[1,2]}", "{\"error\":{\"message\":\"no\"}}",
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(bodies); i++) {
        size_t dimensions = i % 2 ? 2 : 0;

        assert_int_equal(read_reply(bodies[i / 2], 2, &dimensions),
                         ERR_UPSTREAM);
    }
}

static void
vectors_that_are_none_are_refused(void **state)
{
    static const char *const vectors[] = {
        "[]", "[0,0]", "[1]", "[1,2,3]", "[1,1e999]", "[1,-1e39]", "[1,NaN]",
        "[1,\"2\"]", "[1,null]", "[[1,2]]", "null", "{}", "7", "\"\"",
        "\"AAA\"", "\"AABAQAAAgMAA\"", "\"AABAQ!AAgMA=\"",
        "\"AADAfwAAgD8=\"", "\"AACAfwAAgD8=\"", "\"AAAAAAAAAAA=\"",
        "\"AABAQA==\"",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char   body[200];
        size_t dimensions = 2;

        (void)snprintf(body, sizeof(body), "{\"data\":[{\"index\":0,"
                       "\"embedding\":%s}]}", vectors[i]);
        if (read_reply(body, 1, &dimensions) != ERR_UPSTREAM)
            fail_msg("%s was taken", vectors[i]);
    }
}

static void
more_numbers_than_there_is_room_for_are_refused(void **state)
{
    struct buf b = BUF_INIT(1 << 20);
    size_t     dimensions = 0;

    (void)state;
    buf_add(&b, STR("{\"data\":[{\"index\":0,\"embedding\":[1"));
    for (int i = 1; i < EMBED_DIMENSIONS_MAX; i++)
        buf_add(&b, STR(",1"));
    buf_add(&b, STR("]}]}"));
    buf_add_byte(&b, '\0');
    assert_int_equal(read_reply(b.ptr, 1, &dimensions), OK);
    assert_int_equal(dimensions, EMBED_DIMENSIONS_MAX);
    buf_clear(&b);
    buf_add(&b, STR("{\"data\":[{\"index\":0,\"embedding\":[1"));
    for (int i = 0; i < EMBED_DIMENSIONS_MAX; i++)
        buf_add(&b, STR(",1"));
    buf_add(&b, STR("]}]}"));
    buf_add_byte(&b, '\0');
    dimensions = 0;
    assert_int_equal(read_reply(b.ptr, 1, &dimensions), ERR_UPSTREAM);
    buf_release(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_json_whatever_the_texts_hold),
        cmocka_unit_test(vectors_come_out_with_length_1),
        cmocka_unit_test(vectors_may_come_in_any_order),
        cmocka_unit_test(base64_is_read_too),
        cmocka_unit_test(replies_that_are_not_whole_are_refused),
        cmocka_unit_test(vectors_that_are_none_are_refused),
        cmocka_unit_test(more_numbers_than_there_is_room_for_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
