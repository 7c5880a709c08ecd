/* How many requests are admitted, to the exact number. */
#include "unit/check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/limiter.h"

#include "base/banned.h"

enum { NOW = 1000000, KEY = 7, OTHER = 8 };

struct fixture {
    char            folder[64];
    struct limiter *map;
};

static const struct limiter_window ten[] = { { 10, 1000 }, { 15, 60000 } };

static int
set_up(void **state)
{
    static struct fixture f;
    struct error          err;

    f = (struct fixture){ .folder = "/tmp/test_limiter.XXXXXX" };
    *state = &f;
    return mkdtemp(f.folder) && limiter_open(f.folder, 1, &f.map, &err) == OK
               ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    char            path[96];

    limiter_close(f->map);
    (void)snprintf(path, sizeof(path), "%s/limits", f->folder);
    return unlink(path) == 0 && rmdir(f->folder) == 0 ? 0 : -1;
}

static bool
take(struct fixture *f, int64_t key, int64_t now_ms)
{
    return limiter_take(f->map, limiter_key(key), ten, 2, now_ms).admitted;
}

static void
a_window_admits_its_number_and_no_more(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 10; i++)
        assert_true(take(f, KEY, NOW));
    assert_false(take(f, KEY, NOW));
    assert_true(take(f, OTHER, NOW));
}

/* No span of a second holds more than ten, wherever it begins. */
static void
the_window_slides(void **state)
{
    struct fixture *f = *state;
    struct limiter_window only[] = { { 10, 1000 } };
    int64_t         times[400];
    size_t          count = 0;

    for (int64_t now = NOW; now < NOW + 5000; now += 7)
        if (limiter_take(f->map, limiter_key(KEY), only, 1, now).admitted)
            times[count++] = now;
    assert_true(count >= 50);
    for (size_t i = 10; i < count; i++)
        assert_true(times[i] - times[i - 10] >= 1000);
    assert_true(times[10] - times[0] < 1000 + 14);
}

static void
the_longer_window_counts_too(void **state)
{
    struct fixture *f = *state;
    int             admitted = 0;

    for (int i = 0; i < 100; i++)
        admitted += take(f, KEY, NOW + i * 300);
    assert_int_equal(admitted, 15);
    assert_false(take(f, KEY, NOW + 59999));
    assert_true(take(f, KEY, NOW + 60000));
}

static void
the_answer_tells_what_is_left_and_how_long_to_wait(void **state)
{
    struct fixture       *f = *state;
    uint64_t              who = limiter_key(KEY);
    struct limiter_answer a = limiter_take(f->map, who, ten, 2, NOW);

    assert_int_equal(a.window, 0);
    assert_int_equal(a.remaining, 9);
    for (int i = 0; i < 9; i++)
        a = limiter_take(f->map, who, ten, 2, NOW + 100);
    assert_int_equal(a.remaining, 0);
    a = limiter_take(f->map, who, ten, 2, NOW + 400);
    assert_false(a.admitted);
    assert_int_equal(a.wait_ms, 600);
    assert_int_equal(a.remaining, 0);
}

static void
no_window_admits_all(void **state)
{
    struct fixture       *f = *state;
    struct limiter_window none[] = { { 0, 1000 }, { 0, 60000 } };

    for (int i = 0; i < 3 * LIMITER_MOST; i++) {
        struct limiter_answer a = limiter_take(f->map, limiter_key(KEY), none,
                                               2, NOW);

        assert_true(a.admitted);
        assert_true(a.remaining == INT64_MAX);
    }
}

static void
the_largest_window_is_exact(void **state)
{
    struct fixture       *f = *state;
    struct limiter_window most[] = { { LIMITER_MOST, 60000 } };
    int                   admitted = 0;

    for (int i = 0; i < LIMITER_MOST + 100; i++)
        admitted += limiter_take(f->map, limiter_key(KEY), most, 1,
                                 NOW + i).admitted;
    assert_int_equal(admitted, LIMITER_MOST);
    for (int i = 0; i < LIMITER_MOST; i++)
        assert_true(limiter_take(f->map, limiter_key(KEY), most, 1,
                                 NOW + 61000 + LIMITER_MOST).admitted);
}

static void
a_clock_that_was_set_back_locks_nobody_out(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 10; i++)
        assert_true(take(f, KEY, NOW + 10 * LIMITER_IDLE_MS));
    assert_true(take(f, KEY, NOW));
}

static void
a_place_that_is_idle_is_given_to_another(void **state)
{
    struct fixture *f = *state;
    int             admitted = 0;

    /* Far more than there is room for, one after the other. */
    for (int64_t key = 1; key < 20000; key++)
        admitted += take(f, key, NOW + key * 100);
    assert_int_equal(admitted, 19999);
}

