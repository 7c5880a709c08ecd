/* Model files: what is written is read, and damage is seen. */
#include "unit/check.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tiny_model.h"

#include "base/banned.h"

struct fixture {
    struct tiny_model model;
    char             *path;
    struct error      err;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    *state = f;
    tiny_model_init(&f->model);
    f->path = tiny_path();
    return weights_write(f->path, &f->model.source, &f->err) != OK;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    (void)unlink(f->path); /* a test may have removed it */
    free(f->path);
    free(f);
    return 0;
}

static void
the_file_says_what_was_written(void **state)
{
    struct fixture              *f = *state;
    const struct weights_source *s = &f->model.source;
    const struct weights        *w;

    assert_int_equal(weights_open(f->path, &w, &f->err), OK);
    check_str(w->config.name, "tiny");
    check_str(w->config.question_prefix, "q: ");
    check_str(w->config.passage_prefix, "p: ");
    assert_int_equal(w->config.layers, TINY_LAYERS);
    assert_int_equal(w->config.positions, TINY_POSITIONS);
    assert_true(w->config.lowercase && w->config.normalise);
    assert_memory_equal(w->config.question_centre, s->config.question_centre,
                        TINY_WIDTH * sizeof(float));
    assert_memory_equal(w->config.passage_centre, s->config.passage_centre,
                        TINY_WIDTH * sizeof(float));
    assert_int_equal(w->padded, 64);
    for (uint32_t i = 0; i < TINY_WORDS; i++) {
        assert_int_equal(pieces_find(&w->pieces, tiny_words[i]), i);
        assert_true(w->words[i * 64 + 3] == s->words[i * TINY_WIDTH + 3]);
        assert_true(w->words[i * 64 + 20] == 0);
    }
    assert_int_equal(pieces_find(&w->pieces, STR("c")), PIECES_NONE);
    assert_true(w->positions[64 + 5] == s->positions[16 + 5] + s->type[5]);
    weights_close(w);
}

static void
centres_that_were_not_measured_are_not_there(void **state)
{
    struct fixture       *f = *state;
    const struct weights *w;

    f->model.source.config.question_centre = NULL;
    f->model.source.config.passage_centre = NULL;
    assert_int_equal(weights_write(f->path, &f->model.source, &f->err), OK);
    assert_int_equal(weights_open(f->path, &w, &f->err), OK);
    assert_null(w->config.question_centre);
    assert_null(w->config.passage_centre);
    weights_close(w);
}

/* Row and column of a matrix as the file has it. */
static float
entry(const struct kernels_dense *d, size_t row, size_t column)
{
    return (float)d->matrix.panels[kernels_place(d->matrix.in, row, column)] *
           d->scales[column];
}

static void
floats_become_bytes_within_half_a_step(void **state)
{
    struct fixture *f = *state;
    const struct weights_source_layer *from = &f->model.layers[1];
    const struct weights *w;

    assert_int_equal(weights_open(f->path, &w, &f->err), OK);
    for (size_t i = 0; i < TINY_INNER; i++)
        for (size_t c = 0; c < TINY_WIDTH; c++) {
            const struct kernels_dense *d = &w->layers[1].outer;
            float want = from->outer.floats[i * TINY_WIDTH + c];

            assert_true(fabsf(entry(d, i, c) - want) <= d->scales[c] * .501F);
        }
    for (size_t i = 0; i < TINY_WIDTH; i++)
        for (size_t c = 0; c < TINY_WIDTH; c++) {
            const struct kernels_dense *d = &w->layers[1].mixing;
            size_t column = 2 * TINY_WIDTH + c;
            float  want = from->value.floats[i * TINY_WIDTH + c];

            assert_true(fabsf(entry(d, i, column) - want) <=
                        d->scales[column] * .501F);
        }
    weights_close(w);
}

static void
bytes_stay_as_they_are(void **state)
{
    struct fixture *f = *state;
    static const int8_t bytes[TINY_WIDTH * TINY_WIDTH] = { -128, 127, 5 };
    static const float  scales[TINY_WIDTH] = { .5F, .25F };
    const struct weights *w;

    f->model.layers[0].key.floats = NULL;
    f->model.layers[0].key.bytes = bytes;
    f->model.layers[0].key.scales = scales;
    assert_int_equal(weights_write(f->path, &f->model.source, &f->err), OK);
    assert_int_equal(weights_open(f->path, &w, &f->err), OK);
    assert_true(entry(&w->layers[0].mixing, 0, TINY_WIDTH) == -64);
    assert_true(entry(&w->layers[0].mixing, 0, TINY_WIDTH + 1) == 31.75F);
    assert_int_equal(w->layers[0].mixing.sums[TINY_WIDTH], -128);
    weights_close(w);
}

