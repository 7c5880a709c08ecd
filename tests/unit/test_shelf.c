/* Model files: missing, damaged, coming later, too many. */
#include "unit/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "memory/shelf.h"
#include "unit/fake_encoder.h"

#include "base/banned.h"

enum { LONG_US = 1000000000 };

static struct conf conf;

static int
set_up(void **state)
{
    (void)state;
    if (fake_make_folder() != 0)
        return -1;
    conf = (struct conf){ .model_dir = fake_folder, .state_dir = "/nowhere",
                          .embedding_model = "m" };
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    assert_int_equal(fake.opened, fake.closed);
    return fake_remove_folder();
}

/* Borrows and returns; what went wrong is in err. */
static bool
has(struct shelf *s, const char *name, struct error *err)
{
    struct shelf_model   *model;
    const struct encoder *encoder;
    enum status           st = shelf_borrow(s, str_from(name), &model,
                                            &encoder, err);

    if (st == OK) {
        check_str(encoder_name(encoder), name);
        shelf_return(s, model);
    } else {
        assert_int_equal(st, ERR_NOT_FOUND);
        assert_null(strstr(err->text, fake_folder));
    }
    return st == OK;
}

static void
names_are_those_of_files_in_the_folder(void **state)
{
    static const char *const bad[] = { "", ".", "..", ".m", "a/b", "../m",
                                       "a b", "a\n", "a\x7F" };
    struct arena a = ARENA_INIT;
    struct error err;
    const char  *path;

    (void)state;
    assert_int_equal(shelf_path(&a, &conf, STR("e5-small-v2"), &path, &err),
                     OK);
    assert_string_equal(path, fake_path("e5-small-v2.model"));
    conf.model_dir = "";
    assert_int_equal(shelf_path(&a, &conf, STR("m"), &path, &err), OK);
    assert_string_equal(path, "/nowhere/models/m.model");
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(shelf_path(&a, &conf, str_from(bad[i]), &path, &err),
                         ERR_CONFIG);
    arena_release(&a);
}

static void
a_missing_model_is_taken_up_when_it_comes(void **state)
{
    struct shelf *s = shelf_new(&conf, 0);
    struct error  err;
    unsigned      changes;

    (void)state;
    assert_false(has(s, "m", &err));
    assert_non_null(strstr(err.text, "model fetch"));
    changes = shelf_changes(s);
    assert_false(has(s, "m", &err));
    assert_int_equal(shelf_changes(s), changes);
    fake_write("m.model", "good m");
    assert_true(has(s, "m", &err));
    assert_int_equal(shelf_changes(s), changes + 1);
    assert_true(has(s, "m", &err));
    assert_int_equal(fake.opened, 1);
    shelf_free(s);
}

static void
it_is_not_looked_for_all_the_time(void **state)
{
    struct shelf *s = shelf_new(&conf, LONG_US);
    struct error  err;

    (void)state;
    assert_false(has(s, "m", &err));
    fake_write("m.model", "good m");
    assert_false(has(s, "m", &err));
    shelf_free(s);
}

static void
a_damaged_model_is_set_aside_and_replaced(void **state)
{
    struct shelf *s = shelf_new(&conf, 0);
    struct error  err;

    (void)state;
    fake_write("m.model", "bytes");
    assert_false(has(s, "m", &err));
    assert_non_null(strstr(err.text, "model m is not a model file; its file "
                                     "was set aside as m.model.bad"));
    assert_false(fake_exists("m.model"));
    assert_true(fake_exists("m.model.bad"));
    assert_false(has(s, "m", &err));   /* says so still */
    assert_non_null(strstr(err.text, "set aside"));
    fake_write("m.model", "good m");
    assert_true(has(s, "m", &err));
    shelf_free(s);
}

