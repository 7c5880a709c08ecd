/* Reading ONNX graphs. */
#include "memory/onnx.h"

#include "platform/protobuf.h"

#include "base/banned.h"

enum { DIMENSIONS_MAX = 8, MATRICES_MAX = 1024 };

/* Field numbers of onnx.proto. */
enum {
    MODEL_GRAPH      = 7,
    GRAPH_NODE       = 1, GRAPH_INITIALIZER = 5,
    NODE_INPUT       = 1, NODE_NAME = 3, NODE_OPERATION = 4,
    NODE_ATTRIBUTE   = 5,
    ATTRIBUTE_TENSOR = 5,
    TENSOR_DIMS      = 1, TENSOR_DATA_TYPE = 2, TENSOR_FLOATS = 4,
    TENSOR_INT32S    = 5, TENSOR_NAME = 8, TENSOR_RAW = 9,
    TENSOR_EXTERNAL  = 13,
};

/* TensorProto.DataType. */
enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT8 = 3, ONNX_INT64 = 7,
       ONNX_FLOAT16 = 10, ONNX_BFLOAT16 = 16 };

static const struct str quantised = { "_quantized", 10 };

/* A TensorProto as it lies there. */
struct raw_tensor {
    uint64_t   sizes[DIMENSIONS_MAX];
    size_t     dimensions;
    uint64_t   type;
    struct str name, raw, floats, int32s;
    bool       external;
};

/* What of a node tells which layer a matrix belongs to. */
struct node {
    struct str name, operation, second, attribute;
    size_t     inputs;
};

struct reading {
    struct arena      *arena;
    struct tensor_set *set;
    size_t             room;      /* of set->list */
    size_t             matrices;
    uint64_t           before;  /* the constant before this one */
    struct error      *err;
};

static enum status
damaged(struct error *err)
{
    return failed(err, ERR_INPUT, "this is no ONNX graph, or it is damaged");
}

static enum tensor_type
type_of(uint64_t type)
{
    switch (type) {
    case ONNX_FLOAT: return TENSOR_F32;
    case ONNX_FLOAT16: return TENSOR_F16;
    case ONNX_BFLOAT16: return TENSOR_BF16;
    case ONNX_INT8: return TENSOR_I8;
    case ONNX_UINT8: return TENSOR_U8;
    default: return TENSOR_OTHER;
    }
}

/* One number, or a run of packed ones. */
static bool
add_dimensions(struct raw_tensor *raw, const struct protobuf_field *field)
{
    struct protobuf packed = PROTOBUF_INIT(field->bytes);
    uint64_t        size = field->value;
    bool            single = field->type == PROTOBUF_NUMBER;

    while (single || protobuf_number(&packed, &size)) {
        if (raw->dimensions == DIMENSIONS_MAX)
            return false;
        raw->sizes[raw->dimensions++] = size;
        if (single)
            return true;
    }
    return protobuf_whole(&packed);
}

static bool
read_raw(struct str bytes, struct raw_tensor *raw)
{
    struct protobuf       p = PROTOBUF_INIT(bytes);
    struct protobuf_field f;

    *raw = (struct raw_tensor){ .type = 0 };
    while (protobuf_next(&p, &f)) {
        if (f.number == TENSOR_DIMS && !add_dimensions(raw, &f))
            return false;
        if (f.number == TENSOR_DATA_TYPE && f.type == PROTOBUF_NUMBER)
            raw->type = f.value;
        if (f.type != PROTOBUF_BYTES)
            continue;
        switch (f.number) {
        case TENSOR_NAME: raw->name = f.bytes; break;
        case TENSOR_RAW: raw->raw = f.bytes; break;
        case TENSOR_FLOATS: raw->floats = f.bytes; break;
        case TENSOR_INT32S: raw->int32s = f.bytes; break;
        case TENSOR_EXTERNAL: raw->external = true; break;
        default: break;
        }
    }
    return protobuf_whole(&p);
}

