/* Questions and passages by the encoder, and none at all. */
#include "unit/check.h"

#include "memory/embed.h"
#include "platform/clock.h"
#include "unit/fake_encoder.h"

#include "base/banned.h"

enum { THREADS = 12, SHORT_US = 20000, LONG_US = 120000000 };

static struct conf      conf;
static struct embedder *embedder;

static void
open_embedder(void)
{
    struct error err;

    assert_int_equal(embed_open(&conf, NULL, &embedder, &err), OK);
}

static int
set_up(void **state)
{
    (void)state;
    if (fake_make_folder() != 0)
        return -1;
    conf = (struct conf){ .model_dir = fake_folder, .state_dir = "/nowhere",
                          .embedding_model = "m", .embedding_batch = 4,
                          .encode_threads = 2 };
    fake_write("m.model", "good m");
    open_embedder();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    embed_close(embedder);
    assert_int_equal(fake.opened, fake.closed);
    return fake_remove_folder();
}

/* The row is that of a text of so many bytes, made to length 1. */
static void
check_row(const float *row, enum encoder_use use, size_t len)
{
    float want[FAKE_DIMENSIONS];

    fake_vector(use, len, want);
    for (size_t i = 0; i < FAKE_DIMENSIONS; i++)
        assert_float_equal(row[i], (want[i] / 5), 1e-6);
}

/* A question and its vector, which is that of the first `read` bytes. */
static enum status
ask_long(const char *model, struct str text, size_t read, int64_t wait_us)
{
    struct arena        a = ARENA_INIT;
    float              *vector = arena_array(&a, float, EMBED_DIMENSIONS_MAX);
    struct embed_centre centre;
    struct error        err;
    enum status         st = embed_question(embedder, str_from(model), text,
                                            clock_tick_us() + wait_us, vector,
                                            &centre, &err);

    if (st == OK) {
        assert_int_equal(centre.dimensions, FAKE_DIMENSIONS);
        assert_true(centre.question[0] == .7F && centre.passage[2] == .3F);
        assert_true(centre.english);
        check_row(vector, ENCODE_QUESTION, read);
    }
    arena_release(&a);
    return st;
}

static enum status
ask(const char *model, struct str text, int64_t wait_us)
{
    return ask_long(model, text, text.len, wait_us);
}

static void
it_says_what_it_is(void **state)
{
    struct arena a = ARENA_INIT;

    (void)state;
    assert_true(embed_ready(embedder));
    check_str(embed_model(embedder), "m");
    assert_int_equal(embed_dimensions(embedder), FAKE_DIMENSIONS);
    assert_string_equal(embed_backend(embedder), "local");
    check_str(embed_state(embedder, &a), "our encoder, model m, 4 dimensions");
    assert_true(embed_changed(embedder));
    assert_false(embed_changed(embedder));
    arena_release(&a);
}

static void
a_question_is_encoded_once(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask("m", STR("Who?"), LONG_US), OK);
    }
    assert_int_equal(fake.runs, 1);
    assert_int_equal(ask("m", STR("Where?"), LONG_US), OK);
    assert_int_equal(fake.runs, 2);
}

static void
another_model_has_other_vectors(void **state)
{
    (void)state;
    assert_int_equal(ask("m", STR("Who?"), LONG_US), OK);
    assert_int_equal(ask("n", STR("Who?"), LONG_US), ERR_NOT_FOUND);
    fake_write("a.model", "good a");
    assert_int_equal(ask("a", STR("Who?"), LONG_US), OK);
    assert_int_equal(fake.runs, 2);
    assert_int_equal(ask("../m", STR("Who?"), LONG_US),
                     ERR_NOT_FOUND);
}

static void
the_oldest_question_is_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        char text[20];

        (void)snprintf(text, sizeof(text), "question %d", i);
        assert_int_equal(ask("m", str_from(text), LONG_US), OK);
        assert_int_equal(ask("m", STR("question 0"), LONG_US), OK);
    }
    assert_int_equal(fake.runs, 300);    /* question 0 was always recent */
    assert_int_equal(ask("m", STR("question 1"), LONG_US), OK);
    assert_int_equal(fake.runs, 301);
}

