/* Whatever an endpoint for embeddings replies: what is taken for vectors are
 * vectors, of length 1 and as many numbers as were wanted. */
#include <assert.h>
#include <math.h>

#include "fuzz/fuzz.h"
#include "memory/embed.h"
#include "memory/embed_wire.h"

#include "base/banned.h"

enum { TEXTS = 3 };

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena a = ARENA_INIT;
    size_t       known = len > 0 ? bytes[0] % 4 : 0;
    size_t       dimensions = known;
    float       *rows = arena_array(&a, float,
                                    TEXTS * (known ? known
                                                   : EMBED_DIMENSIONS_MAX));
    struct str   body = { (const char *)bytes + (len > 0), len - (len > 0) };
    struct error err;

    if (embed_wire_reply(&a, body, TEXTS, &dimensions, rows, &err) == OK) {
        assert(dimensions >= 1 && dimensions <= EMBED_DIMENSIONS_MAX);
        assert(known == 0 || dimensions == known);
        for (size_t t = 0; t < TEXTS; t++) {
            double sum = 0;

            for (size_t i = 0; i < dimensions; i++) {
                double number = (double)rows[t * dimensions + i];

                sum += number * number;
            }
            assert(fabs(sum - 1) < 1e-3);
        }
    }
    arena_release(&a);
    return 0;
}
