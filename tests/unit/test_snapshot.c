/* A segment and the rows behind it are searched as one. */
#include "unit/check.h"

#include <stdlib.h>

#include "unit/fake_store.h"
#include "unit/segments.h"

#include "memory/rank.h"
#include "memory/snapshot.h"

#include "base/banned.h"

enum { ROWS = 200, MODEL = 5 };

static float vectors_of_rows[ROWS][FAKE_DIMENSIONS];

static const struct windows windows = { .most_ms = { 0 } };

/* The same rows in every run, all with vectors. */
static void
fill(struct arena *a)
{
    static const char *const words[] = { "red", "boat", "lake", "dog", "tea",
                                         "Lisbon", "violin", "always" };

    for (size_t i = 0; i < ROWS; i++) {
        unsigned   n = (unsigned)i * 2654435761U >> 7;
        struct str text = STR("We");

        for (size_t k = 0; k < 3 + i % 5; k++, n = n * 1103515245U + 12345U)
            text = arena_printf(a, "%.*s %s", STR_ARG(text),
                                words[n / 65536 % COUNT(words)]);
        (void)fake_add((int64_t)(i % 3), text.ptr);
        folder_vector(i + 1, FAKE_DIMENSIONS, vectors_of_rows[i]);
    }
    fake.vector = vectors_of_rows;
    fake.model_id = MODEL;
    fake.embedded_seq = ROWS;
}

/* The first rows of the fake vault, for segment_build(). */
struct first_rows {
    size_t count;
    size_t next;
    bool   bare;  /* without vectors */
};

static enum status
next_row(void *owner, struct segment_row *row, struct error *err)
{
    struct first_rows *r = owner;

    (void)err;
    if (r->next == r->count)
        return OK;
    row->memory = &fake.rows[r->next];
    if (!r->bare) {
        row->vector = vectors_of_rows[fake.rows[r->next].seq - 1];
        row->dimensions = FAKE_DIMENSIONS;
    }
    r->next++;
    return OK;
}

static void
build(const struct segments_fixture *f, size_t count, bool bare,
      int64_t purge_epoch)
{
    struct first_rows     rows = { .count = count, .bare = bare };
    struct segment_source source = {
        .vault_id = SEGMENTS_VAULT, .model_id = bare ? 0 : MODEL,
        .model = bare ? STR_NONE : STR("fake"),
        .dimensions = bare ? 0 : FAKE_DIMENSIONS,
        .base_seq = fake.rows[count - 1].seq, .purge_epoch = purge_epoch,
        .next = next_row, .owner = &rows,
    };
    struct error err;

    assert_int_equal(segment_build(f->state_dir, &source, &err), OK);
}

static struct snapshot_wanted
wanted(int64_t purge_epoch)
{
    return (struct snapshot_wanted){
        .vault_id = SEGMENTS_VAULT, .epoch = 1, .purge_epoch = purge_epoch,
        .model_id = MODEL, .embedded_seq = fake.embedded_seq,
        .deadline_us = INT64_MAX };
}

/* A snapshot of all rows; segments NULL: everything is in its tail. */
static struct snapshot *
read_all(struct segment_cache *segments, int64_t purge_epoch)
{
    struct error           err;
    struct snapshot       *s = snapshot_new(segments, SEGMENTS_VAULT, &err);
    struct snapshot_wanted w = wanted(purge_epoch);

    assert_int_equal(err.status, OK);
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), OK);
    return s;
}

struct order {
    struct ranked *list;
    size_t         count;
};

static struct order
rank(struct arena *a, const struct snapshot *s, const char *question,
     const float *vector, bool *with_vectors)
{
    struct index         ix = snapshot_index(s);
    struct scratch_pool *pool = scratch_open(1);
    struct scratch      *scratch = scratch_borrow(pool, index_count(&ix));
    struct rank_query    q = {
        .question = str_from(question), .scope = { .all = true },
        .similar = { vector, { FAKE_DIMENSIONS, NULL, NULL, false } },
        .windows = &windows, .keep = ROWS };
    struct order o;

    *with_vectors = rank_find(&ix, scratch, a, &q, &o.list, &o.count);
    scratch_return(pool, scratch);
    scratch_close(pool);
    return o;
}

