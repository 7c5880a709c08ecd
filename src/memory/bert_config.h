/* The settings files beside a model of Hugging Face's form. */
#ifndef MEMORY_BERT_CONFIG_H
#define MEMORY_BERT_CONFIG_H

#include "base/arena.h"
#include "memory/weights.h"

/* Of layer norms, where nothing says otherwise. */
#define BERT_CONFIG_EPSILON 1e-12f

/*
 * config.json: layers, width, heads, inner, positions, epsilon.
 * Errors   ERR_INPUT (not JSON, a number is missing, or an architecture that
 *          is not BERT's)
 */
enum status bert_config_read(struct arena *a, struct str text,
                             struct weights_config *config,
                             struct error *err) MUST_CHECK;

/* 1_Pooling/config.json: mean or CLS.  Errors: ERR_INPUT (others). */
enum status bert_config_pooling(struct str text,
                                struct weights_config *config,
                                struct error *err) MUST_CHECK;

/* tokenizer_config.json: whether case counts.  Errors: ERR_INPUT. */
enum status bert_config_case(struct str text, struct weights_config *config,
                             struct error *err) MUST_CHECK;

#endif
