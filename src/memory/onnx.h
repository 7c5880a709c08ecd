/*
 * The weights of an ONNX graph that PyTorch exported from a BERT encoder.
 *
 * Initialisers that kept their PyTorch name are found by it.  The exporter
 * renames the matrices of linear layers ("onnx::MatMul_1525"), so these get
 * their name back from the MatMul node that uses them: its own name is the
 * path of the layer.  Quantised graphs ("_quantized", "_scale", "_zero_point",
 * as onnxruntime's dynamic quantisation makes them) are read the same way.
 *
 * Every length in the file is checked.  Weights in other files are refused.
 * Source   https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto
 */
#ifndef MEMORY_ONNX_H
#define MEMORY_ONNX_H

#include "memory/tensor.h"

/* Errors: ERR_INPUT with what is wrong; *set borrows `file` and `a`. */
enum status onnx_read(struct arena *a, struct str file,
                      struct tensor_set *set, struct error *err) MUST_CHECK;

#endif
