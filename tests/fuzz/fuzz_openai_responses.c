/* OpenAI's responses: requests, replies and streams (fuzz/dialect.h). */
#include "fuzz/dialect.h"

#include "base/banned.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_dialect(&dialect_openai_responses, bytes, len);
}
