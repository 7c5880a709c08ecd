/* The gate: never more inside than places, deadlines, who is next. */
#include "unit/check.h"

#include <pthread.h>

#include "memory/gate.h"
#include "platform/clock.h"

#include "base/banned.h"

enum { THREADS = 16, ROUNDS = 500, PLACES = 3, SHORT_US = 20000 };

static struct {
    pthread_mutex_t lock;
    struct gate    *gate;
    size_t          inside, most, passed, late;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Adds to a count under the lock and tells what it is then. */
static size_t
add(size_t *count, size_t n)
{
    size_t now;

    pthread_mutex_lock(&shared.lock);
    now = *count += n;
    pthread_mutex_unlock(&shared.lock);
    return now;
}

static void
note_inside(void)
{
    pthread_mutex_lock(&shared.lock);
    if (++shared.inside > shared.most)
        shared.most = shared.inside;
    pthread_mutex_unlock(&shared.lock);
}

static int
set_up(void **state)
{
    (void)state;
    shared.gate = gate_new(PLACES);
    shared.inside = shared.most = shared.passed = shared.late = 0;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    gate_free(shared.gate);
    return 0;
}

static void
a_place_is_given_even_past_the_deadline(void **state)
{
    (void)state;
    for (int i = 0; i < PLACES; i++)
        assert_true(gate_enter(shared.gate, 0));
    assert_false(gate_enter(shared.gate, 0));
    gate_leave(shared.gate);
    assert_true(gate_enter(shared.gate, 0));
    for (int i = 0; i < PLACES; i++)
        gate_leave(shared.gate);
}

static void
who_waits_in_vain_is_told_at_the_deadline(void **state)
{
    int64_t before = clock_tick_us();

    (void)state;
    for (int i = 0; i < PLACES; i++)
        assert_true(gate_enter(shared.gate, 0));
    assert_false(gate_enter(shared.gate, before + SHORT_US));
    assert_true(clock_tick_us() - before >= SHORT_US);
    for (int i = 0; i < PLACES; i++)
        gate_leave(shared.gate);
}

static void *
pass_often(void *owner)
{
    const int64_t *wait_us = owner;

    for (int i = 0; i < ROUNDS; i++) {
        if (!gate_enter(shared.gate, *wait_us == GATE_NO_DEADLINE
                                         ? GATE_NO_DEADLINE
                                         : clock_tick_us() + *wait_us)) {
            add(&shared.late, 1);
            continue;
        }
        note_inside();
        add(&shared.inside, (size_t)-1);
        add(&shared.passed, 1);
        gate_leave(shared.gate);
    }
    return NULL;
}

static void
run_threads(int64_t wait_us)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pass_often,
                                        &wait_us), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_in_range(shared.most, 1, PLACES);
    assert_int_equal(shared.inside, 0);
    assert_int_equal(shared.passed + shared.late, THREADS * ROUNDS);
    for (int i = 0; i < PLACES; i++)    /* all places came back */
        assert_true(gate_enter(shared.gate, 0));
    assert_false(gate_enter(shared.gate, 0));
    for (int i = 0; i < PLACES; i++)
        gate_leave(shared.gate);
}

static void
never_more_are_inside_than_there_are_places(void **state)
{
    (void)state;
    run_threads(GATE_NO_DEADLINE);
    assert_int_equal(shared.late, 0);
}

/* Threads give up in the very moment in which others call them in. */
static void
no_place_is_lost_when_threads_give_up(void **state)
{
    (void)state;
    run_threads(0);
    shared.passed = shared.late = shared.most = 0;
    run_threads(20);
}

struct arrival {
    pthread_t thread;
    size_t    place;    /* in which it came through */
};

static void *
arrive(void *owner)
{
    struct arrival *one = owner;

    if (gate_enter(shared.gate, GATE_NO_DEADLINE)) {
        one->place = add(&shared.passed, 1);
        gate_leave(shared.gate);
    }
    return NULL;
}

/* Starts one more and waits until it stands in line. */
static void
start(struct arrival *one)
{
    size_t before = gate_waiting(shared.gate);

    assert_int_equal(pthread_create(&one->thread, NULL, arrive, one), 0);
    while (gate_waiting(shared.gate) == before)
        clock_pause_ms(1);
}

static void
the_newest_is_let_in_first(void **state)
{
    struct arrival old = { 0 }, new = { 0 };

    (void)state;
    for (int i = 0; i < PLACES; i++)
        assert_true(gate_enter(shared.gate, 0));
    start(&old);
    start(&new);
    gate_leave(shared.gate);
    assert_int_equal(pthread_join(new.thread, NULL), 0);
    assert_int_equal(pthread_join(old.thread, NULL), 0);
    assert_int_equal(new.place, 1);
    assert_int_equal(old.place, 2);
    for (int i = 0; i < PLACES - 1; i++)
        gate_leave(shared.gate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_place_is_given_even_past_the_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_waits_in_vain_is_told_at_the_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            never_more_are_inside_than_there_are_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            no_place_is_lost_when_threads_give_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_newest_is_let_in_first, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
