/* The cache of tails: new enough, loaded once, not too large. */
#include "unit/check.h"

#include "memory/tail.h"
#include "platform/clock.h"
#include "unit/fake_store.h"

#include "base/banned.h"

static struct snapshot_wanted
want(int64_t vault_id, int64_t epoch, int64_t purge_epoch)
{
    return (struct snapshot_wanted){
        .vault_id = vault_id,
        .epoch = epoch,
        .purge_epoch = purge_epoch,
        .model_id = fake.model_id,
        .embedded_seq = fake.embedded_seq,
        .deadline_us = clock_tick_us() + 60000000,
    };
}

static struct tail_cache *
open_cache(size_t bytes)
{
    return tail_open(&(struct tail_options){ .cache_bytes = bytes,
                                             .most = 100 });
}

static enum status
borrow(struct tail_cache *cache, const struct snapshot_wanted *wanted,
       struct tail **tail, struct error *err)
{
    struct error damage;
    enum status  st = tail_borrow(cache, NULL, wanted, tail, &damage, err);

    assert_int_equal(damage.status, OK);
    return st;
}

static uint32_t
count_in(struct tail_cache *cache, struct snapshot_wanted wanted)
{
    struct tail *tail;
    struct error err;
    uint32_t     count;

    assert_int_equal(borrow(cache, &wanted, &tail, &err), OK);
    count = snapshot_count(tail_read(tail));
    tail_done(tail);
    tail_return(cache, tail);
    return count;
}

static void
rows_are_added_only_when_the_epoch_moved(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);

    (void)state;
    (void)fake_add(0, "one");
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    (void)fake_add(0, "two");
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    assert_int_equal(fake.readings, 1);
    assert_int_equal(count_in(cache, want(1, 2, 0)), 2);
    assert_int_equal(fake.read_rows, 2);
    assert_int_equal(count_in(cache, want(1, 1, 0)), 2);
    assert_int_equal(fake.readings, 2);
    assert_int_equal(fake.borrowed, 0);
    tail_close(cache);
    fake_clear();
}

static void
an_empty_vault_is_loaded_once(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);

    (void)state;
    assert_int_equal(count_in(cache, want(1, 0, 0)), 0);
    assert_int_equal(count_in(cache, want(1, 0, 0)), 0);
    assert_int_equal(fake.readings, 1);
    tail_close(cache);
    fake_clear();
}

static void
a_purge_builds_it_anew(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);

    (void)state;
    (void)fake_add(0, "one");
    (void)fake_add(0, "two");
    assert_int_equal(count_in(cache, want(1, 2, 0)), 2);
    fake_remove(1);
    assert_int_equal(count_in(cache, want(1, 3, 1)), 1);
    assert_int_equal(count_in(cache, want(1, 3, 1)), 1);
    assert_int_equal(fake.readings, 2);
    tail_close(cache);
    fake_clear();
}

static void
a_failure_is_told_and_tried_again(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);
    struct snapshot_wanted wanted = want(1, 1, 0);
    struct tail       *tail;
    struct error       err;

    (void)state;
    (void)fake_add(0, "one");
    fake.failure = ERR_STORE;
    assert_int_equal(borrow(cache, &wanted, &tail, &err),
                     ERR_STORE);
    assert_string_equal(err.text, "fake");
    fake.failure = OK;
    assert_int_equal(count_in(cache, wanted), 1);
    fake.failure = ERR_STORE;
    wanted = want(1, 2, 0);
    assert_int_equal(borrow(cache, &wanted, &tail, &err),
                     ERR_STORE);
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    tail_close(cache);
    fake_clear();
}

static void
old_tails_make_room_for_new_ones(void **state)
{
    struct tail_cache *cache = open_cache(1);

    (void)state;
    (void)fake_add(0, "one");
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    assert_int_equal(fake.readings, 1);
    assert_int_equal(count_in(cache, want(2, 1, 0)), 1);
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    assert_int_equal(fake.readings, 3);
    tail_forget(cache, 1);
    assert_int_equal(tail_bytes(cache), 0);
    tail_close(cache);
    fake_clear();
}

static void
a_forgotten_tail_lives_as_long_as_it_is_held(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);
    struct snapshot_wanted wanted = want(1, 1, 0);
    struct tail       *tail;
    struct error       err;

    (void)state;
    (void)fake_add(0, "one");
    assert_int_equal(borrow(cache, &wanted, &tail, &err), OK);
    tail_forget(cache, 1);
    assert_int_equal(snapshot_count(tail_read(tail)), 1);
    tail_done(tail);
    tail_return(cache, tail);
    tail_close(cache);
    fake_clear();
}

static void
a_slow_load_goes_on_and_stalls_nobody_else(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);
    struct snapshot_wanted wanted = want(1, 1, 0);
    struct tail       *tail;
    struct error       err;

    (void)state;
    (void)fake_add(0, "one");
    fake.gate_shut = true;
    wanted.deadline_us = clock_tick_us() + 20000;
    assert_int_equal(borrow(cache, &wanted, &tail, &err),
                     ERR_TIMEOUT);
    assert_int_equal(count_in(cache, want(2, 1, 0)), 1);
    fake_open_gate();
    assert_int_equal(count_in(cache, want(1, 1, 0)), 1);
    assert_int_equal(fake.readings, 2);
    tail_close(cache);
    fake_clear();
}

static void
a_late_catching_up_keeps_what_it_has(void **state)
{
    struct tail_cache *cache = open_cache(8 << 20);
    struct snapshot_wanted wanted = want(1, 2, 0);
    struct tail       *tail;
    struct error       err;

    (void)state;
    assert_int_equal(count_in(cache, want(1, 1, 0)), 0);
    for (int i = 0; i < 200; i++)
        (void)fake_add(0, "text");
    wanted.deadline_us = 0;
    assert_int_equal(borrow(cache, &wanted, &tail, &err),
                     ERR_TIMEOUT);
    assert_int_equal(count_in(cache, want(1, 2, 0)), 200);
    assert_int_equal(fake.read_rows, 200);
    tail_close(cache);
    fake_clear();
}

static void *
count_in_thread(void *owner)
{
    struct tail_cache *cache = owner;

    for (int64_t epoch = 1; epoch <= 50; epoch++)
        assert_true(count_in(cache, want(1 + epoch % 3, epoch, 0)) == 40);
    return NULL;
}

static void
many_threads_load_it_once(void **state)
{
    struct tail_cache *cache = open_cache(1 << 20);
    pthread_t          threads[8];

    (void)state;
    for (int i = 0; i < 40; i++)
        (void)fake_add(i, "text");
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_in_thread,
                                        cache), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(fake.readings, 50);
    tail_close(cache);
    fake_clear();
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_added_only_when_the_epoch_moved),
        cmocka_unit_test(an_empty_vault_is_loaded_once),
        cmocka_unit_test(a_purge_builds_it_anew),
        cmocka_unit_test(a_failure_is_told_and_tried_again),
        cmocka_unit_test(old_tails_make_room_for_new_ones),
        cmocka_unit_test(a_forgotten_tail_lives_as_long_as_it_is_held),
        cmocka_unit_test(a_slow_load_goes_on_and_stalls_nobody_else),
        cmocka_unit_test(a_late_catching_up_keeps_what_it_has),
        cmocka_unit_test(many_threads_load_it_once),
    };

    return cmocka_run_group_tests_name("tail", tests, NULL, NULL);
}