/* Bytes that were written as a list of numbers. */
static bool
narrow(struct arena *a, struct str int32s, struct str *bytes)
{
    struct protobuf p = PROTOBUF_INIT(int32s);
    char           *out = arena_alloc(a, int32s.len);
    size_t          count = 0;
    uint64_t        number;

    while (protobuf_number(&p, &number))
        out[count++] = (char)(unsigned char)number; /* int8 keeps its bits */
    *bytes = (struct str){ out, count };
    return protobuf_whole(&p);
}

static enum status
read_initializer(struct reading *r, struct str bytes)
{
    struct raw_tensor raw;
    struct tensor    *t;

    if (!read_raw(bytes, &raw))
        return damaged(r->err);
    if (raw.external)
        return failed(r->err, ERR_INPUT, "its weights are in another file: "
                      "%.*s", STR_ARG(str_slice(raw.name, 0, 80)));
    t = &r->set->list[r->set->count++];
    *t = (struct tensor){ .name = raw.name, .type = type_of(raw.type),
                          .bytes = raw.raw };
    if (t->type == TENSOR_F32 && raw.floats.len)
        t->bytes = raw.floats;
    if (tensor_width(t->type) == 1 && raw.int32s.len &&
        !narrow(r->arena, raw.int32s, &t->bytes))
        return damaged(r->err);
    return tensor_shape(t, raw.sizes, raw.dimensions, r->err);
}

/* Nodes. */

static bool
read_node(struct str bytes, struct node *n)
{
    struct protobuf       p = PROTOBUF_INIT(bytes);
    struct protobuf_field f;

    *n = (struct node){ .inputs = 0 };
    while (protobuf_next(&p, &f)) {
        if (f.type != PROTOBUF_BYTES)
            continue;
        switch (f.number) {
        case NODE_NAME: n->name = f.bytes; break;
        case NODE_OPERATION: n->operation = f.bytes; break;
        case NODE_ATTRIBUTE: n->attribute = f.bytes; break;
        case NODE_INPUT:
            if (n->inputs++ == 1)
                n->second = f.bytes;
            break;
        default: break;
        }
    }
    return protobuf_whole(&p);
}

/* "/encoder/layer.0/output/dense/MatMul_quant" belongs to the matrix
 * "encoder.layer.0.output.dense.weight"; empty when the name is no path. */
static struct str
matrix_name(struct arena *a, struct str node)
{
    size_t     end = str_find(node, STR("/MatMul"));
    struct str name;
    char      *byte;

    if (!str_starts(node, STR("/")) || end == STR_NOWHERE || end == 0)
        return STR_NONE;
    name = arena_printf(a, "%.*s.weight", STR_ARG(str_slice(node, 1, end)));
    byte = (char *)(uintptr_t)name.ptr; /* arena_printf() made it */
    for (size_t i = 0; i < name.len; i++)
        if (byte[i] == '/')
            byte[i] = '.';
    return name;
}

/* Attention shapes its input to heads and their width, two constants that
 * follow each other. */
static enum status
read_constant(struct reading *r, const struct node *n)
{
    struct protobuf       p = PROTOBUF_INIT(n->attribute);
    struct protobuf_field f;
    struct raw_tensor     raw = { .type = 0 };
    uint64_t              number;

    while (protobuf_next(&p, &f))
        if (f.number == ATTRIBUTE_TENSOR && f.type == PROTOBUF_BYTES &&
            !read_raw(f.bytes, &raw))
            return damaged(r->err);
    if (!protobuf_whole(&p))
        return damaged(r->err);
    if (raw.type != ONNX_INT64 || raw.dimensions != 1 ||
        raw.raw.len != sizeof(number)) {
        r->before = 0;
        return OK;
    }
    memcpy(&number, raw.raw.ptr, sizeof(number));
    if (r->set->heads == 0 && r->before > 0 && r->before < INT32_MAX)
        r->set->heads = (size_t)r->before;
    r->before = number;
    return OK;
}

