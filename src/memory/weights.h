/*
 * The model file: everything an encoder (encoder.h) computes with, in one
 * file that is mapped and used as it lies there.
 *
 * Any BERT-like encoder fits: WordPiece vocabulary, learned positions, layer
 * norm behind attention and feed-forward.  Matrices are signed bytes with one
 * scale a column, whatever they were before.  The file is written whole under
 * another name and renamed; it holds a checksum over every byte.
 *
 * An open file is read-only; any thread may use it.
 */
#ifndef MEMORY_WEIGHTS_H
#define MEMORY_WEIGHTS_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "memory/kernels.h"
#include "memory/pieces.h"

enum {
    WEIGHTS_LAYERS_MAX     = 48,
    WEIGHTS_WIDTH_MAX      = 2048,
    WEIGHTS_INNER_MAX      = 8192,
    WEIGHTS_POSITIONS_MAX  = 4096,
    WEIGHTS_VOCABULARY_MAX = 1 << 20,
    WEIGHTS_TEXT_MAX       = 200,   /* bytes of a name, a prefix, a word */
};

enum weights_pooling { WEIGHTS_POOL_MEAN, WEIGHTS_POOL_CLS };

/* What is fixed about a model; positions counts [CLS] and [SEP]. */
struct weights_config {
    struct str           name;           /* "e5-small-v2" */
    struct str           question_prefix;/* "query: ", may be empty */
    struct str           passage_prefix; /* "passage: ", may be empty */
    uint32_t             layers;
    uint32_t             width;
    uint32_t             heads;
    uint32_t             inner;          /* of the feed-forward part */
    uint32_t             positions;      /* longest text in tokens */
    float                epsilon;        /* of layer norms */
    enum weights_pooling pooling;
    bool                 normalise;      /* the vector to length 1 */
    bool                 lowercase;      /* and without accents: "uncased" */
    /* [width], from encoder_measure_centre(); NULL before. */
    const float         *question_centre;
    const float         *passage_centre;
};

/*
 * One dense layer: y = x * matrix + bias.  The matrix is [in][out] (row i
 * holds what input i gives to each output; PyTorch stores the transpose),
 * either as floats, or as bytes with one scale an output and zero points 0.
 */
struct weights_source_dense {
    const float  *floats;  /* NULL: bytes and scales */
    const int8_t *bytes;
    const float  *scales;  /* [out] */
    const float  *bias;    /* [out] */
};

struct weights_source_norm {
    const float *gain;
    const float *bias;
};

struct weights_source_layer {
    struct weights_source_dense query, key, value;  /* [width][width] */
    struct weights_source_dense attention;          /* [width][width] */
    struct weights_source_norm  attention_norm;
    struct weights_source_dense inner;              /* [width][inner] */
    struct weights_source_dense outer;              /* [inner][width] */
    struct weights_source_norm  outer_norm;
};

/* A model as an importer hands it over; everything is borrowed. */
struct weights_source {
    struct weights_config              config;
    const struct str                  *vocabulary;  /* word of each id */
    size_t                             vocabulary_count;
    const float                       *words;       /* [vocabulary][width] */
    const float                       *positions;   /* [positions][width] */
    const float                       *type;        /* [width], of type 0 */
    struct weights_source_norm         embedding_norm;
    const struct weights_source_layer *layers;      /* [layers] */
};

/* One layer as it lies in the file.  Queries, keys and values are columns of
 * one matrix, side by side. */
struct weights_layer {
    struct kernels_dense mixing;
    struct kernels_dense attention;
    struct kernels_norm  attention_norm;
    struct kernels_dense inner;
    struct kernels_dense outer;
    struct kernels_norm  outer_norm;
};

/* An open model file. */
struct weights {
    struct weights_config       config;
    struct pieces               pieces;
    size_t                      padded;     /* width, as kernels.h pads it */
    const float                *words;      /* [pieces.count][padded] */
    const float                *positions;  /* [positions][padded] */
    struct kernels_norm         embedding_norm;
    const struct weights_layer *layers;     /* [config.layers] */
    struct str                  file;       /* the map */
};

/*
 * Opens a model file and reads it once through, to see that no byte of it has
 * changed.  *weights is good until weights_close().
 *
 * Errors  ERR_NOT_FOUND: there is no such file; ERR_INPUT: it is not a model
 *         file of this version and byte order, or it is damaged;
 *         ERR_INTERNAL: it cannot be read
 */
enum status weights_open(const char *path, const struct weights **weights,
                         struct error *err) MUST_CHECK;
void weights_close(const struct weights *weights);

/*
 * Writes the model file, mode 0644, fsynced; an older one of that name is
 * replaced at once.  Matrices of floats become bytes with one scale a column.
 *
 * Errors  ERR_INPUT: the configuration is out of range, a number is not
 *         finite, or the vocabulary lacks [UNK], [CLS] or [SEP], or has a word
 *         twice; ERR_INTERNAL: it cannot be written.  Nothing is left behind.
 */
enum status weights_write(const char *path, const struct weights_source *source,
                          struct error *err) MUST_CHECK;

#endif
