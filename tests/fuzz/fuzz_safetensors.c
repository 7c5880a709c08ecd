/* Whatever a .safetensors file holds: tensors.h. */
#include "fuzz/tensors.h"
#include "memory/safetensors.h"

#include "base/banned.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_tensors(safetensors_read, bytes, len);
}