static enum status
use_node(struct reading *r, struct str bytes)
{
    struct node          n;
    const struct tensor *t;
    struct str           name;

    if (!read_node(bytes, &n))
        return damaged(r->err);
    if (str_equal(n.operation, STR("Constant")) &&
        str_starts(n.name, STR("/encoder/layer.0/attention/self/")))
        return read_constant(r, &n);
    if (!str_equal(n.operation, STR("MatMul")) &&
        !str_equal(n.operation, STR("MatMulInteger")))
        return OK;
    t = tensor_find(r->set, n.second);
    if (!t)
        return OK; /* it multiplies what was computed, not a weight */
    if (r->matrices++ == MATRICES_MAX)
        return failed(r->err, ERR_INPUT, "there are more than %d matrices",
                      MATRICES_MAX);
    name = matrix_name(r->arena, n.name);
    if (name.len)
        r->set->list[t - r->set->list].name = name;
    return OK;
}

static bool
fits(const struct tensor *numbers, const struct tensor *t)
{
    return numbers->rows == 1 &&
           (numbers->columns == 1 || numbers->columns == t->columns);
}

/* X_quantized takes the numbers of X_scale and X_zero_point. */
static enum status
join_quantised(struct reading *r, struct tensor *t)
{
    struct str base = str_slice(t->name, 0, t->name.len - quantised.len);

    t->scale = tensor_find(r->set, arena_printf(r->arena, "%.*s_scale",
                                                STR_ARG(base)));
    t->zero = tensor_find(r->set, arena_printf(r->arena, "%.*s_zero_point",
                                               STR_ARG(base)));
    if (!t->scale || t->scale->type != TENSOR_F32 || !fits(t->scale, t) ||
        (t->zero && (t->zero->type != t->type || !fits(t->zero, t))))
        return failed(r->err, ERR_INPUT, "the scale of %.*s is not right",
                      STR_ARG(str_slice(base, 0, 80)));
    return OK;
}

static enum status
join_all(struct reading *r)
{
    enum status st = OK;

    for (size_t i = 0; st == OK && i < r->set->count; i++) {
        struct tensor *t = &r->set->list[i];

        if (tensor_width(t->type) == 1 && str_ends(t->name, quantised))
            st = join_quantised(r, t);
    }
    return st;
}

/* X_quantized is X from now on, unless a node gave it another name. */
static void
rename_quantised(struct tensor_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].scale && str_ends(set->list[i].name, quantised))
            set->list[i].name.len -= quantised.len;
}

static enum status
count_one(struct reading *r, struct str bytes)
{
    (void)bytes;
    if (r->room++ == TENSOR_COUNT_MAX)
        return failed(r->err, ERR_INPUT, "there are more than %d tensors",
                      TENSOR_COUNT_MAX);
    return OK;
}

/* Calls `use` with each field of that number. */
static enum status
each(struct reading *r, struct str graph, uint32_t number,
     enum status (*use)(struct reading *r, struct str bytes))
{
    struct protobuf       p = PROTOBUF_INIT(graph);
    struct protobuf_field f;
    enum status           st;

    while (protobuf_next(&p, &f))
        if (f.number == number && f.type == PROTOBUF_BYTES &&
            (st = use(r, f.bytes)) != OK)
            return st;
    return protobuf_whole(&p) ? OK : damaged(r->err);
}

enum status
onnx_read(struct arena *a, struct str file, struct tensor_set *set,
          struct error *err)
{
    struct reading        r = { .arena = a, .set = set, .err = err };
    struct protobuf       p = PROTOBUF_INIT(file);
    struct protobuf_field f;
    struct str            graph = STR_NONE;
    enum status           st;

    while (protobuf_next(&p, &f))
        if (f.number == MODEL_GRAPH && f.type == PROTOBUF_BYTES)
            graph = f.bytes;
    if (!protobuf_whole(&p) || graph.len == 0)
        return damaged(err);
    if ((st = each(&r, graph, GRAPH_INITIALIZER, count_one)) != OK)
        return st;
    *set = (struct tensor_set){
        .list = arena_array(a, struct tensor, r.room), .in_first = true };
    if ((st = each(&r, graph, GRAPH_INITIALIZER, read_initializer)) != OK ||
        (st = join_all(&r)) != OK ||
        (st = each(&r, graph, GRAPH_NODE, use_node)) != OK)
        return st;
    rename_quantised(set);
    return OK;
}
