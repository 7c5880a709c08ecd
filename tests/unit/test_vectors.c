/* Vectors written, mapped and searched. */
#include "unit/check.h"

#include <dirent.h>

#include "unit/folder.h"

#include "memory/vectors_write.h"

#include "base/banned.h"

enum { WIDTH = 32, MANY = VECTORS_EXACT_MAX + 12000, K = 10 };

struct fixture {
    char            folder[64];
    struct vectors *vectors;
};

static int
set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){ .folder = "/tmp/test_vectors.XXXXXX" };
    *state = &f;
    return mkdtemp(f.folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    vectors_close(f->vectors);
    folder_remove(f->folder);
    return 0;
}

/* Every `gap`-th item has no vector; 0: all have one. */
static void
write_items(struct fixture *f, size_t count, size_t width, size_t gap)
{
    struct vectors_writer *w;
    struct error           err;
    float *vector = alloc_array_or_die(width, sizeof(*vector));

    assert_int_equal(vectors_write_begin(f->folder, width, &w, &err), OK);
    for (size_t i = 0; i < count; i++) {
        folder_vector(i, width, vector);
        assert_int_equal(vectors_write_add(w, gap && i % gap == 0 ? NULL
                                                                  : vector,
                                           &err), OK);
    }
    assert_int_equal(vectors_write_end(w, &err), OK);
    vectors_write_free(w);
    free(vector);
}

static void
open_items(struct fixture *f)
{
    struct error err;

    assert_int_equal(vectors_open(f->folder, &f->vectors, &err), OK);
}

static void
small_vaults_are_exact_and_have_gaps(void **state)
{
    struct fixture *f = *state;
    float           q[WIDTH], vector[WIDTH], scores[100];
    uint32_t        some[3] = { 99, 0, 100 };
    float           some_scores[3];

    write_items(f, 100, WIDTH, 10);
    open_items(f);
    assert_int_equal(vectors_items(f->vectors), 100);
    assert_int_equal(vectors_count(f->vectors), 90);
    assert_int_equal(vectors_dimensions(f->vectors), WIDTH);
    assert_true(vectors_is_exact(f->vectors));
    folder_vector(7, WIDTH, q);
    vectors_scores(f->vectors, q, scores);
    for (uint32_t i = 0; i < 100; i++) {
        const float *at = vectors_at(f->vectors, i);

        folder_vector(i, WIDTH, vector);
        assert_true(isnan(scores[i]) == (i % 10 == 0));
        assert_true((at == NULL) == (i % 10 == 0));
        if (at) {
            assert_memory_equal(at, vector, sizeof(vector));
            assert_true(fabsf(scores[i] - dot_product(q, vector, WIDTH)) <
                        1e-5F);
        }
    }
    assert_null(vectors_at(f->vectors, 100));
    assert_null(vectors_at(f->vectors, UINT32_MAX));
    vectors_scores_of(f->vectors, q, some, 3, some_scores);
    assert_true(fabsf(some_scores[0] - scores[99]) < 1e-5F);
    assert_true(isnan(some_scores[1]) && isnan(some_scores[2]));
}

/* The k best of all scores, by looking at all of them. */
static size_t
slow_nearest(const struct vectors *v, const float *q, size_t k,
             uint32_t *items)
{
    uint32_t n = vectors_items(v);
    float   *scores = alloc_array_or_die(n, sizeof(*scores));
    size_t   count = 0;

    vectors_scores(v, q, scores);
    for (; count < k; count++) {
        uint32_t best = UINT32_MAX;

        for (uint32_t i = 0; i < n; i++)
            if (!isnan(scores[i]) &&
                (best == UINT32_MAX || scores[i] > scores[best]))
                best = i;
        if (best == UINT32_MAX)
            break;
        items[count] = best;
        scores[best] = NAN;
    }
    free(scores);
    return count;
}

static void
the_nearest_come_best_first(void **state)
{
    struct fixture *f = *state;
    float           q[WIDTH], scores[200];
    uint32_t        items[200], want[200];

    write_items(f, 120, WIDTH, 7);
    open_items(f);
    folder_vector(1000, WIDTH, q);
    assert_int_equal(vectors_nearest(f->vectors, q, K, items, scores), K);
    assert_int_equal(slow_nearest(f->vectors, q, K, want), K);
    assert_memory_equal(items, want, K * sizeof(*items));
    for (size_t i = 1; i < K; i++)
        assert_true(scores[i - 1] >= scores[i]);
    /* More than there are. */
    assert_int_equal(vectors_nearest(f->vectors, q, 200, items, scores),
                     vectors_count(f->vectors));
}

static void
moments_are_those_of_all_scores(void **state)
{
    struct fixture *f = *state;
    float          *scores, q[WIDTH];
    double          mean, deviation, sum = 0, squares = 0;
    uint32_t        n;

    write_items(f, MANY, WIDTH, 5);
    open_items(f);
    assert_false(vectors_is_exact(f->vectors));
    folder_vector(MANY + 3, WIDTH, q);
    n = vectors_items(f->vectors);
    scores = alloc_array_or_die(n, sizeof(*scores));
    vectors_scores(f->vectors, q, scores);
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(scores[i]))
            sum += (double)scores[i];
    sum /= vectors_count(f->vectors);
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(scores[i]))
            squares += ((double)scores[i] - sum) * ((double)scores[i] - sum);
    squares = sqrt(squares / vectors_count(f->vectors));
    vectors_moments(f->vectors, q, &mean, &deviation);
    assert_true(fabs(mean - sum) < 1e-5);
    assert_true(fabs(deviation - squares) < 1e-4 * squares + 1e-6);
    free(scores);
}