static void
flip(const char *path, off_t at, unsigned char bits)
{
    int           fd = open(path, O_RDWR | O_CLOEXEC);
    unsigned char byte;

    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = byte ^ bits;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    assert_int_equal(close(fd), 0);
}

static void
every_flipped_byte_is_seen(void **state)
{
    struct fixture       *f = *state;
    const struct weights *w;
    struct stat           about;

    assert_int_equal(stat(f->path, &about), 0);
    /* All of the head, and every 61st byte of the rest. */
    for (off_t at = 0; at < about.st_size; at += at < 1000 ? 1 : 61) {
        unsigned char bits = (unsigned char)(1 << at % 8);

        flip(f->path, at, bits);
        assert_int_equal(weights_open(f->path, &w, &f->err), ERR_INPUT);
        flip(f->path, at, bits);
    }
    flip(f->path, about.st_size - 1, 0xFF);
    assert_int_equal(weights_open(f->path, &w, &f->err), ERR_INPUT);
    flip(f->path, about.st_size - 1, 0xFF);
    assert_int_equal(weights_open(f->path, &w, &f->err), OK);
    weights_close(w);
}

static void
another_length_is_seen(void **state)
{
    struct fixture       *f = *state;
    const struct weights *w;
    struct stat           about;

    assert_int_equal(stat(f->path, &about), 0);
    assert_int_equal(truncate(f->path, about.st_size + 1), 0);
    assert_int_equal(weights_open(f->path, &w, &f->err), ERR_INPUT);
    assert_int_equal(truncate(f->path, about.st_size - 64), 0);
    assert_int_equal(weights_open(f->path, &w, &f->err), ERR_INPUT);
    assert_int_equal(truncate(f->path, 10), 0);
    assert_int_equal(weights_open(f->path, &w, &f->err), ERR_INPUT);
    assert_int_equal(truncate(f->path, 0), 0);
    assert_int_equal(weights_open(f->path, &w, &f->err), ERR_INPUT);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(weights_open(f->path, &w, &f->err), ERR_NOT_FOUND);
    assert_int_equal(weights_open("/", &w, &f->err), ERR_INPUT);
}

/* Fails unless the model cannot be written and the old file still stands. */
static void
check_refused(struct fixture *f, const char *says)
{
    const struct weights *w;

    assert_int_equal(weights_write(f->path, &f->model.source, &f->err),
                     ERR_INPUT);
    if (!strstr(f->err.text, says))
        fail_msg("%s", f->err.text);
    assert_int_equal(weights_open(f->path, &w, &f->err), OK);
    weights_close(w);
    tiny_model_init(&f->model);
}

static void
impossible_models_are_not_written(void **state)
{
    struct fixture        *f = *state;
    struct weights_config *c = &f->model.source.config;
    float                  numbers[TINY_WIDTH] = { 0, INFINITY };

    c->layers = 0;
    check_refused(f, "number of layers is 0");
    c->width = WEIGHTS_WIDTH_MAX + 1;
    check_refused(f, "width is");
    c->heads = 3;
    check_refused(f, "3 heads");
    c->epsilon = NAN;
    check_refused(f, "epsilon");
    c->name = STR_NONE;
    check_refused(f, "name's length");
    f->model.source.vocabulary++;
    f->model.source.vocabulary_count--;
    check_refused(f, "[UNK]");
    f->model.source.type = numbers;
    check_refused(f, "not finite");
    c->passage_centre = numbers;
    check_refused(f, "not finite");
    f->model.layers[1].outer.bias = numbers;
    check_refused(f, "not finite");
}

static void
a_folder_that_is_not_there_is_an_error(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(weights_write("/nonexistent/x/model", &f->model.source,
                                   &f->err), ERR_INTERNAL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_file_says_what_was_written),
        TEST(centres_that_were_not_measured_are_not_there),
        TEST(floats_become_bytes_within_half_a_step),
        TEST(bytes_stay_as_they_are),
        TEST(every_flipped_byte_is_seen),
        TEST(another_length_is_seen),
        TEST(impossible_models_are_not_written),
        TEST(a_folder_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
