/* Assembling BERT encoders. */
#include "memory/bert.h"

#include "base/banned.h"

/* Some files put the name of the model's class in front. */
static const char *const prefixes[] = { "", "bert.", "model." };

/* After the first error nothing is taken any more; `status` keeps it. */
struct assembly {
    struct arena            *arena;
    const struct tensor_set *set;
    const char              *prefix;
    enum status              status;
    struct error            *err;
};

static const char *
find_prefix(const struct tensor_set *set)
{
    char name[64];

    for (size_t i = 0; i < COUNT(prefixes); i++) {
        (void)snprintf(name, sizeof(name),
                       "%sembeddings.word_embeddings.weight", prefixes[i]);
        if (tensor_find(set, str_from(name)))
            return prefixes[i];
    }
    return "";
}

/* "encoder.layer.3." stands in front of `part`, unless layer < 0. */
static struct str
full_name(struct arena *a, const char *prefix, int layer, const char *part)
{
    return layer < 0
        ? arena_printf(a, "%s%s", prefix, part)
        : arena_printf(a, "%sencoder.layer.%d.%s", prefix, layer, part);
}

static const struct tensor *
find(struct arena *a, const struct tensor_set *set, const char *prefix,
     int layer, const char *part)
{
    return tensor_find(set, full_name(a, prefix, layer, part));
}

void
bert_guess(const struct tensor_set *set, struct weights_config *config)
{
    struct arena         a = ARENA_INIT;
    const char          *prefix = find_prefix(set);
    const struct tensor *words = find(&a, set, prefix, -1,
                                      "embeddings.word_embeddings.weight");
    const struct tensor *places = find(&a, set, prefix, -1,
                                       "embeddings.position_embeddings.weight");
    const struct tensor *inner = find(&a, set, prefix, 0,
                                      "intermediate.dense.bias");
    int                  layers = 0;

    while (layers <= WEIGHTS_LAYERS_MAX &&
           find(&a, set, prefix, layers, "output.dense.bias"))
        layers++;
    config->layers = (uint32_t)layers;
    config->width = words ? (uint32_t)words->columns : 0;
    config->inner = inner ? (uint32_t)inner->columns : 0;
    config->positions = places ? (uint32_t)places->rows : 0;
    config->heads = (uint32_t)set->heads;
    arena_release(&a);
}

/* A tensor of at least `rows` rows, of just one where a vector is wanted. */
static const struct tensor *
take(struct assembly *b, int layer, const char *part, size_t rows,
     size_t columns)
{
    const struct tensor *t;

    if (b->status != OK)
        return NULL;
    t = find(b->arena, b->set, b->prefix, layer, part);
    if (!t)
        b->status = failed(b->err, ERR_INPUT, "the model has no %s",
                           full_name(b->arena, b->prefix, layer, part).ptr);
    else if (t->type == TENSOR_OTHER || t->columns != columns ||
             t->rows < rows || (rows == 1 && t->rows > 1))
        b->status = failed(b->err, ERR_INPUT, "%.*s is %zu x %zu where the "
                           "configuration has %zu x %zu, or no numbers",
                           STR_ARG(str_slice(t->name, 0, 80)), t->rows,
                           t->columns, rows, columns);
    return b->status == OK ? t : NULL;
}

static const float *
take_floats(struct assembly *b, int layer, const char *part, size_t rows,
            size_t columns)
{
    const struct tensor *t = take(b, layer, part, rows, columns);

    return t ? tensor_floats(b->arena, t) : NULL;
}

static struct str
join(struct assembly *b, const char *part, const char *end)
{
    return arena_printf(b->arena, "%s.%s", part, end);
}

static struct weights_source_norm
take_norm(struct assembly *b, int layer, const char *part, size_t width)
{
    struct weights_source_norm norm;
    const char *gain = join(b, part, "weight").ptr;
    const char *bias = join(b, part, "bias").ptr;

    /* As the first BERT had them, in TensorFlow. */
    if (!find(b->arena, b->set, b->prefix, layer, gain)) {
        const char *gamma = join(b, part, "gamma").ptr;

        if (find(b->arena, b->set, b->prefix, layer, gamma)) {
            gain = gamma;
            bias = join(b, part, "beta").ptr;
        }
    }
    norm.gain = take_floats(b, layer, gain, 1, width);
    norm.bias = take_floats(b, layer, bias, 1, width);
    return norm;
}

