/* From texts to tokens, through the layers, to vectors. */
#include "memory/encoder.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "memory/layers.h"
#include "memory/tokenizer.h"
#include "memory/weights.h"

#include "base/banned.h"

/* Texts run together while they have no more tokens than this; a longer one
 * runs alone.  A text has two tokens or more. */
enum { GROUP_TOKENS = 256, GROUP_TEXTS = GROUP_TOKENS / 2 };

struct encoder {
    const struct weights *weights;
    const struct kernels *kernels;
};

enum status
encoder_open(const char *path, struct encoder **encoder, struct error *err)
{
    const struct weights *weights;
    enum status           st;

    if ((st = weights_open(path, &weights, err)) != OK)
        return st;
    *encoder = alloc_or_die(sizeof(**encoder));
    (*encoder)->weights = weights;
    (*encoder)->kernels = kernels_best();
    return OK;
}

void
encoder_close(struct encoder *encoder)
{
    if (encoder)
        weights_close(encoder->weights);
    free(encoder);
}

size_t
encoder_dimensions(const struct encoder *e)
{
    return e->weights->config.width;
}

struct str
encoder_name(const struct encoder *e)
{
    return e->weights->config.name;
}

size_t
encoder_max_tokens(const struct encoder *e)
{
    return e->weights->config.positions;
}

const char *
encoder_kernels(const struct encoder *e)
{
    return e->kernels->name;
}

const float *
encoder_centre(const struct encoder *e, enum encoder_use use)
{
    const struct weights_config *c = &e->weights->config;

    return use == ENCODE_QUESTION ? c->question_centre : c->passage_centre;
}

/* Texts that run together. */
struct group {
    const struct encoder *e;
    uint32_t             *ids;    /* of all tokens, text after text; room for
                                   * one text beyond GROUP_TOKENS */
    size_t                rows;   /* how many */
    struct layers_text    texts[GROUP_TEXTS];
    size_t                count;
};

/* Takes as many of the texts as belong into one group, at least one. */
static void
read_texts(struct group *g, enum encoder_use use, const struct str *texts,
           size_t count)
{
    const struct weights_config *c = &g->e->weights->config;

    while (g->count < count && g->count < GROUP_TEXTS &&
           g->rows < GROUP_TOKENS) {
        const struct str parts[] = {
            use == ENCODE_QUESTION ? c->question_prefix : c->passage_prefix,
            texts[g->count],
        };
        size_t tokens = tokenizer_run(&g->e->weights->pieces, c->lowercase,
                                      parts, COUNT(parts), g->ids + g->rows,
                                      c->positions);

        if (g->count && g->rows + tokens > GROUP_TOKENS)
            break;
        g->texts[g->count++] = (struct layers_text){ g->rows, tokens };
        g->rows += tokens;
    }
}

/* What the layers begin with: word and position, normed. */
static void
embed(const struct group *g, float *hidden)
{
    const struct weights *w = g->e->weights;
    const size_t          padded = w->padded;

    for (size_t i = 0; i < g->count; i++)
        for (size_t t = 0; t < g->texts[i].tokens; t++) {
            size_t row = g->texts[i].first + t;
            float *to = hidden + row * padded;

            memcpy(to, w->words + g->ids[row] * padded,
                   padded * sizeof(*to));
            g->e->kernels->add_norm(&w->embedding_norm,
                                    w->positions + t * padded, to);
        }
}

/* One vector from the hidden states of a text. */
static void
pool(const struct weights *w, const float *hidden, size_t tokens, float *row)
{
    const size_t width = w->config.width;
    const size_t used = w->config.pooling == WEIGHTS_POOL_CLS ? 1 : tokens;
    double       squares = 0;
    float        factor = 1 / (float)used;

    memset(row, 0, width * sizeof(*row));
    for (size_t t = 0; t < used; t++)
        for (size_t i = 0; i < width; i++)
            row[i] += hidden[t * w->padded + i];
    for (size_t i = 0; i < width; i++)
        squares += (double)row[i] * (double)row[i];
    if (w->config.normalise)
        factor = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
    for (size_t i = 0; i < width; i++)
        row[i] *= factor;
}

/* Encodes the first of the texts; returns how many. */
static size_t
run_group(const struct encoder *e, enum encoder_use use,
          const struct str *texts, size_t count, uint32_t *ids, float *rows)
{
    const struct weights *w = e->weights;
    struct group          g = { .e = e, .ids = ids };
    float                *hidden;

    read_texts(&g, use, texts, count);
    hidden = alloc_array_or_die(g.rows * w->padded, sizeof(*hidden));
    embed(&g, hidden);
    layers_run(w, e->kernels, g.texts, g.count, hidden, g.rows);
    for (size_t i = 0; i < g.count; i++)
        pool(w, hidden + g.texts[i].first * w->padded, g.texts[i].tokens,
             rows + i * w->config.width);
    free(hidden);
    return g.count;
}

void
encoder_run(const struct encoder *e, enum encoder_use use,
            const struct str *texts, size_t count, float *rows)
{
    uint32_t *ids = alloc_array_or_die(GROUP_TOKENS +
                                           e->weights->config.positions,
                                       sizeof(*ids));

    for (size_t done = 0; done < count;)
        done += run_group(e, use, texts + done, count - done, ids,
                          rows + done * e->weights->config.width);
    free(ids);
}
