/* The configuration and its one table. */
#include "unit/check.h"

#include <stdlib.h>

#include "base/buf.h"
#include "platform/conf.h"

#include "base/banned.h"

static struct arena a;
static struct conf  conf;
static struct error err;

static enum status
parse(const char *text)
{
    return conf_parse(&a, "test.conf", str_from(text), &conf, &err);
}

static int
reset(void **state)
{
    (void)state;
    arena_reset(&a);
    return 0;
}

static void
an_empty_file_gives_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse(""), OK);
    assert_int_equal(conf.threads, 256);
    assert_int_equal(conf.socket_mode, 0660);
    assert_int_equal(conf.body_bytes, 32 << 20);
    assert_false(conf.demo);
    assert_int_equal(conf.placement, PLACE_TAIL);
}

static void
values_of_each_type_are_read(void **state)
{
    (void)state;
    assert_int_equal(parse("# comment\n\n  threads = 7\r\nbody_bytes=2k\n"
                           "demo = on\nsocket_mode = 0600\n"
                           "placement = system\ndb_name = x y"), OK);
    assert_int_equal(conf.threads, 7);
    assert_int_equal(conf.body_bytes, 2048);
    assert_true(conf.demo);
    assert_int_equal(conf.socket_mode, 0600);
    assert_int_equal(conf.placement, PLACE_SYSTEM);
    assert_string_equal(conf.db_name, "x y");
}

static void
what_is_wrong_is_told_with_file_and_line(void **state)
{
    static const struct { const char *text, *says; } rows[] = {
        { "\nthreds = 7", "test.conf:2: unknown option threds" },
        { "threads = 0", "test.conf:1: threads = 0" },
        { "threads = many", "a whole number, 1 to 4096 threads" },
        { "demo = yes", "on or off" },
        { "placement = top", "one of tail|system" },
        { "socket_mode = 999", "octal" },
        { "body_bytes = 99999999999g", "body_bytes" },
        { "threads = 1\nthreads = 2", "test.conf:2: threads stands in line 1" },
        { "nonsense", "expected `name = value`" },
        { "provider", "a provider line begins with a name" },
        { "provider x y=z", "unknown word y" },
        { "provider x url=", "needs a value" },
        { "provider x url=http://h\nprovider x url=http://i", "line 1" },
        { "db_password_file = /nowhere/at/all", "cannot read" },
        { "db_name = \xFF", "UTF-8" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(parse(rows[i].text), ERR_CONFIG);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].text, err.text);
    }
}

static void
provider_lines_carry_their_words(void **state)
{
    (void)state;
    assert_int_equal(setenv("TEST_CONF_KEY", "sk-1", 1), 0);
    assert_int_equal(parse("provider openai url=http://127.0.0.1:9 "
                           "key_env=TEST_CONF_KEY\n"
                           "provider\tmine\turl=https://h auth=none "
                           "dialects=openai_chat,anthropic"), OK);
    assert_int_equal(conf.provider_count, 2);
    assert_string_equal(conf.providers[0].key, "sk-1");
    assert_string_equal(conf.providers[1].name, "mine");
    assert_string_equal(conf.providers[1].auth, "none");
    assert_string_equal(conf.providers[1].dialects, "openai_chat,anthropic");
}

static void
the_environment_wins_over_the_file(void **state)
{
    (void)state;
    assert_int_equal(setenv("MEMORYROUTER_THREADS", "9", 1), 0);
    assert_int_equal(parse("threads = 7"), OK);
    assert_int_equal(conf.threads, 9);
    assert_int_equal(setenv("MEMORYROUTER_THREADS", "x", 1), 0);
    assert_int_equal(parse(""), ERR_CONFIG);
    assert_non_null(strstr(err.text, "MEMORYROUTER_THREADS"));
    assert_int_equal(unsetenv("MEMORYROUTER_THREADS"), 0);
}

static enum status
collect(void *owner, struct str bytes, struct error *e)
{
    (void)e;
    buf_add(owner, bytes);
    return OK;
}

static void
the_printed_options_are_a_configuration(void **state)
{
    struct buf b = BUF_INIT(1 << 20);
    char      *text;

    (void)state;
    assert_int_equal(conf_print_options((struct sink){ collect, &b }, &err),
                     OK);
    assert_int_equal(conf_parse(&a, "options", buf_str(&b), &conf, &err), OK);
    text = (char *)(uintptr_t)arena_copy(&a, buf_str(&b)).ptr;
    for (size_t i = 0; conf_option_name(i); i++)
        if (!strstr(text, arena_printf(&a, "\n#%s = ",
                                       conf_option_name(i)).ptr))
            fail_msg("%s is not printed", conf_option_name(i));
    buf_release(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_empty_file_gives_the_defaults, reset),
        cmocka_unit_test_teardown(values_of_each_type_are_read, reset),
        cmocka_unit_test_teardown(what_is_wrong_is_told_with_file_and_line,
                                  reset),
        cmocka_unit_test_teardown(provider_lines_carry_their_words, reset),
        cmocka_unit_test_teardown(the_environment_wins_over_the_file, reset),
        cmocka_unit_test_teardown(the_printed_options_are_a_configuration,
                                  reset),
    };
    int failures = cmocka_run_group_tests_name("conf", tests, NULL, NULL);

    arena_release(&a);
    return failures;
}