static void
moments_of_small_vaults_too(void **state)
{
    struct fixture *f = *state;
    float           q[WIDTH], score;
    double          mean, deviation;

    write_items(f, 1, WIDTH, 0);
    open_items(f);
    folder_vector(3, WIDTH, q);
    vectors_moments(f->vectors, q, &mean, &deviation);
    vectors_scores(f->vectors, q, &score);
    assert_true(fabs(mean - (double)score) < 1e-6);
    assert_true(deviation < 1e-3);
}

static void
large_vaults_lose_little(void **state)
{
    struct fixture *f = *state;
    float           q[WIDTH], scores[K];
    uint32_t        items[K], want[K];
    size_t          found = 0, asked = 0;

    write_items(f, MANY, WIDTH, 3);
    open_items(f);
    assert_true(vectors_lists(f->vectors) > 1);
    for (size_t question = 0; question < 40; question++) {
        size_t n;

        folder_vector(MANY + question, WIDTH, q);
        assert_int_equal(slow_nearest(f->vectors, q, K, want), K);
        n = vectors_nearest(f->vectors, q, K, items, scores);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < K; k++)
                found += items[i] == want[k];
        asked += K;
    }
    assert_true(found * 100 >= asked * 97);
    /* With all lists nothing is lost. */
    for (uint32_t i = 0; i < MANY; i += 501) {
        float vector[WIDTH];

        folder_vector(i, WIDTH, vector);
        if (i % 3) {
            assert_memory_equal(vectors_at(f->vectors, i), vector,
                                sizeof(vector));
            assert_true(vectors_nearest(f->vectors, vector, 1, items,
                                        scores) == 1 && items[0] == i);
        }
    }
}

static void
vectors_that_are_none_are_left_out(void **state)
{
    struct fixture        *f = *state;
    struct vectors_writer *w;
    struct error           err;
    float                  vector[4] = { 1, 0, 0, 0 };
    float                  bad[4] = { 0, NAN, 0, 0 };
    float                  worse[4] = { 0, 0, INFINITY, 0 };

    assert_int_equal(vectors_write_begin(f->folder, 4, &w, &err), OK);
    assert_int_equal(vectors_write_add(w, bad, &err), OK);
    assert_int_equal(vectors_write_add(w, vector, &err), OK);
    assert_int_equal(vectors_write_add(w, worse, &err), OK);
    assert_int_equal(vectors_write_count(w), 1);
    assert_int_equal(vectors_write_end(w, &err), OK);
    vectors_write_free(w);
    open_items(f);
    assert_int_equal(vectors_items(f->vectors), 3);
    assert_null(vectors_at(f->vectors, 0));
    assert_non_null(vectors_at(f->vectors, 1));
}

static void
no_vectors_are_no_files(void **state)
{
    struct fixture *f = *state;
    struct error    err;

    write_items(f, 5, WIDTH, 1);
    assert_int_equal(vectors_open(f->folder, &f->vectors, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(rmdir(f->folder), 0); /* nothing is left in it */
}

static void
any_width_up_to_the_limit_works(void **state)
{
    static const size_t widths[] = { 1, 3, 100, 384, 1024, 4096 };
    struct error        err;
    struct vectors_writer *w;

    for (size_t i = 0; i < COUNT(widths); i++) {
        struct fixture *f = *state;

        write_items(f, 9, widths[i], 0);
        open_items(f);
        assert_int_equal(vectors_dimensions(f->vectors), widths[i]);
        assert_int_equal((uintptr_t)vectors_at(f->vectors, 1) % 4, 0);
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        f = *state;
        assert_int_equal(vectors_write_begin(f->folder, 0, &w, &err),
                         ERR_INTERNAL);
        assert_int_equal(vectors_write_begin(f->folder, 4097, &w, &err),
                         ERR_INTERNAL);
    }
}

static size_t
count_threads(void)
{
    DIR   *dir = opendir("/proc/self/task");
    size_t count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        (void)closedir(dir);
    return count;
}

/* Workers are forked, and have threads enough. */
static void
no_threads_are_started(void **state)
{
    struct fixture *f = *state;
    float           q[WIDTH], scores[K];
    uint32_t        items[K];
    size_t          before = count_threads();

    write_items(f, MANY, WIDTH, 0);
    open_items(f);
    folder_vector(1, WIDTH, q);
    assert_int_equal(vectors_nearest(f->vectors, q, K, items, scores), K);
    assert_int_equal(count_threads(), before);
}

static void
lists_grow_with_the_root_of_the_count(void **state)
{
    (void)state;
    assert_int_equal(vectors_write_lists(1), 1);
    assert_int_equal(vectors_write_lists(VECTORS_EXACT_MAX), 1);
    assert_int_equal(vectors_write_lists(VECTORS_EXACT_MAX + 1), 128);
    assert_int_equal(vectors_write_lists(100000), 256);
    assert_int_equal(vectors_write_lists(1000000), 1024);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        IN_FOLDER(small_vaults_are_exact_and_have_gaps),
        IN_FOLDER(the_nearest_come_best_first),
        IN_FOLDER(moments_are_those_of_all_scores),
        IN_FOLDER(moments_of_small_vaults_too),
        IN_FOLDER(large_vaults_lose_little),
        IN_FOLDER(vectors_that_are_none_are_left_out),
        IN_FOLDER(no_vectors_are_no_files),
        IN_FOLDER(any_width_up_to_the_limit_works),
        IN_FOLDER(no_threads_are_started),
        cmocka_unit_test(lists_grow_with_the_root_of_the_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
