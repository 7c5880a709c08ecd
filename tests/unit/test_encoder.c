/* A tiny model, beside the same computed plainly in doubles. */
#include "unit/check.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "memory/centre.h"
#include "memory/encoder.h"
#include "unit/tiny_model.h"

#include "base/banned.h"

struct fixture {
    struct tiny_model model;
    char             *path;
    struct encoder   *e;
    struct error      err;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    *state = f;
    tiny_model_init(&f->model);
    f->path = tiny_path();
    return weights_write(f->path, &f->model.source, &f->err) != OK ||
           encoder_open(f->path, &f->e, &f->err) != OK;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    encoder_close(f->e);
    (void)unlink(f->path); /* it may be gone */
    free(f->path);
    free(f);
    return 0;
}

/* Writes the model again, as it was changed, and opens it. */
static void
reopen(struct fixture *f)
{
    encoder_close(f->e);
    f->e = NULL;
    assert_int_equal(weights_write(f->path, &f->model.source, &f->err), OK);
    assert_int_equal(encoder_open(f->path, &f->e, &f->err), OK);
}

/* --- the plain computation ------------------------------------------------ */

enum { W = TINY_WIDTH, T = TINY_POSITIONS };

static void
plain_dense(const struct weights_source_dense *d, size_t in, size_t out,
            const double *from, double *to)
{
    for (size_t c = 0; c < out; c++) {
        to[c] = (double)d->bias[c];
        for (size_t i = 0; i < in; i++)
            to[c] += from[i] * (double)d->floats[i * out + c];
    }
}

static void
plain_norm(const struct weights_source_norm *n, double *row)
{
    double mean = 0, variance = 0;

    for (size_t i = 0; i < W; i++)
        mean += row[i] / W;
    for (size_t i = 0; i < W; i++)
        variance += (row[i] - mean) * (row[i] - mean) / W;
    for (size_t i = 0; i < W; i++)
        row[i] = (row[i] - mean) / sqrt(variance + 1e-6) *
                     (double)n->gain[i] + (double)n->bias[i];
}

static void
plain_head(double q[T][W], double k[T][W], double v[T][W], size_t tokens,
           size_t first, size_t width, double mixed[T][W])
{
    for (size_t t = 0; t < tokens; t++) {
        double weights[T], sum = 0;

        for (size_t u = 0; u < tokens; u++) {
            double score = 0;

            for (size_t i = first; i < first + width; i++)
                score += q[t][i] * k[u][i];
            weights[u] = exp(score / sqrt((double)width));
            sum += weights[u];
        }
        for (size_t i = first; i < first + width; i++) {
            mixed[t][i] = 0;
            for (size_t u = 0; u < tokens; u++)
                mixed[t][i] += weights[u] / sum * v[u][i];
        }
    }
}

static void
plain_layer(const struct weights_source_layer *l, double hidden[T][W],
            size_t tokens)
{
    double q[T][W], k[T][W], v[T][W], mixed[T][W], row[W], inner[TINY_INNER];

    for (size_t t = 0; t < tokens; t++) {
        plain_dense(&l->query, W, W, hidden[t], q[t]);
        plain_dense(&l->key, W, W, hidden[t], k[t]);
        plain_dense(&l->value, W, W, hidden[t], v[t]);
    }
    for (size_t head = 0; head < TINY_HEADS; head++)
        plain_head(q, k, v, tokens, head * (W / TINY_HEADS), W / TINY_HEADS,
                   mixed);
    for (size_t t = 0; t < tokens; t++) {
        plain_dense(&l->attention, W, W, mixed[t], row);
        for (size_t i = 0; i < W; i++)
            hidden[t][i] += row[i];
        plain_norm(&l->attention_norm, hidden[t]);
        plain_dense(&l->inner, W, TINY_INNER, hidden[t], inner);
        for (size_t i = 0; i < TINY_INNER; i++)
            inner[i] = inner[i] / 2 * (1 + erf(inner[i] / sqrt(2)));
        plain_dense(&l->outer, TINY_INNER, W, inner, row);
        for (size_t i = 0; i < W; i++)
            hidden[t][i] += row[i];
        plain_norm(&l->outer_norm, hidden[t]);
    }
}