static void
one_that_cannot_be_moved_is_opened_once(void **state)
{
    struct shelf *s = shelf_new(&conf, 0);
    struct error  err;
    unsigned      changes;

    (void)state;
    fake_write("m.model", "bytes");
    assert_int_equal(mkdir(fake_path("m.model.bad"), 0700), 0);
    assert_false(has(s, "m", &err));
    assert_non_null(strstr(err.text, "should be moved"));
    changes = shelf_changes(s);
    assert_false(has(s, "m", &err));
    assert_int_equal(shelf_changes(s), changes);
    fake_write("m.model", "good m");
    assert_true(has(s, "m", &err));
    shelf_free(s);
}

static void
a_model_under_another_name_is_not_used(void **state)
{
    struct shelf *s = shelf_new(&conf, 0);
    struct error  err;

    (void)state;
    fake_write("m.model", "good n");
    assert_false(has(s, "m", &err));
    assert_non_null(strstr(err.text, "holds n"));
    assert_true(fake_exists("m.model"));
    shelf_free(s);
}

static void
the_least_recently_used_of_many_goes(void **state)
{
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    struct shelf            *s = shelf_new(&conf, 0);
    struct error             err;

    (void)state;
    fake_write("m.model", "good m");
    assert_true(has(s, "m", &err));
    for (size_t i = 0; i < COUNT(names); i++) {
        char file[20], text[20];

        (void)snprintf(file, sizeof(file), "%s.model", names[i]);
        (void)snprintf(text, sizeof(text), "good %s", names[i]);
        fake_write(file, text);
        assert_true(has(s, names[i], &err));
        assert_true(has(s, "a", &err));    /* stays */
    }
    assert_int_equal(fake.opened, 6);
    assert_int_equal(fake.closed, 1);
    assert_true(has(s, "a", &err));
    assert_true(has(s, "m", &err));
    assert_int_equal(fake.opened, 6);
    assert_true(has(s, "b", &err));
    assert_int_equal(fake.opened, 7);
    shelf_free(s);
}

static void
models_in_use_are_kept(void **state)
{
    static const char *const names[] = { "a", "b", "c", "d" };
    struct shelf            *s = shelf_new(&conf, 0);
    struct shelf_model      *models[COUNT(names)];
    const struct encoder    *encoder;
    struct error             err;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char file[20], text[20];

        (void)snprintf(file, sizeof(file), "%s.model", names[i]);
        (void)snprintf(text, sizeof(text), "good %s", names[i]);
        fake_write(file, text);
        assert_int_equal(shelf_borrow(s, str_from(names[i]), &models[i],
                                      &encoder, &err), OK);
    }
    fake_write("e.model", "good e");
    assert_false(has(s, "e", &err));
    assert_int_equal(fake.closed, 0);
    shelf_return(s, models[2]);
    assert_true(has(s, "e", &err));
    for (size_t i = 0; i < COUNT(names); i++)
        if (i != 2)
            shelf_return(s, models[i]);
    shelf_free(s);
}

static void
damage_of_other_models_is_told(void **state)
{
    struct shelf *s = shelf_new(&conf, 0);
    struct error  err;
    unsigned      changes;
    char          text[200] = "all well";

    (void)state;
    fake_write("m.model", "good m");
    assert_true(has(s, "m", &err));
    changes = shelf_changes(s);
    assert_false(has(s, "n", &err));
    assert_int_equal(shelf_changes(s), changes);
    fake_write("n.model", "");
    assert_false(has(s, "n", &err));
    assert_int_equal(shelf_changes(s), changes + 1);
    shelf_add_damage(s, text, sizeof(text));
    assert_non_null(strstr(text, "all well; model n is not a model file"));
    shelf_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_those_of_files_in_the_folder,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_missing_model_is_taken_up_when_it_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_not_looked_for_all_the_time,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_damaged_model_is_set_aside_and_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_that_cannot_be_moved_is_opened_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_model_under_another_name_is_not_used,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_least_recently_used_of_many_goes,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(models_in_use_are_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damage_of_other_models_is_told,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
