/*
 * The tensors of a .safetensors file.
 *
 * Every size and offset is checked against the file.  Tensors of other types
 * than those of tensor.h are TENSOR_OTHER.
 * Source   https://github.com/huggingface/safetensors, "Format"
 */
#ifndef MEMORY_SAFETENSORS_H
#define MEMORY_SAFETENSORS_H

#include "memory/tensor.h"

/* Errors: ERR_INPUT with what is wrong; *set borrows `file` and `a`. */
enum status safetensors_read(struct arena *a, struct str file,
                             struct tensor_set *set,
                             struct error *err) MUST_CHECK;

#endif