/* Adds up the hidden states of the first `pooled` tokens. */
static void
plain_encode(const struct weights_source *s, const uint32_t *ids,
             size_t tokens, size_t pooled, double *vector)
{
    double hidden[T][W];

    for (size_t t = 0; t < tokens; t++) {
        for (size_t i = 0; i < W; i++)
            hidden[t][i] = (double)s->words[ids[t] * W + i] +
                           (double)s->positions[t * W + i] +
                           (double)s->type[i];
        plain_norm(&s->embedding_norm, hidden[t]);
    }
    for (size_t i = 0; i < TINY_LAYERS; i++)
        plain_layer(&s->layers[i], hidden, tokens);
    for (size_t i = 0; i < W; i++) {
        vector[i] = 0;
        for (size_t t = 0; t < pooled; t++)
            vector[i] += hidden[t][i];
    }
}

static double
cosine(const float *row, const double *vector)
{
    double product = 0, a = 0, b = 0;

    for (size_t i = 0; i < W; i++) {
        product += (double)row[i] * vector[i];
        a += (double)row[i] * (double)row[i];
        b += vector[i] * vector[i];
    }
    return product / sqrt(a * b);
}

/* --- tests ---------------------------------------------------------------- */

/* "q: a b aab" and "p: a b aab" */
static const uint32_t question_ids[] = { 1, 7, 9, 3, 5, 3, 4, 6, 2 };
static const uint32_t passage_ids[] = { 1, 8, 9, 3, 5, 3, 4, 6, 2 };

static void
vectors_are_those_of_the_definition(void **state)
{
    struct fixture *f = *state;
    struct str      text = STR("a b aab");
    float           row[W];
    double          want[W], squares = 0;

    encoder_run(f->e, ENCODE_QUESTION, &text, 1, row);
    plain_encode(&f->model.source, question_ids, 9, 9, want);
    assert_true(cosine(row, want) > .999);
    encoder_run(f->e, ENCODE_PASSAGE, &text, 1, row);
    assert_true(cosine(row, want) < .999);
    plain_encode(&f->model.source, passage_ids, 9, 9, want);
    assert_true(cosine(row, want) > .999);
    for (size_t i = 0; i < W; i++)
        squares += (double)row[i] * (double)row[i];
    assert_true(fabs(squares - 1) < 1e-5);
}

static void
the_first_token_is_pooled_if_the_model_says_so(void **state)
{
    struct fixture *f = *state;
    struct str      text = STR("a b aab");
    float           row[W];
    double          want[W];

    f->model.source.config.pooling = WEIGHTS_POOL_CLS;
    f->model.source.config.normalise = false;
    reopen(f);
    encoder_run(f->e, ENCODE_PASSAGE, &text, 1, row);
    plain_encode(&f->model.source, passage_ids, 9, 1, want);
    assert_true(cosine(row, want) > .999);
    for (size_t i = 0; i < W; i++)
        assert_true(fabs((double)row[i] - want[i]) < .2);
}

static void
company_does_not_change_a_vector(void **state)
{
    enum { TEXTS = 300 };
    struct fixture *f = *state;
    struct arena    a = ARENA_INIT;
    struct str      texts[TEXTS];
    static float    rows[TEXTS * W], row[W];

    for (int i = 0; i < TEXTS; i++)
        texts[i] = arena_printf(&a, "%.*s %.*s", i % 40,
                                "a b aab bb ba q b a b aab bb ba q b a b aab",
                                i % 7, "baabab");
    encoder_run(f->e, ENCODE_PASSAGE, texts, TEXTS, rows);
    for (size_t i = 0; i < TEXTS; i++) {
        encoder_run(f->e, ENCODE_PASSAGE, &texts[i], 1, row);
        assert_memory_equal(row, rows + i * W, sizeof(row));
    }
    arena_release(&a);
}

