/* Generations built, opened and replaced. */
#include "unit/segments.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "memory/generation.h"
#include "platform/clock.h"

#include "base/banned.h"

static void
what_was_built_is_opened(void **state)
{
    struct segments_fixture        *f = *state;
    const struct manifest *m;

    segments_build_rows(f, 50, 10);
    assert_int_equal(segments_open(f), OK);
    m = segment_manifest(f->segment);
    assert_int_equal(m->vault_id, SEGMENTS_VAULT);
    assert_int_equal(m->model_id, 5);
    assert_string_equal(m->model, "a model");
    assert_int_equal(m->dimensions, SEGMENT_WIDTH);
    assert_int_equal(m->base_seq, 50);
    assert_int_equal(m->purge_epoch, 3);
    assert_int_equal(m->items, 50);
    assert_int_equal(m->vectors, 45);
    assert_int_equal(vectors_count(segment_vectors(f->segment)), 45);
    assert_null(vectors_at(segment_vectors(f->segment), 9));
    assert_non_null(vectors_at(segment_vectors(f->segment), 0));
    assert_false(segment_is_unverified(f->segment));
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 0);
    assert_false(segments_is_wanted(f->state_dir));
}

static void
a_vault_that_was_never_built_has_none(void **state)
{
    struct segments_fixture *f = *state;

    assert_int_equal(segments_open(f), ERR_NOT_FOUND);
    assert_false(segments_is_wanted(f->state_dir));
}

static void
empty_vaults_and_vaults_without_vectors_are_fine(void **state)
{
    struct segments_fixture       *f = *state;
    struct made_rows      rows = { .count = 4 };
    struct segment_source source = segments_source(&rows);
    struct error          err;

    segments_build_rows(f, 0, 0);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 0);
    assert_null(segment_vectors(f->segment));

    segments_build_rows(f, 3, 1);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 3);
    assert_null(segment_vectors(f->segment));

    source.model_id = 0;
    assert_int_equal(segment_build(f->state_dir, &source, &err), OK);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->dimensions, 0);
    assert_string_equal(segment_manifest(f->segment)->model, "");
    assert_null(segment_vectors(f->segment));
}

static void
vectors_of_another_dimension_count_as_none(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;

    assert_int_equal(segments_build(f->state_dir, (struct made_rows){
        .count = 8, .dimensions = SEGMENT_WIDTH + 1 }, &err), OK);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 8);
    assert_int_equal(segment_manifest(f->segment)->vectors, 0);
}

static void
rows_out_of_order_are_our_mistake(void **state)
{
    struct segments_fixture       *f = *state;
    struct made_rows      rows = { .count = 4 };
    struct segment_source source = segments_source(&rows);
    struct error          err;

    source.base_seq = 3;
    assert_int_equal(segment_build(f->state_dir, &source, &err),
                     ERR_INTERNAL);
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 0);
    assert_int_equal(segments_open(f), ERR_NOT_FOUND);
}

static void
the_previous_generation_stays_older_ones_go(void **state)
{
    struct segments_fixture *f = *state;
    struct segment *first;

    segments_build_rows(f, 5, 0);
    assert_int_equal(segments_open(f), OK);
    first = f->segment;
    f->segment = NULL;
    for (size_t i = 6; i < 10; i++)
        segments_build_rows(f, i, 0);
    assert_int_equal(segments_count_names(f->state_dir, "0000000"), 2);
    assert_int_equal(segments_count_names(f->state_dir, "00000005-"), 1);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 9);
    /* Who had the first one open still reads it. */
    assert_non_null(vectors_at(segment_vectors(first), 4));
    assert_true(vectors_at(segment_vectors(first), 4)[0] > -1);
    segment_close(first);
}

static void
a_failing_source_leaves_the_old_generation(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;

    segments_build_rows(f, 5, 0);
    assert_int_equal(generation_want(f->state_dir, SEGMENTS_VAULT, &err), OK);
    assert_int_equal(segments_build(f->state_dir, (struct made_rows){
        .count = 9, .fail_at = 7 }, &err), ERR_TIMEOUT);
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 0);
    assert_true(segments_is_wanted(f->state_dir)); /* still */
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 5);
    segments_build_rows(f, 6, 0);
    assert_false(segments_is_wanted(f->state_dir));
}

static const char *other_state_dir;

static void
build_meanwhile(struct made_rows *rows)
{
    struct error err;

    if (rows->next == 2)
        assert_int_equal(segments_build(other_state_dir, (struct made_rows){
            .count = 1 }, &err), ERR_CONFLICT);
}

static void
two_builders_do_not_meet(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;

    other_state_dir = f->state_dir;
    assert_int_equal(segments_build(f->state_dir, (struct made_rows){
        .count = 4, .at_row = build_meanwhile }, &err), OK);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 4);
}

