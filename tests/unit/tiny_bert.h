/*
 * A BERT encoder of one layer, as small as can be, in the forms that foreign
 * files have.  Its numbers follow from their places, so that tests can say
 * where each has to end up.
 */
#ifndef UNIT_TINY_BERT_H
#define UNIT_TINY_BERT_H

#include <stdio.h>

#include "base/buf.h"

enum {
    TINY_WIDTH = 8, TINY_HEADS = 2, TINY_INNER = 16, TINY_POSITIONS = 6,
    TINY_WORDS = 6, TINY_FILE_MAX = 1 << 20,
};

#define TINY_CONFIG \
    "{\"model_type\": \"bert\", \"hidden_act\": \"gelu\"," \
    " \"hidden_size\": 8, \"num_hidden_layers\": 1," \
    " \"num_attention_heads\": 2, \"intermediate_size\": 16," \
    " \"max_position_embeddings\": 6, \"layer_norm_eps\": 1e-12}"
#define TINY_VOCABULARY "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n"
#define TINY_TOKENIZER \
    "{\"normalizer\": {\"type\": \"BertNormalizer\", \"lowercase\": true}," \
    " \"model\": {\"type\": \"WordPiece\", \"vocab\": {\"[PAD]\": 0," \
    " \"[UNK]\": 1, \"[CLS]\": 2, \"[SEP]\": 3, \"world\": 5," \
    " \"hello\": 4}}}"

/* A tensor; rows 0: it is a vector. */
struct tiny_tensor {
    const char *name;
    size_t      rows, columns;  /* as PyTorch has them: [out][in] */
};

#define TINY_DENSE(name, out, in) \
    { name ".weight", out, in }, { name ".bias", 0, out }
#define TINY_NORM(name) \
    { name ".weight", 0, TINY_WIDTH }, { name ".bias", 0, TINY_WIDTH }
#define TINY_LAYER "encoder.layer.0."

static const struct tiny_tensor tiny_tensors[] = {
    { "embeddings.word_embeddings.weight", TINY_WORDS, TINY_WIDTH },
    { "embeddings.position_embeddings.weight", TINY_POSITIONS, TINY_WIDTH },
    { "embeddings.token_type_embeddings.weight", 2, TINY_WIDTH },
    TINY_NORM("embeddings.LayerNorm"),
    TINY_DENSE(TINY_LAYER "attention.self.query", TINY_WIDTH, TINY_WIDTH),
    TINY_DENSE(TINY_LAYER "attention.self.key", TINY_WIDTH, TINY_WIDTH),
    TINY_DENSE(TINY_LAYER "attention.self.value", TINY_WIDTH, TINY_WIDTH),
    TINY_DENSE(TINY_LAYER "attention.output.dense", TINY_WIDTH, TINY_WIDTH),
    TINY_NORM(TINY_LAYER "attention.output.LayerNorm"),
    TINY_DENSE(TINY_LAYER "intermediate.dense", TINY_INNER, TINY_WIDTH),
    TINY_DENSE(TINY_LAYER "output.dense", TINY_WIDTH, TINY_INNER),
    TINY_NORM(TINY_LAYER "output.LayerNorm"),
};

/* The number at a place of the i-th tensor: a whole one, so that each form
 * holds it exactly. */
static inline float
tiny_number(size_t i, size_t row, size_t column)
{
    return (float)((int)((i * 31 + row * 7 + column * 3) % 121) - 60);
}

static inline size_t
tiny_rows(const struct tiny_tensor *t)
{
    return t->rows ? t->rows : 1;
}

static inline void
tiny_add_bytes(struct buf *b, const void *bytes, size_t len)
{
    buf_add(b, (struct str){ bytes, len });
}

/* Small whole numbers fit. */
static inline uint16_t
tiny_half(float value)
{
    uint32_t bits;
    uint32_t exponent;

    memcpy(&bits, &value, sizeof(bits));
    exponent = bits >> 23 & 255;
    if (exponent == 0)
        return 0;
    return (uint16_t)((bits >> 16 & 0x8000) | (exponent - 112) << 10 |
                      (bits >> 13 & 1023));
}

static inline void
tiny_add_number(struct buf *b, const char *type, float value)
{
    uint32_t bits;
    uint16_t half = tiny_half(value);

    memcpy(&bits, &value, sizeof(bits));
    if (strcmp(type, "F32") == 0) {
        tiny_add_bytes(b, &bits, 4);
        return;
    }
    if (strcmp(type, "BF16") == 0)
        half = (uint16_t)(bits >> 16);
    tiny_add_bytes(b, &half, 2);
}

