/* What is counted for Prometheus. */
#include "unit/check.h"

#include <sys/wait.h>
#include <unistd.h>

#include "platform/meters.h"

#include "base/banned.h"

struct fixture {
    struct arena   arena;
    char           folder[64];
    struct meters *m;
};

static int
set_up(void **state)
{
    static struct fixture f;
    struct error          err;

    f = (struct fixture){ .folder = "/tmp/test_meters.XXXXXX" };
    *state = &f;
    return mkdtemp(f.folder) && meters_open(f.folder, &f.m, &err) == OK
               ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    char            path[96];

    meters_close(f->m);
    arena_release(&f->arena);
    (void)snprintf(path, sizeof(path), "%s/meters", f->folder);
    return unlink(path) == 0 && rmdir(f->folder) == 0 ? 0 : -1;
}

static void
check_print(struct fixture *f, const char *expected)
{
    struct buf *b = buf_new(&f->arena, 1 << 20);

    meters_print(f->m, &f->arena, b);
    buf_add_byte(b, '\0');
    assert_string_equal(b->ptr, expected);
}

static void
counters_are_told_by_family_in_order(void **state)
{
    struct fixture *f = *state;

    meters_add(f->m, STR("b_total{x=\"2\"}"), 1);
    meters_add(f->m, STR("b_total{x=\"1\"}"), 2);
    meters_add(f->m, STR("a_total"), 3);
    meters_add(f->m, STR("b_total{x=\"2\"}"), 4);
    check_print(f, "# TYPE a_total counter\na_total 3\n"
                   "# TYPE b_total counter\nb_total{x=\"1\"} 2\n"
                   "b_total{x=\"2\"} 5\n");
}

static void
times_go_into_buckets(void **state)
{
    struct fixture *f = *state;
    struct buf     *b = buf_new(&f->arena, 1 << 16);
    struct str      text;

    meters_time(f->m, STR("t_seconds{s=\"x\"}"), 1000);
    meters_time(f->m, STR("t_seconds{s=\"x\"}"), 1001);
    meters_time(f->m, STR("t_seconds{s=\"x\"}"), 99000000);
    meters_print(f->m, &f->arena, b);
    text = buf_str(b);
    assert_true(str_starts(text, STR("# TYPE t_seconds histogram\n"
                "t_seconds_bucket{s=\"x\",le=\"0.001\"} 1\n"
                "t_seconds_bucket{s=\"x\",le=\"0.002\"} 2\n")));
    assert_true(str_ends(text, STR("t_seconds_bucket{s=\"x\",le=\"30\"} 2\n"
                "t_seconds_bucket{s=\"x\",le=\"+Inf\"} 3\n"
                "t_seconds_sum{s=\"x\"} 99.002001\n"
                "t_seconds_count{s=\"x\"} 3\n")));
}

/* Counts in a process of its own, which then is gone. */
static void
count_elsewhere(struct fixture *f)
{
    struct meters *m;
    struct error   err;
    pid_t          pid = fork();
    int            how;

    if (pid == 0) {
        if (meters_open(f->folder, &m, &err) != OK)
            _exit(1);
        meters_add(m, STR("c_total"), 5);
        meters_set(m, STR("g"), 7);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

static void
counters_outlive_a_process_and_gauges_do_not(void **state)
{
    struct fixture *f = *state;

    meters_move(f->m, STR("g"), 2);
    meters_move(f->m, STR("g"), -1);
    count_elsewhere(f);
    check_print(f, "# TYPE c_total counter\nc_total 5\n"
                   "# TYPE g gauge\ng 1\n");
}

static void
what_does_not_fit_is_not_counted(void **state)
{
    struct fixture *f = *state;
    char            name[200];

    for (int i = 0; i < 5000; i++) {
        int len = snprintf(name, sizeof(name), "n_total{i=\"%d\"}", i);

        meters_add(f->m, (struct str){ name, (size_t)len }, 1);
    }
    memset(name, 'x', sizeof(name));
    meters_add(f->m, (struct str){ name, sizeof(name) }, 1);
    meters_add(NULL, STR("a"), 1);
    meters_time(NULL, STR("a"), 1);
    meters_set(NULL, STR("a"), 1);
    meters_print(NULL, &f->arena, NULL);
}

#define METERS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, \
                                                          tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        METERS_TEST(counters_are_told_by_family_in_order),
        METERS_TEST(times_go_into_buckets),
        METERS_TEST(counters_outlive_a_process_and_gauges_do_not),
        METERS_TEST(what_does_not_fit_is_not_counted),
    };

    return cmocka_run_group_tests_name("meters", tests, NULL, NULL);
}
