/* The middle of what a model gives for any text. */
#include "memory/encoder.h"

#include <stdlib.h>

#include "base/arena.h"
#include "memory/centre.h"
#include "memory/normalise.h"

#include "base/banned.h"

void
encoder_measure_centre(const struct encoder *e, enum encoder_use use,
                       float *centre)
{
    const size_t size = encoder_dimensions(e);
    struct str   texts[CENTRE_PAIRS];
    float       *rows = alloc_array_or_die(CENTRE_PAIRS * size,
                                           sizeof(*rows));

    for (size_t i = 0; i < CENTRE_PAIRS; i++)
        texts[i] = str_from(use == ENCODE_QUESTION ? centre_pairs[i].question
                                                   : centre_pairs[i].passage);
    encoder_run(e, use, texts, CENTRE_PAIRS, rows);
    for (size_t i = 0; i < CENTRE_PAIRS; i++)
        (void)normalise_row(rows + i * size, size); /* or it points nowhere */
    memset(centre, 0, size * sizeof(*centre));
    centre_add(centre, rows, CENTRE_PAIRS, size);
    centre_divide(centre, CENTRE_PAIRS, size);
    free(rows);
}