/* Signed bytes around zero with a scale a column need no detour. */
static bool
is_ready(const struct tensor *t)
{
    return t->type == TENSOR_I8 && t->scale &&
           t->scale->columns == t->columns && tensor_is_zero(t->zero);
}

static struct weights_source_dense
take_dense(struct assembly *b, int layer, const char *part, size_t in,
           size_t out)
{
    struct weights_source_dense dense = { 0 };
    bool                 turned = !b->set->in_first;
    size_t               rows = turned ? out : in;
    const struct tensor *t = take(b, layer, join(b, part, "weight").ptr,
                                  rows, turned ? in : out);

    dense.bias = take_floats(b, layer, join(b, part, "bias").ptr, 1, out);
    if (b->status != OK)
        return dense;
    if (t->rows != rows) {
        b->status = failed(b->err, ERR_INPUT, "%.*s has %zu rows where the "
                           "configuration has %zu",
                           STR_ARG(str_slice(t->name, 0, 80)), t->rows, rows);
        return dense;
    }
    if (!turned && is_ready(t)) {
        dense.bytes = (const int8_t *)t->bytes.ptr;
        dense.scales = tensor_floats(b->arena, t->scale);
        return dense;
    }
    dense.floats = tensor_floats(b->arena, t);
    if (turned)
        dense.floats = tensor_transpose(b->arena, dense.floats, out, in);
    return dense;
}

static void
take_layer(struct assembly *b, int i, const struct weights_config *c,
           struct weights_source_layer *layer)
{
    size_t w = c->width;

    layer->query = take_dense(b, i, "attention.self.query", w, w);
    layer->key = take_dense(b, i, "attention.self.key", w, w);
    layer->value = take_dense(b, i, "attention.self.value", w, w);
    layer->attention = take_dense(b, i, "attention.output.dense", w, w);
    layer->attention_norm = take_norm(b, i, "attention.output.LayerNorm", w);
    layer->inner = take_dense(b, i, "intermediate.dense", w, c->inner);
    layer->outer = take_dense(b, i, "output.dense", c->inner, w);
    layer->outer_norm = take_norm(b, i, "output.LayerNorm", w);
}

static bool
in_range(uint32_t number, uint32_t most)
{
    return number >= 1 && number <= most;
}

static enum status
check_config(const struct weights_source *source, struct error *err)
{
    const struct weights_config *c = &source->config;

    if (!in_range(c->layers, WEIGHTS_LAYERS_MAX) ||
        !in_range(c->width, WEIGHTS_WIDTH_MAX) ||
        !in_range(c->inner, WEIGHTS_INNER_MAX) ||
        !in_range(c->positions, WEIGHTS_POSITIONS_MAX) ||
        !in_range(c->heads, c->width) || c->width % c->heads != 0 ||
        source->vocabulary_count == 0)
        return failed(err, ERR_INPUT, "no encoder for this program: %u layers, "
                      "%u wide, %u heads, %u inside, %u positions, %zu words",
                      c->layers, c->width, c->heads, c->inner, c->positions,
                      source->vocabulary_count);
    return OK;
}

enum status
bert_assemble(struct arena *a, const struct tensor_set *set,
              struct weights_source *source, struct error *err)
{
    struct weights_config       *c = &source->config;
    struct assembly              b = { a, set, find_prefix(set), OK, err };
    struct weights_source_layer *layers;
    enum status                  st = check_config(source, err);

    if (st != OK)
        return st;
    source->words = take_floats(&b, -1, "embeddings.word_embeddings.weight",
                                source->vocabulary_count, c->width);
    source->positions = take_floats(&b, -1,
                                    "embeddings.position_embeddings.weight",
                                    c->positions, c->width);
    source->type = take_floats(&b, -1,
                               "embeddings.token_type_embeddings.weight", 2,
                               c->width);
    source->embedding_norm = take_norm(&b, -1, "embeddings.LayerNorm",
                                       c->width);
    layers = arena_array(a, struct weights_source_layer, c->layers);
    for (uint32_t i = 0; i < c->layers; i++)
        take_layer(&b, (int)i, c, &layers[i]);
    source->layers = layers;
    return b.status;
}
