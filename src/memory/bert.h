/*
 * A BERT encoder put together from the tensors of a foreign file: each is
 * found by its name and checked against the configuration.
 */
#ifndef MEMORY_BERT_H
#define MEMORY_BERT_H

#include "memory/tensor.h"
#include "memory/weights.h"

/* What only the weights tell about a model without config.json: fills layers,
 * width, heads, inner and positions, 0 where it cannot be told. */
void bert_guess(const struct tensor_set *set, struct weights_config *config);

/*
 * Fills the weights of *source, whose configuration and vocabulary stand
 * there already; owned by `a` or borrowed from the file.
 *
 * Errors   ERR_INPUT: the configuration is out of range, or a tensor is
 *          missing or has another shape, with its name
 */
enum status bert_assemble(struct arena *a, const struct tensor_set *set,
                          struct weights_source *source,
                          struct error *err) MUST_CHECK;

#endif