/* Both rank the same memories alike, question by question. */
static void
check_alike(struct arena *a, const struct snapshot *left,
            const struct snapshot *right, bool vectors)
{
    static const char *const questions[] = { "the red boat", "Lisbon",
                                             "do you always drink tea?",
                                             "something else" };
    struct index l_index = snapshot_index(left);
    struct index r_index = snapshot_index(right);
    float        vector[FAKE_DIMENSIONS];

    for (size_t i = 0; i < COUNT(questions); i++) {
        struct order l, r;
        bool         l_used, r_used;

        folder_vector(1000 + i, FAKE_DIMENSIONS, vector);
        l = rank(a, left, questions[i], vector, &l_used);
        r = rank(a, right, questions[i], vector, &r_used);
        assert_int_equal(l_used, vectors);
        assert_int_equal(r_used, vectors);
        assert_int_equal(l.count, r.count);
        assert_true(!vectors || l.count > 0);
        for (size_t k = 0; k < l.count; k++) {
            assert_int_equal(index_item(&l_index, l.list[k].item)->seq,
                             index_item(&r_index, r.list[k].item)->seq);
            assert_true(fabs(l.list[k].score - r.list[k].score) < 1e-4);
        }
    }
}

static int
set_up(void **state)
{
    int                      failure = segments_set_up(state);
    struct segments_fixture *f = *state;

    if (failure == 0)
        fill(&f->arena);
    return failure;
}

static int
tear_down(void **state)
{
    fake_clear();
    return segments_tear_down(state);
}

static void
base_and_tail_rank_as_a_tail_alone(void **state)
{
    static const size_t      cuts[] = { 1, 7, ROWS / 2, ROWS - 1, ROWS };
    struct segments_fixture *f = *state;
    struct snapshot         *alone = read_all(NULL, 3);

    assert_int_equal(snapshot_tail_count(alone), ROWS);
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct segment_cache *cache;
        struct snapshot      *s;

        build(f, cuts[i], false, 3);
        cache = segment_cache_open(f->state_dir, 2, SIZE_MAX);
        s = read_all(cache, 3);
        assert_int_equal(snapshot_tail_count(s), ROWS - cuts[i]);
        assert_int_equal(snapshot_count(s), ROWS);
        check_str(snapshot_model(s), "fake");
        check_alike(&f->arena, alone, s, true);
        assert_true(snapshot_is_current(s));
        snapshot_free(s);
        segment_cache_close(cache);
    }
    snapshot_free(alone);
}

static void
what_was_deleted_is_not_found_in_the_segment(void **state)
{
    struct segments_fixture *f = *state;
    struct segment_cache    *cache;
    struct snapshot         *s;
    struct index             ix;

    build(f, ROWS / 2, false, 3);
    for (int64_t seq = 4; seq <= ROWS / 2; seq += 3)
        fake_remove(seq);
    cache = segment_cache_open(f->state_dir, 2, SIZE_MAX);
    s = read_all(cache, 4);
    ix = snapshot_index(s);
    for (uint32_t i = 0; i < index_count(&ix); i++) {
        int64_t seq = index_item(&ix, i)->seq;

        assert_int_equal(index_is_live(&ix, i),
                         seq > ROWS / 2 || seq < 4 || seq % 3 != 1);
    }
    for (size_t i = 0; i < 4; i++) {
        bool         used;
        float        vector[FAKE_DIMENSIONS];
        struct order o;

        folder_vector(i, FAKE_DIMENSIONS, vector);
        o = rank(&f->arena, s, "the red boat on the lake", vector, &used);
        assert_true(o.count > 0);
        for (size_t k = 0; k < o.count; k++)
            assert_true(index_is_live(&ix, o.list[k].item));
    }
    snapshot_free(s);
    segment_cache_close(cache);
}