static void
long_questions_are_cut_between_characters(void **state)
{
    struct arena a = ARENA_INIT;
    size_t       len = 3 * QUERY_MAX_BYTES;
    char        *text = arena_alloc(&a, len);

    (void)state;
    for (size_t i = 0; i < len; i += 3)
        memcpy(text + i, "\xE2\x82\xAC", 3);
    assert_int_equal(ask_long("m", (struct str){ text, len },
                              QUERY_MAX_BYTES / 3 * 3, LONG_US), OK);
    arena_release(&a);
}

struct asker {
    pthread_t   thread;
    char        text[20];
    int64_t     wait_us;
    enum status status;
};

static void *
ask_in_thread(void *owner)
{
    struct asker *one = owner;

    one->status = ask("m", str_from(one->text), one->wait_us);
    return NULL;
}

/* Starts threads that ask questions first, first + step, first + 2 step... */
static void
start(struct asker *askers, size_t first, size_t step, int64_t wait_us)
{
    for (size_t i = 0; i < THREADS; i++) {
        (void)snprintf(askers[i].text, sizeof(askers[i].text), "question %zu",
                       first + i * step);
        askers[i].wait_us = wait_us;
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_in_thread,
                                        &askers[i]), 0);
    }
}

static size_t
join(struct asker *askers, enum status wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
        count += askers[i].status == wanted;
    }
    return count;
}

static void
wait_for_encodes(size_t count)
{
    while (fake_inside() < count)
        clock_pause_ms(1);
}

static void
equal_questions_at_once_are_encoded_once(void **state)
{
    struct asker askers[THREADS];

    (void)state;
    fake_hold(true);
    start(askers, 0, 0, LONG_US);
    wait_for_encodes(1);
    fake_hold(false);
    assert_int_equal(join(askers, OK), THREADS);
    assert_int_equal(fake.runs, 1);
}

static void
who_waits_for_another_is_told_at_the_deadline(void **state)
{
    struct asker slow = { .text = "Who?", .wait_us = LONG_US };

    (void)state;
    fake_hold(true);
    assert_int_equal(pthread_create(&slow.thread, NULL, ask_in_thread, &slow),
                     0);
    wait_for_encodes(1);
    assert_int_equal(ask("m", STR("Who?"), SHORT_US), ERR_TIMEOUT);
    fake_hold(false);
    assert_int_equal(pthread_join(slow.thread, NULL), 0);
    assert_int_equal(slow.status, OK);
}

static void
few_encode_at_once_and_late_ones_give_up(void **state)
{
    struct asker askers[THREADS];
    struct asker late[THREADS];

    (void)state;
    assert_int_equal(ask("m", STR("Who?"), LONG_US), OK); /* is open now */
    fake_hold(true);
    start(askers, 0, 1, LONG_US);
    wait_for_encodes(2);
    start(late, 0, 1, SHORT_US);        /* wait for another's */
    assert_int_equal(join(late, ERR_TIMEOUT), THREADS);
    start(late, THREADS, 1, SHORT_US);  /* wait for the gate */
    assert_int_equal(join(late, ERR_TIMEOUT), THREADS);
    fake_hold(false);
    assert_int_equal(join(askers, OK), THREADS);
    assert_int_equal(fake.most, 2);
    assert_int_equal(fake.runs, THREADS + 1);
}

/* A question that nobody could compute does not stay reserved. */
static void
a_failed_question_is_asked_anew(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++)
        assert_int_equal(ask("n", STR("Who?"), LONG_US),
                         ERR_NOT_FOUND);
    assert_int_equal(ask("m", STR("Who?"), LONG_US), OK);
}

