/* Memory of one request, and buffers with a maximum. */
#include "unit/check.h"

#include "base/buf.h"

#include "base/banned.h"

static void
pieces_are_zeroed_and_aligned(void **state)
{
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t size = 1; size < 40000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(&a, size);

        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, size);
    }
    arena_release(&a);
}

static char   order[8];
static size_t ran;

static void
note(void *ptr)
{
    order[ran++] = *(char *)ptr;
}

static void
cleanups_run_last_first(void **state)
{
    struct arena a = ARENA_INIT;
    char         first = '1', second = '2';

    (void)state;
    arena_defer(&a, note, &first);
    arena_defer(&a, note, &second);
    arena_reset(&a);
    assert_int_equal(ran, 2);
    assert_memory_equal(order, "21", 2);
    arena_reset(&a);
    assert_int_equal(ran, 2);
    arena_release(&a);
}

static void
an_arena_is_used_again_after_a_reset(void **state)
{
    struct arena a = ARENA_INIT;

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct str s = arena_printf(&a, "%s %d", "number", i);

        (void)arena_alloc(&a, 100000);
        assert_true(str_starts(s, STR("number ")));
        arena_reset(&a);
    }
    arena_release(&a);
}

static void
a_buffer_is_full_past_its_maximum_to_the_byte(void **state)
{
    struct buf   b = BUF_INIT(1000);
    struct error err;

    (void)state;
    for (int i = 0; i < 999; i++)
        buf_add_byte(&b, 'x');
    assert_int_equal(buf_finish(&b, "text", &err), OK);
    buf_add(&b, STR("yz"));
    assert_int_equal(buf_finish(&b, "text", &err), ERR_TOO_LARGE);
    assert_int_equal(b.len, 999);
    buf_clear(&b);
    buf_printf(&b, "%s", "again");
    assert_int_equal(buf_finish(&b, "text", &err), OK);
    check_str(buf_str(&b), "again");
    buf_drop(&b, 2);
    check_str(buf_str(&b), "ain");
    buf_drop(&b, 100);
    check_str(buf_str(&b), "");
    buf_release(&b);
}

static void
long_formatted_text_fits(void **state)
{
    struct arena a = ARENA_INIT;
    struct buf  *b = buf_new(&a, 5000);

    (void)state;
    buf_printf(b, "%1000d", 1);
    assert_int_equal(b->len, 1000);
    arena_release(&a);
}

static void
errors_for_callers_show_their_text_others_do_not(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(failed(&err, ERR_STORE, "secret %d", 1), ERR_STORE);
    assert_null(strstr(error_sentence(&err), "secret"));
    assert_int_equal(refused(&err, ERR_INPUT, "c", NULL, "yours %d", 2),
                     ERR_INPUT);
    assert_string_equal(error_sentence(&err), "yours 2");
    for (enum status st = ERR_INPUT; st < STATUS_COUNT; st++) {
        assert_true(error_http(st) >= 400 && error_http(st) < 600);
        assert_true(strlen(error_name(st)) && strlen(error_type(st)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_and_aligned),
        cmocka_unit_test(cleanups_run_last_first),
        cmocka_unit_test(an_arena_is_used_again_after_a_reset),
        cmocka_unit_test(a_buffer_is_full_past_its_maximum_to_the_byte),
        cmocka_unit_test(long_formatted_text_fits),
        cmocka_unit_test(errors_for_callers_show_their_text_others_do_not),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