static void
a_segment_of_before_has_nothing_dead(void **state)
{
    struct segments_fixture *f = *state;
    struct segment_cache    *cache;
    struct snapshot         *s;

    build(f, ROWS / 2, false, 3);
    cache = segment_cache_open(f->state_dir, 2, SIZE_MAX);
    s = read_all(cache, 3);
    assert_null(snapshot_index(s).dead);
    snapshot_free(s);
    segment_cache_close(cache);
}

static void
a_segment_without_vectors_goes_by_words(void **state)
{
    struct segments_fixture *f = *state;
    struct segment_cache    *cache;
    struct snapshot         *s, *alone;

    build(f, ROWS / 2, true, 3);
    cache = segment_cache_open(f->state_dir, 2, SIZE_MAX);
    s = read_all(cache, 3);
    check_str(snapshot_model(s), "");
    fake.embedded_seq = 0;
    alone = read_all(NULL, 3);
    check_alike(&f->arena, alone, s, false);
    snapshot_free(alone);
    snapshot_free(s);
    segment_cache_close(cache);
}

/* The vault moved on to another model: the segment's stays until a new one is
 * there, and rows behind it have no vectors of it. */
static void
the_segments_model_decides(void **state)
{
    struct segments_fixture *f = *state;
    struct error             err;
    struct segment_cache    *cache;
    struct snapshot         *s;
    struct snapshot_wanted   w = wanted(3);

    build(f, ROWS / 2, false, 3);
    cache = segment_cache_open(f->state_dir, 2, SIZE_MAX);
    s = snapshot_new(cache, SEGMENTS_VAULT, &err);
    w.model_id = MODEL + 1;
    w.embedded_seq = ROWS;
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), OK);
    check_str(snapshot_model(s), "fake");
    assert_int_equal(snapshot_count(s), ROWS);
    build(f, ROWS, false, 3);
    assert_false(snapshot_is_current(s));
    snapshot_free(s);
    segment_cache_close(cache);
}

static void
a_damaged_segment_is_told_and_done_without(void **state)
{
    struct segments_fixture *f = *state;
    struct segment_cache    *cache;
    struct snapshot         *s;
    struct snapshot_wanted   w = wanted(3);
    struct error             err;
    FILE                    *file;

    build(f, ROWS / 2, false, 3);
    file = fopen(segments_path(&f->arena, f->state_dir, "current/lexicon"),
                 "r+");
    assert_non_null(file);
    assert_int_equal(fputs("damage", file) >= 0, true);
    assert_int_equal(fclose(file), 0);
    cache = segment_cache_open(f->state_dir, 2, SIZE_MAX);
    s = snapshot_new(cache, SEGMENTS_VAULT, &err);
    assert_int_equal(err.status, ERR_INTERNAL);
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), OK);
    assert_int_equal(snapshot_tail_count(s), ROWS);
    assert_true(segments_is_wanted(f->state_dir));
    snapshot_free(s);
    segment_cache_close(cache);
}

/* What was read before the failure stays; nothing is read twice. */
static void
a_failed_update_goes_on_where_it_stopped(void **state)
{
    struct error           err;
    struct snapshot       *s = snapshot_new(NULL, SEGMENTS_VAULT, &err);
    struct snapshot_wanted w = wanted(0);

    (void)state;
    w.deadline_us = 0;
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), ERR_TIMEOUT);
    w.deadline_us = INT64_MAX;
    fake.failure = ERR_STORE;
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), ERR_STORE);
    fake.failure = OK;
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), OK);
    assert_int_equal(snapshot_count(s), ROWS);
    (void)fake_add(1, "One more.");
    assert_int_equal(snapshot_update(s, NULL, NULL, &w, &err), OK);
    assert_int_equal(snapshot_count(s), ROWS + 1);
    snapshot_free(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(base_and_tail_rank_as_a_tail_alone),
        TEST(what_was_deleted_is_not_found_in_the_segment),
        TEST(a_segment_of_before_has_nothing_dead),
        TEST(a_segment_without_vectors_goes_by_words),
        TEST(the_segments_model_decides),
        TEST(a_damaged_segment_is_told_and_done_without),
        TEST(a_failed_update_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
