/* The places of a model file's sections. */
#include "memory/weights_layout.h"

#include <math.h>
#include <stddef.h>

#include "base/checksum.h"
#include "memory/kernels.h"
#include "memory/pieces.h"

#include "base/banned.h"

/* The place of a section of so many bytes. */
static size_t
take(size_t *at, size_t bytes)
{
    size_t place = *at;

    *at += (bytes + 63) / 64 * 64;
    return place;
}

static struct weights_place
take_dense(size_t *at, size_t in, size_t out)
{
    struct weights_place p = { .in = kernels_padded(in),
                               .out = kernels_padded(out) };

    p.panels = take(at, p.in * p.out);
    p.scales = take(at, p.out * sizeof(float));
    p.sums = take(at, p.out * sizeof(int32_t));
    p.bias = take(at, p.out * sizeof(float));
    return p;
}

static struct weights_norm_place
take_norm(size_t *at, size_t padded)
{
    struct weights_norm_place p;

    p.gain = take(at, padded * sizeof(float));
    p.bias = take(at, padded * sizeof(float));
    return p;
}

static enum status
check_range(const char *what, uint32_t value, uint32_t least, uint32_t most,
            struct error *err)
{
    if (value < least || value > most)
        return failed(err, ERR_INPUT,
                      "the model's %s is %u; %u to %u are possible", what,
                      value, least, most);
    return OK;
}

static enum status
check_head(const struct weights_head *h, struct error *err)
{
    const struct {
        const char *what;
        uint32_t    value;
        uint32_t    least;
        uint32_t    most;
    } ranges[] = {
        { "number of layers", h->layers, 1, WEIGHTS_LAYERS_MAX },
        { "width", h->width, 4, WEIGHTS_WIDTH_MAX },
        { "number of heads", h->heads, 1, h->width },
        { "inner width", h->inner, 4, WEIGHTS_INNER_MAX },
        { "number of positions", h->positions, 3, WEIGHTS_POSITIONS_MAX },
        { "vocabulary", h->vocabulary, 3, WEIGHTS_VOCABULARY_MAX },
        { "vocabulary's length", h->vocabulary_bytes, 3,
          WEIGHTS_VOCABULARY_MAX * WEIGHTS_TEXT_MAX },
        { "pooling", h->pooling, WEIGHTS_POOL_MEAN, WEIGHTS_POOL_CLS },
        { "name's length", h->name.len, 1, WEIGHTS_TEXT_MAX },
        { "prefix's length", h->question_prefix.len, 0, WEIGHTS_TEXT_MAX },
        { "prefix's length", h->passage_prefix.len, 0, WEIGHTS_TEXT_MAX },
        { "choice of length", h->normalise, 0, 1 },
        { "choice of case", h->lowercase, 0, 1 },
    };
    enum status st;

    for (size_t i = 0; i < COUNT(ranges); i++)
        if ((st = check_range(ranges[i].what, ranges[i].value,
                              ranges[i].least, ranges[i].most, err)) != OK)
            return st;
    if (h->width % h->heads != 0)
        return failed(err, ERR_INPUT, "%u heads do not share a width of %u",
                      h->heads, h->width);
    if (!(h->epsilon > 0 && h->epsilon < 1))
        return failed(err, ERR_INPUT, "the model's epsilon is %g",
                      (double)h->epsilon);
    return OK;
}

enum status
weights_layout_find(const struct weights_head *head,
                    struct weights_layout *layout, struct error *err)
{
    const size_t          width = kernels_padded(head->width);
    struct weights_layout l = { .width = width };
    size_t                at = 0;
    enum status           st;

    if ((st = check_head(head, err)) != OK)
        return st;
    l.mixing = take_dense(&at, width, 3 * (size_t)head->width);
    l.attention = take_dense(&at, width, width);
    l.attention_norm = take_norm(&at, width);
    l.inner = take_dense(&at, width, head->inner);
    l.outer = take_dense(&at, head->inner, width);
    l.outer_norm = take_norm(&at, width);
    l.layer_bytes = at;

    at = 0;
    (void)take(&at, sizeof(*head)); /* it stands at 0 */
    l.starts = take(&at, (head->vocabulary + (size_t)1) * sizeof(uint32_t));
    l.texts = take(&at, head->vocabulary_bytes);
    l.slots = take(&at, pieces_slot_count(head->vocabulary) *
                            sizeof(uint32_t));
    l.words = take(&at, head->vocabulary * width * sizeof(float));
    l.positions = take(&at, head->positions * width * sizeof(float));
    l.embedding_norm = take_norm(&at, width);
    l.question_centre = take(&at, width * sizeof(float));
    l.passage_centre = take(&at, width * sizeof(float));
    l.layers = take(&at, head->layers * l.layer_bytes);
    l.bytes = at;
    *layout = l;
    return OK;
}

uint64_t
weights_layout_checksum(const struct weights_head *head, struct str file)
{
    struct weights_head h = *head;

    h.checksum = 0;
    return checksum_more(checksum_of(&h, sizeof(h)), file.ptr + sizeof(h),
                         file.len - sizeof(h));
}