/* A .safetensors file; `prefix` stands before each name. */
static inline void
tiny_safetensors(struct buf *b, const char *type, const char *prefix)
{
    struct buf header = BUF_INIT(TINY_FILE_MAX);
    struct buf numbers = BUF_INIT(TINY_FILE_MAX);
    uint64_t   len;

    buf_add(&header, STR("{\"__metadata__\": {\"format\": \"pt\"}"));
    for (size_t i = 0; i < COUNT(tiny_tensors); i++) {
        const struct tiny_tensor *t = &tiny_tensors[i];
        size_t                    begin = numbers.len;

        for (size_t row = 0; row < tiny_rows(t); row++)
            for (size_t column = 0; column < t->columns; column++)
                tiny_add_number(&numbers, type, tiny_number(i, row, column));
        buf_printf(&header, ", \"%s%s\": {\"dtype\": \"%s\", \"shape\": [",
                   prefix, t->name, type);
        if (t->rows)
            buf_printf(&header, "%zu, ", t->rows);
        buf_printf(&header, "%zu], \"data_offsets\": [%zu, %zu]}", t->columns,
                   begin, numbers.len);
    }
    buf_add(&header, STR("}"));
    len = header.len;
    tiny_add_bytes(b, &len, sizeof(len));
    buf_add(b, buf_str(&header));
    buf_add(b, buf_str(&numbers));
    buf_release(&header);
    buf_release(&numbers);
}

/* Protocol Buffers. */

static inline void
tiny_varint(struct buf *b, uint64_t number)
{
    for (; number > 127; number >>= 7)
        buf_add_byte(b, (char)(number | 128));
    buf_add_byte(b, (char)number);
}

static inline void
tiny_field(struct buf *b, unsigned number, struct str bytes)
{
    tiny_varint(b, number << 3 | 2);
    tiny_varint(b, bytes.len);
    buf_add(b, bytes);
}

static inline void
tiny_count(struct buf *b, unsigned number, uint64_t value)
{
    tiny_varint(b, number << 3);
    tiny_varint(b, value);
}

/* An initialiser of the graph; `raw` 9 for raw_data, 4 for float_data, 5 for
 * int32_data. */
static inline void
tiny_initializer(struct buf *graph, const char *name, uint64_t type,
                 size_t rows, size_t columns, unsigned raw, struct str bytes)
{
    struct buf t = BUF_INIT(TINY_FILE_MAX);

    if (rows)
        tiny_count(&t, 1, rows);
    if (columns)
        tiny_count(&t, 1, columns);
    tiny_count(&t, 2, type);
    tiny_field(&t, 8, str_from(name));
    tiny_field(&t, raw, bytes);
    tiny_field(graph, 5, buf_str(&t));
    buf_release(&t);
}

static inline void
tiny_node(struct buf *graph, const char *operation, const char *name,
          const char *second)
{
    struct buf n = BUF_INIT(TINY_FILE_MAX);

    tiny_field(&n, 1, STR("x"));
    tiny_field(&n, 1, str_from(second));
    tiny_field(&n, 2, STR("y"));
    tiny_field(&n, 3, str_from(name));
    tiny_field(&n, 4, str_from(operation));
    tiny_field(graph, 1, buf_str(&n));
    buf_release(&n);
}

/* The constants that tell the number of heads. */
static inline void
tiny_constant(struct buf *graph, uint64_t value)
{
    struct buf t = BUF_INIT(TINY_FILE_MAX), a = BUF_INIT(TINY_FILE_MAX),
               n = BUF_INIT(TINY_FILE_MAX);

    tiny_count(&t, 1, 1);
    tiny_count(&t, 2, 7);
    tiny_field(&t, 9, (struct str){ (const char *)&value, sizeof(value) });
    tiny_field(&a, 1, STR("value"));
    tiny_field(&a, 5, buf_str(&t));
    tiny_field(&n, 3, STR("/encoder/layer.0/attention/self/Constant_2"));
    tiny_field(&n, 4, STR("Constant"));
    tiny_field(&n, 5, buf_str(&a));
    tiny_field(graph, 1, buf_str(&n));
    buf_release(&t);
    buf_release(&a);
    buf_release(&n);
}

/* The matrix of a linear layer: transposed, with a name of the exporter's,
 * and quantised perhaps, with scale 1. */