static void
passages_are_encoded_in_batches(void **state)
{
    struct str   texts[10];
    float        vectors[10 * FAKE_DIMENSIONS];
    bool         refused[10];
    struct error err;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        texts[i] = str_slice(STR("0123456789"), 0, i);
    memset(refused, true, sizeof(refused));
    assert_int_equal(embed_passages(embedder, texts, 10, vectors, refused,
                                    &err), OK);
    assert_int_equal(fake.runs, 3);
    assert_int_equal(fake.texts, 10);
    for (size_t i = 0; i < 10; i++) {
        check_row(vectors + i * FAKE_DIMENSIONS, ENCODE_PASSAGE, i);
        assert_false(refused[i]);
    }
    assert_int_equal(embed_passages(embedder, texts, 0, vectors, refused,
                                    &err), OK);
}

static void
without_a_model_words_are_left(void **state)
{
    struct arena a = ARENA_INIT;
    struct error err;
    float        row[FAKE_DIMENSIONS];
    struct str   text = STR("text");
    bool         refused;

    (void)state;
    embed_close(embedder);
    conf.embedding_model = "n";
    open_embedder();
    assert_false(embed_ready(embedder));
    check_str(embed_model(embedder), "");
    assert_int_equal(embed_dimensions(embedder), 0);
    assert_non_null(strstr(embed_state(embedder, &a).ptr, "words only"));
    assert_int_equal(embed_prepare(embedder, &err), ERR_NOT_FOUND);
    assert_int_equal(ask("n", STR("Who?"), LONG_US), ERR_NOT_FOUND);
    assert_int_equal(embed_passages(embedder, &text, 1, row, &refused, &err),
                     ERR_NOT_FOUND);
    arena_release(&a);
}

static void
none_is_what_the_configuration_may_say(void **state)
{
    struct arena a = ARENA_INIT;
    struct error err;

    (void)state;
    embed_close(embedder);
    conf.embedding = EMBED_NONE;
    open_embedder();
    assert_false(embed_ready(embedder));
    check_str(embed_model(embedder), "");
    assert_string_equal(embed_backend(embedder), "none");
    assert_non_null(strstr(embed_state(embedder, &a).ptr, "as configured"));
    assert_int_equal(embed_prepare(embedder, &err), ERR_NOT_FOUND);
    assert_int_equal(ask("m", STR("Who?"), LONG_US), ERR_NOT_FOUND);
    arena_release(&a);
}

static void
options_that_do_not_fit_are_refused(void **state)
{
    static const char *const urls[] = {
        "", "example.org", "ftp://example.org", "https://a:b@example.org",
        "https://example.org/a b", "https://example.org/\n",
    };
    struct error err;

    (void)state;
    conf.embedding_model = "../m";
    assert_int_equal(embed_check(&conf, &err), ERR_CONFIG);
    conf.embedding = EMBED_HTTP;
    conf.embedding_key = "";
    for (size_t i = 0; i < COUNT(urls); i++) {
        conf.embedding_url = urls[i];
        assert_int_equal(embed_check(&conf, &err), ERR_CONFIG);
    }
    conf.embedding_url = "https://example.org";
    assert_int_equal(embed_check(&conf, &err), OK);
    conf.embedding_key = "two\nlines";
    assert_int_equal(embed_check(&conf, &err), ERR_CONFIG);
    conf.embedding_key = "";
    conf.embedding_model = "";
    assert_int_equal(embed_check(&conf, &err), ERR_CONFIG);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(it_says_what_it_is),
        EACH(a_question_is_encoded_once),
        EACH(another_model_has_other_vectors),
        EACH(the_oldest_question_is_forgotten),
        EACH(long_questions_are_cut_between_characters),
        EACH(equal_questions_at_once_are_encoded_once),
        EACH(who_waits_for_another_is_told_at_the_deadline),
        EACH(few_encode_at_once_and_late_ones_give_up),
        EACH(a_failed_question_is_asked_anew),
        EACH(passages_are_encoded_in_batches),
        EACH(without_a_model_words_are_left),
        EACH(none_is_what_the_configuration_may_say),
        EACH(options_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
