/* Attention and feed-forward, layer after layer. */
#include "memory/layers.h"

#include <stdlib.h>

#include "base/arena.h"

#include "base/banned.h"

/* Rows that are multiplied at once: enough to read the matrices seldom, few
 * enough for the products to stay near the processor. */
enum { BLOCK = 128 };

/* Quantised rows. */
struct quantised {
    uint8_t              *bytes;
    struct kernels_scale *scales;
};

struct work {
    const struct weights     *w;
    const struct kernels     *k;
    const struct layers_text *texts;
    size_t                    text_count;
    size_t                    rows;
    float                    *hidden;    /* [rows][padded] */
    struct quantised          input;     /* [rows][padded], of a product */
    struct quantised          inner;     /* [BLOCK][inner] */
    int32_t                  *products;  /* [BLOCK][widest] */
    float                    *row;       /* [widest] */
    float                    *mixing;    /* [rows][mixing.out] */
    float                    *context;   /* [rows][padded]: from attention */
    float                    *scratch;   /* of attention */
};

/* Rows from `first` on that belong to one block. */
static size_t
block_rows(const struct work *k, size_t first)
{
    return k->rows - first < BLOCK ? k->rows - first : BLOCK;
}

static void
quantise(const struct work *k, const float *rows, size_t count, size_t length,
         struct quantised *to)
{
    for (size_t r = 0; r < count; r++)
        to->scales[r] = k->k->quantise(rows + r * length, length,
                                       to->bytes + r * length);
}

/* Queries, keys and values of all rows. */
static void
mix(const struct work *k, const struct weights_layer *layer)
{
    const struct kernels_dense *d = &layer->mixing;

    for (size_t first = 0; first < k->rows; first += BLOCK) {
        size_t count = block_rows(k, first);

        k->k->multiply(&d->matrix, k->input.bytes + first * d->matrix.in,
                       count, k->products);
        for (size_t r = 0; r < count; r++)
            k->k->dense(d, k->products + r * d->matrix.out,
                        k->input.scales[first + r],
                        k->mixing + (first + r) * d->matrix.out);
    }
}

static void
attend(const struct work *k, const struct weights_layer *layer)
{
    const struct weights_config *c = &k->w->config;
    const size_t                 stride = layer->mixing.matrix.out;

    for (size_t i = 0; i < k->text_count; i++) {
        const float *queries = k->mixing + k->texts[i].first * stride;
        const struct kernels_attention a = {
            .queries = queries,
            .keys = queries + c->width,
            .values = queries + (size_t)2 * c->width,
            .stride = stride,
            .tokens = k->texts[i].tokens,
            .heads = c->heads,
            .head_width = c->width / c->heads,
            .mixed = k->context + k->texts[i].first * k->w->padded,
            .mixed_stride = k->w->padded,
            .scratch = k->scratch,
        };

        k->k->attend(&a);
    }
}

/* Adds a dense layer's output to the hidden rows of a block, norms them, and
 * makes them the input of what follows. */
static void
add_block(struct work *k, const struct kernels_dense *d,
          const struct kernels_norm *norm, const uint8_t *bytes,
          const struct kernels_scale *scales, size_t first)
{
    const size_t padded = k->w->padded;

    k->k->multiply(&d->matrix, bytes, block_rows(k, first), k->products);
    for (size_t r = 0; r < block_rows(k, first); r++) {
        float *hidden = k->hidden + (first + r) * padded;

        k->k->dense(d, k->products + r * d->matrix.out, scales[r], k->row);
        k->k->add_norm(norm, k->row, hidden);
        k->input.scales[first + r] = k->k->quantise(
            hidden, padded, k->input.bytes + (first + r) * padded);
    }
}

static void
feed_forward(struct work *k, const struct weights_layer *layer, size_t first)
{
    const struct kernels_dense *d = &layer->inner;
    const size_t                count = block_rows(k, first);

    k->k->multiply(&d->matrix, k->input.bytes + first * d->matrix.in, count,
                   k->products);
    for (size_t r = 0; r < count; r++) {
        k->k->dense(d, k->products + r * d->matrix.out,
                    k->input.scales[first + r], k->row);
        k->k->gelu(k->row, d->matrix.out);
        k->inner.scales[r] = k->k->quantise(
            k->row, d->matrix.out, k->inner.bytes + r * d->matrix.out);
    }
    add_block(k, &layer->outer, &layer->outer_norm, k->inner.bytes,
              k->inner.scales, first);
}

static void
run_layer(struct work *k, const struct weights_layer *layer)
{
    const size_t padded = k->w->padded;

    mix(k, layer);
    attend(k, layer);
    quantise(k, k->context, k->rows, padded, &k->input);
    for (size_t first = 0; first < k->rows; first += BLOCK) {
        add_block(k, &layer->attention, &layer->attention_norm,
                  k->input.bytes + first * padded, k->input.scales + first,
                  first);
        feed_forward(k, layer, first);
    }
}

/* Floats of scratch memory for the attention of the longest text. */
static size_t
attention_floats(const struct work *k)
{
    const struct weights_config *c = &k->w->config;
    size_t                       longest = 0;

    for (size_t i = 0; i < k->text_count; i++)
        if (k->texts[i].tokens > longest)
            longest = k->texts[i].tokens;
    return kernels_attention_floats(longest, c->width / c->heads);
}

/* A part of the scratch memory, at a multiple of 64 bytes. */
static void *
take(char *memory, size_t *at, size_t count, size_t size)
{
    void *part = memory ? memory + *at : NULL;

    *at += (count * size + 63) / 64 * 64;
    return part;
}

/* Hands out `memory`; without it, only counts what is wanted. */
static size_t
share(struct work *k, char *memory)
{
    const struct weights_layer *l = &k->w->layers[0];
    const size_t rows = kernels_padded_rows(k->rows);
    const size_t block = rows < BLOCK ? rows : BLOCK;
    const size_t mixing = l->mixing.matrix.out, inner = l->inner.matrix.out;
    const size_t widest = mixing > inner ? mixing : inner;
    const size_t padded = k->w->padded;
    size_t       at = 0;

    k->input.bytes = take(memory, &at, rows * padded, 1);
    k->input.scales = take(memory, &at, rows, sizeof(*k->input.scales));
    k->inner.bytes = take(memory, &at, block * inner, 1);
    k->inner.scales = take(memory, &at, block, sizeof(*k->inner.scales));
    k->products = take(memory, &at, block * widest, sizeof(*k->products));
    k->row = take(memory, &at, widest, sizeof(*k->row));
    k->mixing = take(memory, &at, rows * mixing, sizeof(*k->mixing));
    k->context = take(memory, &at, rows * padded, sizeof(*k->context));
    k->scratch = take(memory, &at, attention_floats(k), sizeof(*k->scratch));
    return at;
}

void
layers_run(const struct weights *w, const struct kernels *k,
           const struct layers_text *texts, size_t count, float *hidden,
           size_t rows)
{
    struct work work = { .w = w, .k = k, .texts = texts, .text_count = count,
                         .rows = rows, .hidden = hidden };
    size_t      bytes = share(&work, NULL);
    char       *memory = alloc_array_or_die(bytes + 64, 1);

    (void)share(&work, memory + (64 - (uintptr_t)memory % 64));
    quantise(&work, hidden, rows, w->padded, &work.input);
    for (uint32_t i = 0; i < w->config.layers; i++)
        run_layer(&work, &w->layers[i]);
    free(memory);
}
