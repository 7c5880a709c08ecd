/*
 * What holds for every reader of tensors: they lie within the file, and an
 * encoder is put together only of what fits.
 */
#ifndef FUZZ_TENSORS_H
#define FUZZ_TENSORS_H

#include "fuzz/fuzz.h"
#include "memory/bert.h"

enum { WORDS = 6, HEADS = 2, NUMBERS_MAX = 1 << 20 };

/* All numbers can be read. */
static inline void
read_all(struct arena *a, const struct tensor_set *set)
{
    size_t numbers = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct tensor *t = &set->list[i];
        const float         *floats;

        if (t->type == TENSOR_OTHER)
            continue;
        numbers += t->rows * t->columns;
        if (numbers > NUMBERS_MAX)
            return; /* tensors may share their numbers */
        floats = tensor_floats(a, t);
        for (size_t k = 0; k < t->rows * t->columns; k++) {
            volatile float seen = floats[k];

            (void)seen;
        }
    }
}

typedef enum status read_tensors(struct arena *a, struct str file,
                                 struct tensor_set *set, struct error *err);

static inline int
fuzz_tensors(read_tensors *reader, const uint8_t *bytes, size_t len)
{
    struct str            file = { (const char *)bytes, len };
    struct arena          a = ARENA_INIT;
    struct tensor_set     set;
    struct weights_source source = { .vocabulary_count = WORDS };
    struct error          err;

    if (len <= NUMBERS_MAX && reader(&a, file, &set, &err) == OK) {
        read_all(&a, &set);
        bert_guess(&set, &source.config);
        if (source.config.heads == 0)
            source.config.heads = HEADS;
        error_ignore(bert_assemble(&a, &set, &source, &err));
    }
    arena_release(&a);
    return 0;
}

#endif
