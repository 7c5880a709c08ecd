/* Reading the settings of models. */
#include "memory/bert_config.h"

#include <stdlib.h>

#include "platform/json.h"

#include "base/banned.h"

enum { JSON_DEPTH = 32 };

/* A text that must have this value when it is there. */
static const struct {
    const char *name;
    const char *wanted;
} fixed[] = {
    { "model_type", "bert" },
    { "hidden_act", "gelu" },
    { "position_embedding_type", "absolute" },
};

static enum status
check_fixed(struct arena *a, const struct json *root, struct error *err)
{
    for (size_t i = 0; i < COUNT(fixed); i++) {
        struct json value = json_member(root, fixed[i].name);
        struct str  text = json_text(a, &value);

        if (value.type != JSON_NONE &&
            !str_equal(text, str_from(fixed[i].wanted)))
            return failed(err, ERR_INPUT, "%s is %.*s; only %s is known here",
                          fixed[i].name,
                          STR_ARG(str_slice(value.raw, 0, 40)),
                          fixed[i].wanted);
    }
    return OK;
}

static enum status
read_count(const struct json *root, const char *name, uint32_t *count,
           struct error *err)
{
    struct json value = json_member(root, name);
    int64_t     number;

    if (!json_int(&value, &number) || number < 1 || number > INT32_MAX)
        return failed(err, ERR_INPUT, "%s is missing or not a number from 1",
                      name);
    *count = (uint32_t)number;
    return OK;
}

static enum status
read_epsilon(struct arena *a, const struct json *root, float *epsilon,
             struct error *err)
{
    struct json value = json_member(root, "layer_norm_eps");

    *epsilon = BERT_CONFIG_EPSILON;
    if (value.type == JSON_NUMBER)
        *epsilon = strtof(arena_copy(a, value.raw).ptr, NULL);
    if (!(*epsilon >= 0 && *epsilon < 1))
        return failed(err, ERR_INPUT, "layer_norm_eps is not right");
    return OK;
}

enum status
bert_config_read(struct arena *a, struct str text,
                 struct weights_config *config, struct error *err)
{
    struct json root;
    enum status st = json_parse(text, JSON_DEPTH, &root, err);

    if (st != OK || (st = check_fixed(a, &root, err)) != OK ||
        (st = read_count(&root, "num_hidden_layers", &config->layers,
                         err)) != OK ||
        (st = read_count(&root, "hidden_size", &config->width, err)) != OK ||
        (st = read_count(&root, "num_attention_heads", &config->heads,
                         err)) != OK ||
        (st = read_count(&root, "intermediate_size", &config->inner,
                         err)) != OK ||
        (st = read_count(&root, "max_position_embeddings",
                         &config->positions, err)) != OK)
        return st;
    return read_epsilon(a, &root, &config->epsilon, err);
}

enum status
bert_config_pooling(struct str text, struct weights_config *config,
                    struct error *err)
{
    struct json root, cls, mean;
    enum status st = json_parse(text, JSON_DEPTH, &root, err);

    if (st != OK)
        return st;
    cls = json_member(&root, "pooling_mode_cls_token");
    mean = json_member(&root, "pooling_mode_mean_tokens");
    if (json_is_true(&cls) == json_is_true(&mean))
        return failed(err, ERR_INPUT, "the model pools neither by mean nor by "
                      "its first token alone");
    config->pooling = json_is_true(&cls) ? WEIGHTS_POOL_CLS
                                         : WEIGHTS_POOL_MEAN;
    return OK;
}

enum status
bert_config_case(struct str text, struct weights_config *config,
                 struct error *err)
{
    struct json root, lower;
    enum status st = json_parse(text, JSON_DEPTH, &root, err);

    if (st != OK)
        return st;
    lower = json_member(&root, "do_lower_case");
    if (lower.type == JSON_BOOL)
        config->lowercase = json_is_true(&lower);
    return OK;
}