static void
addresses_are_no_keys_and_share_their_network(void **state)
{
    (void)state;
    assert_true(limiter_address(STR("1.2.3.4")) !=
                limiter_address(STR("1.2.3.5")));
    assert_true(limiter_address(STR("2001:db8:1:2::3")) ==
                limiter_address(STR("2001:db8:1:2:4:5:6:7")));
    assert_true(limiter_address(STR("2001:db8:1:2::3")) !=
                limiter_address(STR("2001:db8:1:3::3")));
    assert_int_equal(limiter_address(STR("")) & 1, 0);
    assert_int_equal(limiter_key(0) & 1, 1);
}

/* Several processes of several threads. */

enum { PROCESSES = 4, THREADS = 4, TRIES = 2000, LIMIT = 1000 };

static void *
hammer(void *owner)
{
    struct fixture       *f = owner;
    struct limiter_window window = { LIMIT, 60000 };
    intptr_t              admitted = 0;

    for (int i = 0; i < TRIES; i++)
        admitted += limiter_take(f->map, limiter_key(KEY), &window, 1,
                                 NOW + i).admitted;
    return (void *)admitted;
}

static int
run_child(struct fixture *f)
{
    pthread_t threads[THREADS];
    void     *admitted;
    int       sum = 0;

    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, hammer, f) != 0)
            return -1;
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], &admitted);
        sum += (int)(intptr_t)admitted;
    }
    return sum;
}

static void
a_burst_of_all_processes_is_counted_exactly(void **state)
{
    struct fixture *f = *state;
    int             sum = 0, ends[2], one;

    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            one = run_child(f);
            _exit(write(ends[1], &one, sizeof(one)) == sizeof(one) ? 0 : 1);
        }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(read(ends[0], &one, sizeof(one)), sizeof(one));
        sum += one;
    }
    while (wait(NULL) > 0)
        continue;
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(sum, LIMIT);
}

static void
places_are_taken_and_given_back(void **state)
{
    struct fixture      *f = *state;
    struct limiter_lease leases[3] = { { 0 } }, more;
    uint64_t             who = limiter_key(KEY);

    assert_true(take(f, KEY, NOW));
    for (int i = 0; i < 3; i++)
        assert_true(limiter_enter(f->map, who, 3, &leases[i]));
    assert_false(limiter_enter(f->map, who, 3, &more));
    limiter_leave(f->map, &leases[1]);
    limiter_leave(f->map, &leases[1]);
    assert_true(limiter_enter(f->map, who, 3, &more));
    assert_false(limiter_enter(f->map, who, 3, &leases[1]));
}

static void
what_a_dead_process_had_is_free(void **state)
{
    struct fixture      *f = *state;
    struct limiter_lease lease;
    uint64_t             who = limiter_key(KEY);
    pid_t                child;
    int                  status = 0;

    assert_true(take(f, KEY, NOW));
    child = fork();
    if (child == 0)
        _exit(limiter_enter(f->map, who, 1, &lease) ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(limiter_enter(f->map, who, 1, &lease));
}

/* As when a container starts anew: the process ids are the same ones. */
static void
what_an_earlier_start_had_is_free(void **state)
{
    struct fixture      *f = *state;
    struct limiter_lease before, after, more;
    struct limiter      *again;
    struct error         err;
    uint64_t             who = limiter_key(KEY);

    assert_true(take(f, KEY, NOW));
    assert_true(limiter_enter(f->map, who, 1, &before));
    assert_int_equal(limiter_open(f->folder, 2, &again, &err), OK);
    assert_true(limiter_enter(again, who, 1, &after));
    assert_false(limiter_enter(again, who, 1, &more));
    limiter_leave(f->map, &before);
    assert_false(limiter_enter(again, who, 1, &more));
    limiter_leave(again, &after);
    assert_true(limiter_enter(again, who, 1, &more));
    limiter_close(again);
}

static void
a_folder_that_is_not_there_is_an_error(void **state)
{
    struct limiter *map;
    struct error    err;

    (void)state;
    assert_int_equal(limiter_open("/nonexistent", 1, &map, &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "/nonexistent/limits"));
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_window_admits_its_number_and_no_more),
        FRESH(the_window_slides),
        FRESH(the_longer_window_counts_too),
        FRESH(the_answer_tells_what_is_left_and_how_long_to_wait),
        FRESH(no_window_admits_all),
        FRESH(the_largest_window_is_exact),
        FRESH(a_clock_that_was_set_back_locks_nobody_out),
        FRESH(a_place_that_is_idle_is_given_to_another),
        cmocka_unit_test(addresses_are_no_keys_and_share_their_network),
        FRESH(a_burst_of_all_processes_is_counted_exactly),
        FRESH(places_are_taken_and_given_back),
        FRESH(what_a_dead_process_had_is_free),
        FRESH(what_an_earlier_start_had_is_free),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