/* Ends the process as kill -9 does. */
static void
die(struct made_rows *rows)
{
    if (rows->next == 3)
        (void)raise(SIGKILL);
}

static void
what_a_killed_builder_left_is_swept(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;
    pid_t           child;
    int             how;

    segments_build_rows(f, 2, 0);
    child = fork();
    if (child == 0) {
        (void)segments_build(f->state_dir, (struct made_rows){
            .count = 9, .at_row = die }, &err);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 1);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 2);
    segments_build_rows(f, 5, 0);
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 0);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 5);
}

/* Builds in a process of its own, killed after about so many microseconds. */
static void
build_and_kill(struct segments_fixture *f, size_t count, int64_t after_us)
{
    struct error err;
    int64_t      end;
    pid_t        child = fork();

    if (child == 0) {
        (void)segments_build(f->state_dir, (struct made_rows){
            .count = count }, &err);
        _exit(0);
    }
    end = clock_tick_us() + after_us;
    while (clock_tick_us() < end)
        continue;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
a_builder_may_be_killed_at_any_time(void **state)
{
    struct segments_fixture *f = *state;
    size_t          last = 2;

    segments_build_rows(f, last, 0);
    for (size_t i = 0; i < 60; i++) {
        size_t items, fresh = 100 + i;

        build_and_kill(f, fresh, (int64_t)i * 120);
        assert_int_equal(segments_open(f), OK);
        items = segment_manifest(f->segment)->items;
        assert_true(items == last || items == fresh);
        assert_int_equal(vectors_count(segment_vectors(f->segment)), items);
        last = items;
    }
    segments_build_rows(f, 5, 0);
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 0);
    assert_true(segments_count_names(f->state_dir, "000000") <= 2);
}

/* Files of at most `bytes`: what a full disk is to whoever writes. */
static void
build_on_a_full_disk(struct segments_fixture *f, rlim_t bytes)
{
    struct rlimit before, small;
    struct error  err;
    enum status   st;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){ bytes, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    st = segments_build(f->state_dir, (struct made_rows){ .count = 300 },
                        &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(st, ERR_STORE);
}

static void
a_full_disk_leaves_the_old_generation(void **state)
{
    struct segments_fixture  *f = *state;
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

    segments_build_rows(f, 5, 0);
    assert_int_equal(sigaction(SIGXFSZ, &ignore, &before), 0);
    /* Rows are 19,200 bytes, vectors.faiss is a little more. */
    for (rlim_t bytes = 0; bytes < 19500; bytes += 1300)
        build_on_a_full_disk(f, bytes);
    build_on_a_full_disk(f, 19300);
    build_on_a_full_disk(f, 21000);
    assert_int_equal(sigaction(SIGXFSZ, &before, NULL), 0);
    assert_int_equal(segments_count_names(f->state_dir, "tmp-"), 0);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segment_manifest(f->segment)->items, 5);
}

static void
without_descriptors_nothing_is_set_aside(void **state)
{
    struct segments_fixture *f = *state;
    struct rlimit   before, none;

    segments_build_rows(f, 5, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (rlim_t few = 0; few < 5; few++) {
        none = (struct rlimit){ few, before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        if (segments_open(f) != OK)
            assert_int_equal(segments_open(f), ERR_BUSY);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(segments_open(f), OK);
}

static void
a_vault_can_be_removed(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;

    assert_int_equal(generation_remove(&f->arena, f->state_dir,
                                       SEGMENTS_VAULT, &err), OK);
    segments_build_rows(f, 5, 0);
    segments_build_rows(f, 6, 0);
    assert_int_equal(generation_remove(&f->arena, f->state_dir,
                                       SEGMENTS_VAULT, &err), OK);
    assert_int_equal(access(segments_path(&f->arena, f->state_dir, ""),
                            F_OK), -1);
    assert_int_equal(segments_open(f), ERR_NOT_FOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SEGMENTS_TEST(what_was_built_is_opened),
        SEGMENTS_TEST(a_vault_that_was_never_built_has_none),
        SEGMENTS_TEST(empty_vaults_and_vaults_without_vectors_are_fine),
        SEGMENTS_TEST(vectors_of_another_dimension_count_as_none),
        SEGMENTS_TEST(rows_out_of_order_are_our_mistake),
        SEGMENTS_TEST(the_previous_generation_stays_older_ones_go),
        SEGMENTS_TEST(a_failing_source_leaves_the_old_generation),
        SEGMENTS_TEST(two_builders_do_not_meet),
        SEGMENTS_TEST(what_a_killed_builder_left_is_swept),
        SEGMENTS_TEST(a_builder_may_be_killed_at_any_time),
        SEGMENTS_TEST(a_full_disk_leaves_the_old_generation),
        SEGMENTS_TEST(without_descriptors_nothing_is_set_aside),
        SEGMENTS_TEST(a_vault_can_be_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