static void
empty_and_endless_texts_have_vectors(void **state)
{
    struct fixture *f = *state;
    static char     endless[10000];
    struct str      texts[3] = { STR_NONE, { endless, sizeof(endless) },
                                 { "\xFF\xFE\0", 3 } };
    float           rows[3 * W];

    for (size_t i = 0; i < sizeof(endless); i++)
        endless[i] = i % 2 ? ' ' : 'a';
    encoder_run(f->e, ENCODE_QUESTION, texts, 3, rows);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(isfinite(rows[i]));
    assert_memory_equal(rows, rows + 2 * W, W * sizeof(float));
    encoder_run(f->e, ENCODE_QUESTION, texts, 0, rows);
}

static void
long_texts_are_whole_in_company(void **state)
{
    enum { POSITIONS = 400, TEXTS = 12 };
    struct fixture *f = *state;
    static float    positions[POSITIONS * W], rows[TEXTS * W], row[W];
    static char     letters[1000];
    struct str      texts[TEXTS];

    for (size_t i = 0; i < COUNT(positions); i++)
        positions[i] = (float)(i * 7919 % 1000) / 1000;
    for (size_t i = 0; i < sizeof(letters); i++)
        letters[i] = i % 3 ? 'b' : i % 2 ? ' ' : 'a';
    f->model.source.config.positions = POSITIONS;
    f->model.source.positions = positions;
    reopen(f);
    for (size_t i = 0; i < TEXTS; i++)
        texts[i] = (struct str){ letters + i, i % 4 ? 700 + 10 * i : 9 };
    encoder_run(f->e, ENCODE_PASSAGE, texts, TEXTS, rows);
    for (size_t i = 0; i < TEXTS; i++) {
        encoder_run(f->e, ENCODE_PASSAGE, &texts[i], 1, row);
        assert_memory_equal(row, rows + i * W, sizeof(row));
    }
}

static void *
encode_often(void *owner)
{
    struct fixture *f = owner;
    struct str      text = STR("a b aab");
    float           first[W], row[W];

    encoder_run(f->e, ENCODE_QUESTION, &text, 1, first);
    for (int i = 0; i < 50; i++) {
        encoder_run(f->e, ENCODE_QUESTION, &text, 1, row);
        if (memcmp(first, row, sizeof(row)) != 0)
            return owner;
    }
    return NULL;
}

static void
threads_run_it_at_once(void **state)
{
    pthread_t threads[8];
    void     *wrong;

    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, encode_often,
                                        *state), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

static void
it_tells_what_the_file_says(void **state)
{
    struct fixture              *f = *state;
    const struct weights_config *c = &f->model.source.config;

    check_str(encoder_name(f->e), "tiny");
    assert_int_equal(encoder_dimensions(f->e), W);
    assert_int_equal(encoder_max_tokens(f->e), T);
    assert_memory_equal(encoder_centre(f->e, ENCODE_QUESTION),
                        c->question_centre, W * sizeof(float));
    assert_memory_equal(encoder_centre(f->e, ENCODE_PASSAGE),
                        c->passage_centre, W * sizeof(float));
}

static void
a_centre_is_the_mean_of_the_sentences(void **state)
{
    struct fixture *f = *state;
    float           centre[W], row[W], sum[W] = { 0 };

    for (size_t i = 0; i < CENTRE_PAIRS; i++) {
        struct str text = str_from(centre_pairs[i].passage);

        encoder_run(f->e, ENCODE_PASSAGE, &text, 1, row);
        for (size_t d = 0; d < W; d++)
            sum[d] += row[d] / CENTRE_PAIRS;
    }
    encoder_measure_centre(f->e, ENCODE_PASSAGE, centre);
    for (size_t d = 0; d < W; d++)
        assert_true(fabsf(centre[d] - sum[d]) < 1e-5F);
}

static void
a_missing_file_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct encoder *e = NULL;

    assert_int_equal(encoder_open("/nonexistent", &e, &f->err),
                     ERR_NOT_FOUND);
    assert_null(e);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(vectors_are_those_of_the_definition),
        TEST(the_first_token_is_pooled_if_the_model_says_so),
        TEST(company_does_not_change_a_vector),
        TEST(long_texts_are_whole_in_company),
        TEST(empty_and_endless_texts_have_vectors),
        TEST(threads_run_it_at_once),
        TEST(it_tells_what_the_file_says),
        TEST(a_centre_is_the_mean_of_the_sentences),
        TEST(a_missing_file_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