static inline void
tiny_matrix(struct buf *graph, size_t i, bool quantised)
{
    const struct tiny_tensor *t = &tiny_tensors[i];
    struct buf numbers = BUF_INIT(TINY_FILE_MAX), scale = numbers,
               zero = numbers;
    char       name[128], path[128];

    for (size_t in = 0; in < t->columns; in++)
        for (size_t out = 0; out < t->rows; out++) {
            float value = tiny_number(i, out, in);

            if (quantised)
                buf_add_byte(&numbers, (char)(int)value);
            else
                tiny_add_number(&numbers, "F32", value);
        }
    for (size_t out = 0; out < t->rows; out++) {
        tiny_add_number(&scale, "F32", 1);
        tiny_varint(&zero, 0);
    }
    (void)snprintf(name, sizeof(name), "onnx::MatMul_%zu%s", 100 + i,
                   quantised ? "_quantized" : "");
    tiny_initializer(graph, name, quantised ? 3 : 1, t->columns, t->rows, 9,
                     buf_str(&numbers));
    (void)snprintf(path, sizeof(path), "/%.*s/MatMul%s",
                   (int)(strlen(t->name) - strlen(".weight")), t->name,
                   quantised ? "_quant" : "");
    for (char *c = path; *c; c++)
        if (*c == '.' && !(c[1] >= '0' && c[1] <= '9'))
            *c = '/';
    tiny_node(graph, quantised ? "MatMulInteger" : "MatMul", path, name);
    if (quantised) {
        (void)snprintf(name, sizeof(name), "onnx::MatMul_%zu_scale", 100 + i);
        tiny_initializer(graph, name, 1, 0, t->rows, 4, buf_str(&scale));
        (void)snprintf(name, sizeof(name), "onnx::MatMul_%zu_zero_point",
                       100 + i);
        tiny_initializer(graph, name, 3, 0, t->rows, 5, buf_str(&zero));
    }
    buf_release(&numbers);
    buf_release(&scale);
    buf_release(&zero);
}

/* Embeddings are unsigned bytes around 128, with one scale for all. */
static inline void
tiny_embedding(struct buf *graph, size_t i)
{
    const struct tiny_tensor *t = &tiny_tensors[i];
    struct buf bytes = BUF_INIT(TINY_FILE_MAX), one = bytes, zero = bytes;
    char       name[128];

    for (size_t row = 0; row < t->rows; row++)
        for (size_t column = 0; column < t->columns; column++)
            buf_add_byte(&bytes,
                         (char)((int)tiny_number(i, row, column) + 128));
    tiny_add_number(&one, "F32", 1);
    tiny_varint(&zero, 128);
    (void)snprintf(name, sizeof(name), "%s_quantized", t->name);
    tiny_initializer(graph, name, 2, t->rows, t->columns, 9, buf_str(&bytes));
    (void)snprintf(name, sizeof(name), "%s_scale", t->name);
    tiny_initializer(graph, name, 1, 0, 0, 4, buf_str(&one));
    (void)snprintf(name, sizeof(name), "%s_zero_point", t->name);
    tiny_initializer(graph, name, 2, 0, 0, 5, buf_str(&zero));
    buf_release(&bytes);
    buf_release(&one);
    buf_release(&zero);
}

/* A .onnx file. */
static inline void
tiny_onnx(struct buf *b, bool quantised)
{
    struct buf graph = BUF_INIT(TINY_FILE_MAX);

    tiny_constant(&graph, TINY_HEADS);
    tiny_constant(&graph, TINY_WIDTH / TINY_HEADS);
    for (size_t i = 0; i < COUNT(tiny_tensors); i++) {
        const struct tiny_tensor *t = &tiny_tensors[i];
        bool       table = str_starts(str_from(t->name), STR("embeddings."));
        struct buf numbers = BUF_INIT(TINY_FILE_MAX);

        if (t->rows && !table)
            tiny_matrix(&graph, i, quantised);
        else if (t->rows && quantised)
            tiny_embedding(&graph, i);
        else {
            for (size_t row = 0; row < tiny_rows(t); row++)
                for (size_t column = 0; column < t->columns; column++)
                    tiny_add_number(&numbers, "F32",
                                    tiny_number(i, row, column));
            tiny_initializer(&graph, t->name, 1, t->rows, t->columns, 9,
                             buf_str(&numbers));
        }
        buf_release(&numbers);
    }
    tiny_count(b, 1, 6); /* ir_version */
    tiny_field(b, 7, buf_str(&graph));
    buf_release(&graph);
}

#endif
