/*
 * A model of two layers and 16 wide with numbers from a fixed sequence, for
 * tests of what reads and runs model files.
 */
#ifndef UNIT_TINY_MODEL_H
#define UNIT_TINY_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory/weights.h"

enum { TINY_LAYERS = 2, TINY_WIDTH = 16, TINY_HEADS = 2, TINY_INNER = 40,
       TINY_POSITIONS = 20, TINY_WORDS = 10, TINY_FLOATS = 20000 };

static const struct str tiny_words[TINY_WORDS] = {
    { "[UNK]", 5 }, { "[CLS]", 5 }, { "[SEP]", 5 }, { "a", 1 }, { "##a", 3 },
    { "b", 1 }, { "##b", 3 }, { "q", 1 }, { "p", 1 }, { ":", 1 },
};

struct tiny_model {
    struct weights_source       source;
    struct weights_source_layer layers[TINY_LAYERS];
    float                       floats[TINY_FLOATS];
    size_t                      used;
    uint32_t                    state;
};

/* `count` numbers in -size..size around `middle`. */
static inline const float *
tiny_numbers(struct tiny_model *m, size_t count, float size, float middle)
{
    float *numbers = m->floats + m->used;

    m->used += count;
    if (m->used > TINY_FLOATS)
        abort();
    for (size_t i = 0; i < count; i++) {
        m->state = m->state * 1664525U + 1013904223U;
        numbers[i] = ((float)(m->state >> 8) / 8388608.0F - 1) * size +
                     middle;
    }
    return numbers;
}

static inline struct weights_source_norm
tiny_norm(struct tiny_model *m)
{
    return (struct weights_source_norm){
        .gain = tiny_numbers(m, TINY_WIDTH, .3F, 1),
        .bias = tiny_numbers(m, TINY_WIDTH, .2F, 0),
    };
}

static inline struct weights_source_dense
tiny_dense(struct tiny_model *m, size_t in, size_t out)
{
    return (struct weights_source_dense){
        .floats = tiny_numbers(m, in * out, .6F, 0),
        .bias = tiny_numbers(m, out, .3F, 0),
    };
}

/* Fills *m, which must stay where it is. */
static inline void
tiny_model_init(struct tiny_model *m)
{
    struct weights_source *s = &m->source;

    memset(m, 0, sizeof(*m));
    s->config = (struct weights_config){
        .name = STR("tiny"), .question_prefix = STR("q: "),
        .passage_prefix = STR("p: "), .layers = TINY_LAYERS,
        .width = TINY_WIDTH, .heads = TINY_HEADS, .inner = TINY_INNER,
        .positions = TINY_POSITIONS, .epsilon = 1e-6F,
        .pooling = WEIGHTS_POOL_MEAN, .normalise = true, .lowercase = true,
    };
    s->vocabulary = tiny_words;
    s->vocabulary_count = TINY_WORDS;
    s->words = tiny_numbers(m, TINY_WORDS * TINY_WIDTH, 1, 0);
    s->positions = tiny_numbers(m, TINY_POSITIONS * TINY_WIDTH, .5F, 0);
    s->type = tiny_numbers(m, TINY_WIDTH, .2F, 0);
    s->embedding_norm = tiny_norm(m);
    for (size_t i = 0; i < TINY_LAYERS; i++) {
        struct weights_source_layer *l = &m->layers[i];

        l->query = tiny_dense(m, TINY_WIDTH, TINY_WIDTH);
        l->key = tiny_dense(m, TINY_WIDTH, TINY_WIDTH);
        l->value = tiny_dense(m, TINY_WIDTH, TINY_WIDTH);
        l->attention = tiny_dense(m, TINY_WIDTH, TINY_WIDTH);
        l->attention_norm = tiny_norm(m);
        l->inner = tiny_dense(m, TINY_WIDTH, TINY_INNER);
        l->outer = tiny_dense(m, TINY_INNER, TINY_WIDTH);
        l->outer_norm = tiny_norm(m);
    }
    s->layers = m->layers;
    s->config.question_centre = tiny_numbers(m, TINY_WIDTH, .3F, 0);
    s->config.passage_centre = tiny_numbers(m, TINY_WIDTH, .3F, 0);
}

/* A path in the folder for temporary files; the caller frees and unlinks. */
static inline char *
tiny_path(void)
{
    const char *folder = getenv("TMPDIR");
    char        path[256];
    int         fd;

    (void)snprintf(path, sizeof(path), "%s/tiny-model-XXXXXX",
                   folder ? folder : "/tmp");
    fd = mkstemp(path);
    if (fd < 0)
        abort();
    (void)close(fd); /* only the name is wanted */
    return strdup(path);
}

#endif
