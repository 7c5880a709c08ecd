/* Whatever a graph holds: tensors.h. */
#include "fuzz/tensors.h"
#include "memory/onnx.h"

#include "base/banned.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_tensors(onnx_read, bytes, len);
}
