/* Which vaults have a turn on its way. */
#include "unit/check.h"

#include <sys/wait.h>
#include <unistd.h>

#include "platform/clock.h"
#include "store/pending.h"

#include "base/banned.h"

enum { NOW = 1000000, VAULT = 7, OTHER = 8, LONG_MS = 60000 };

struct fixture {
    char            folder[64];
    struct pending *map;
};

static int
set_up(void **state)
{
    static struct fixture f;
    struct error          err;

    f = (struct fixture){ .folder = "/tmp/test_pending.XXXXXX" };
    *state = &f;
    return mkdtemp(f.folder) && pending_open(f.folder, &f.map, &err) == OK
               ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    char            path[96];

    pending_close(f->map);
    (void)snprintf(path, sizeof(path), "%s/pending", f->folder);
    return unlink(path) == 0 && rmdir(f->folder) == 0 ? 0 : -1;
}

static void
a_vault_is_raised_until_each_raise_was_lowered(void **state)
{
    struct fixture *f = *state;

    assert_false(pending_is_raised(f->map, VAULT, NOW));
    pending_raise(f->map, VAULT, NOW);
    pending_raise(f->map, VAULT, NOW);
    assert_true(pending_is_raised(f->map, VAULT, NOW));
    assert_false(pending_is_raised(f->map, OTHER, NOW));
    pending_lower(f->map, VAULT);
    assert_true(pending_is_raised(f->map, VAULT, NOW));
    pending_lower(f->map, VAULT);
    assert_false(pending_is_raised(f->map, VAULT, NOW));
}

static void
lowering_what_is_not_raised_does_nothing(void **state)
{
    struct fixture *f = *state;

    pending_lower(f->map, VAULT);
    pending_raise(f->map, VAULT, NOW);
    assert_true(pending_is_raised(f->map, VAULT, NOW));
}

static void
a_raise_that_nobody_lowered_goes_stale(void **state)
{
    struct fixture *f = *state;

    pending_raise(f->map, VAULT, NOW);
    assert_true(pending_is_raised(f->map, VAULT, NOW + PENDING_STALE_MS));
    assert_false(pending_is_raised(f->map, VAULT,
                                   NOW + PENDING_STALE_MS + 1));
    pending_raise(f->map, VAULT, NOW + PENDING_STALE_MS + 1);
    pending_lower(f->map, VAULT);
    assert_false(pending_is_raised(f->map, VAULT,
                                   NOW + PENDING_STALE_MS + 1));
}

/* The leak must not live on the raises of others. */
static void
a_leak_goes_stale_in_a_busy_vault_too(void **state)
{
    struct fixture *f = *state;
    int64_t         now = NOW;

    pending_raise(f->map, VAULT, now);
    for (int i = 0; i < 20; i++) {
        now += PENDING_STALE_MS / 4;
        pending_raise(f->map, VAULT, now);
        pending_lower(f->map, VAULT);
    }
    assert_false(pending_is_raised(f->map, VAULT, now));
}

static void
a_time_in_the_future_is_not_believed(void **state)
{
    struct fixture *f = *state;

    pending_raise(f->map, VAULT, NOW + 2 * PENDING_STALE_MS);
    assert_false(pending_is_raised(f->map, VAULT, NOW));
}

static void
another_process_sees_it(void **state)
{
    struct fixture *f = *state;
    int             status = 0;
    pid_t           child = fork();

    if (child == 0) {
        struct pending *map;
        struct error    err;

        if (pending_open(f->folder, &map, &err) == OK)
            pending_raise(map, VAULT, NOW);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(pending_is_raised(f->map, VAULT, NOW));
}

static void
a_wait_ends_in_time_and_tells_of_recent_turns(void **state)
{
    struct fixture *f = *state;
    int64_t         start_us = clock_tick_us();

    assert_false(pending_wait(f->map, VAULT, LONG_MS));
    assert_true(clock_tick_us() - start_us < LONG_MS * 1000 / 2);
    pending_raise(f->map, VAULT, clock_now_ms());
    start_us = clock_tick_us();
    assert_true(pending_wait(f->map, VAULT, 20));
    assert_true(clock_tick_us() - start_us >= 20000);
    pending_lower(f->map, VAULT);
    start_us = clock_tick_us();
    assert_true(pending_wait(f->map, VAULT, LONG_MS));
    assert_true(clock_tick_us() - start_us < LONG_MS * 1000 / 2);
}

static void
a_folder_that_is_not_there_is_an_error(void **state)
{
    struct pending *map;
    struct error    err;

    (void)state;
    assert_int_equal(pending_open("/nonexistent", &map, &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "/nonexistent/pending"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_vault_is_raised_until_each_raise_was_lowered, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            lowering_what_is_not_raised_does_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_raise_that_nobody_lowered_goes_stale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_leak_goes_stale_in_a_busy_vault_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_time_in_the_future_is_not_believed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_process_sees_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_wait_ends_in_time_and_tells_of_recent_turns, set_up,
            tear_down),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
