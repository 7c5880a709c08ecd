/* The arithmetic of an encoder in plain C, for any processor. */
#include "memory/kernels_body.h"

#include "base/banned.h"

/* A row of the matrix by fours and 64 columns. */
static void
add_four(const int8_t *panel, const uint8_t *row, int32_t *sums)
{
    for (size_t c = 0; c < 64; c++)
        sums[c] += row[0] * panel[4 * c] + row[1] * panel[4 * c + 1] +
                   row[2] * panel[4 * c + 2] + row[3] * panel[4 * c + 3];
}

static void
multiply(const struct kernels_matrix *m, const uint8_t *rows, size_t count,
         int32_t *products)
{
    for (size_t c = 0; c < m->out; c += 64) {
        const int8_t *panel = m->panels + c * m->in;

        for (size_t r = 0; r < count; r++) {
            int32_t sums[64] = { 0 };

            for (size_t i = 0; i < m->in; i += 4)
                add_four(panel + i * 64, rows + r * m->in + i, sums);
            memcpy(products + r * m->out + c, sums, sizeof(sums));
        }
    }
}

const struct kernels kernels_portable = KERNELS_WITH("portable", multiply);
