/*
 * Where everything stands in a model file: a head of fixed form, then sections
 * whose places follow from the head alone, each at a multiple of 64 bytes.
 * weights.c reads by it, weights_write.c writes by it.
 *
 * Numbers are in the byte order of the machine that wrote the file; another
 * one refuses it.  Rows, matrices, biases and norms are padded with zeros as
 * kernels.h wants it.
 */
#ifndef MEMORY_WEIGHTS_LAYOUT_H
#define MEMORY_WEIGHTS_LAYOUT_H

#include "memory/weights.h"

#define WEIGHTS_MAGIC      "mr model"
#define WEIGHTS_VERSION    2
#define WEIGHTS_BYTE_ORDER UINT32_C(0x01020304)

struct weights_text {
    uint32_t len;
    char     ptr[WEIGHTS_TEXT_MAX];
};

/* The first bytes of the file. */
struct weights_head {
    char     magic[8];
    uint32_t version;
    uint32_t byte_order;
    uint64_t file_bytes;
    uint64_t checksum;    /* of all bytes, with 0 in this place */
    uint32_t layers;
    uint32_t width;
    uint32_t heads;
    uint32_t inner;
    uint32_t positions;
    uint32_t vocabulary;        /* words */
    uint32_t vocabulary_bytes;
    uint32_t pooling;           /* enum weights_pooling */
    uint32_t normalise;         /* 0, 1 */
    uint32_t lowercase;         /* 0, 1 */
    float    epsilon;
    struct weights_text name;
    struct weights_text question_prefix;
    struct weights_text passage_prefix;
};

/* Offsets of a dense layer's arrays from the beginning of its layer. */
struct weights_place {
    size_t in;      /* padded */
    size_t out;     /* padded */
    size_t panels;
    size_t scales;
    size_t sums;
    size_t bias;
};

struct weights_norm_place {
    size_t gain;
    size_t bias;
};

/* Offsets from the beginning of the file, but where it says otherwise. */
struct weights_layout {
    size_t width;       /* padded */
    size_t starts;      /* pieces.h */
    size_t texts;
    size_t slots;
    size_t words;       /* float [vocabulary][width] */
    size_t positions;   /* float [positions][width], type added */
    struct weights_norm_place embedding_norm;
    size_t question_centre; /* float [width]; all 0: not measured */
    size_t passage_centre;
    size_t layers;      /* of the first */
    size_t layer_bytes; /* from one to the next */
    size_t bytes;       /* of the file */

    /* From the beginning of a layer.  Queries, keys and values are columns of
     * one matrix, side by side. */
    struct weights_place      mixing;
    struct weights_place      attention;
    struct weights_norm_place attention_norm;
    struct weights_place      inner;
    struct weights_place      outer;
    struct weights_norm_place outer_norm;
};

/* Errors: ERR_INPUT, with what is out of range; *layout is then untouched. */
enum status weights_layout_find(const struct weights_head *head,
                                struct weights_layout *layout,
                                struct error *err) MUST_CHECK;

/* The checksum that belongs into the head of such a file. */
uint64_t weights_layout_checksum(const struct weights_head *head,
                                 struct str file);

#endif
