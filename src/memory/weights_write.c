/* Writing model files. */
#include "memory/weights_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "platform/files.h"

#include "base/banned.h"

/* A file that is being put together in memory. */
struct draft {
    const struct weights_source *source;
    struct weights_head          head;
    struct weights_layout        layout;
    char                        *file;
    bool                         finite;  /* all numbers up to now */
};

static void *
place(const struct draft *d, size_t offset)
{
    return d->file + offset;
}

/* Adds `count` floats to those of a row, which are 0 at first; its padding
 * stays so. */
static void
add_floats(struct draft *d, size_t offset, const float *from, size_t count)
{
    float *to = place(d, offset);

    for (size_t i = 0; i < count; i++) {
        to[i] += from[i];
        if (!isfinite(to[i]))
            d->finite = false;
    }
}

static void
put_norm(struct draft *d, size_t base, struct weights_norm_place at,
         const struct weights_source_norm *norm)
{
    add_floats(d, base + at.gain, norm->gain, d->head.width);
    add_floats(d, base + at.bias, norm->bias, d->head.width);
}

/* The scale with which a column of floats fits into -127..127. */
static float
column_scale(struct draft *d, const float *column, size_t in, size_t out)
{
    float most = 0;

    for (size_t i = 0; i < in; i++) {
        float size = fabsf(column[i * out]);

        if (!isfinite(size))
            d->finite = false;
        else if (size > most)
            most = size;
    }
    return most > 0 ? most / 127 : 1;
}

static int8_t
rounded(float value)
{
    return isfinite(value) ? (int8_t)lrintf(value) : 0;
}

/* Columns [first..first + out) of a matrix that has `out` of them here, and
 * perhaps more beside them in the file. */
static void
put_columns(struct draft *d, size_t base, const struct weights_place *at,
            size_t first, size_t in, size_t out,
            const struct weights_source_dense *dense)
{
    int8_t  *panels = place(d, base + at->panels);
    float   *scales = place(d, base + at->scales);
    int32_t *sums = place(d, base + at->sums);

    for (size_t c = 0; c < out; c++) {
        float scale = dense->floats
                          ? column_scale(d, dense->floats + c, in, out)
                          : dense->scales[c];

        for (size_t i = 0; i < in; i++) {
            int8_t byte = dense->floats
                              ? rounded(dense->floats[i * out + c] / scale)
                              : dense->bytes[i * out + c];

            panels[kernels_place(at->in, i, first + c)] = byte;
            sums[first + c] += byte;
        }
        if (!isfinite(scale))
            d->finite = false;
        scales[first + c] = scale;
    }
    add_floats(d, base + at->bias + first * sizeof(float), dense->bias, out);
}

static void
put_layer(struct draft *d, size_t number)
{
    const struct weights_source_layer *from = &d->source->layers[number];
    const struct weights_layout       *l = &d->layout;
    const size_t base = l->layers + number * l->layer_bytes;
    const size_t width = d->head.width, inner = d->head.inner;

    put_columns(d, base, &l->mixing, 0, width, width, &from->query);
    put_columns(d, base, &l->mixing, width, width, width, &from->key);
    put_columns(d, base, &l->mixing, 2 * width, width, width, &from->value);
    put_columns(d, base, &l->attention, 0, width, width, &from->attention);
    put_norm(d, base, l->attention_norm, &from->attention_norm);
    put_columns(d, base, &l->inner, 0, width, inner, &from->inner);
    put_columns(d, base, &l->outer, 0, inner, width, &from->outer);
    put_norm(d, base, l->outer_norm, &from->outer_norm);
}

static void
put_embeddings(struct draft *d)
{
    const struct weights_source *s = d->source;
    const struct weights_layout *l = &d->layout;
    const size_t                 width = d->head.width;
    const size_t                 row = l->width * sizeof(float);

    for (size_t i = 0; i < d->head.vocabulary; i++)
        add_floats(d, l->words + i * row, s->words + i * width, width);
    for (size_t i = 0; i < d->head.positions; i++) {
        add_floats(d, l->positions + i * row, s->positions + i * width, width);
        add_floats(d, l->positions + i * row, s->type, width);
    }
    put_norm(d, 0, l->embedding_norm, &s->embedding_norm);
}

static void
put_centres(struct draft *d)
{
    const struct weights_config *c = &d->source->config;

    if (c->question_centre)
        add_floats(d, d->layout.question_centre, c->question_centre, c->width);
    if (c->passage_centre)
        add_floats(d, d->layout.passage_centre, c->passage_centre, c->width);
}

static enum status
put_vocabulary(struct draft *d, struct error *err)
{
    const struct weights_layout *l = &d->layout;
    struct pieces                p = {
        .count = d->head.vocabulary,
        .slot_count = pieces_slot_count(d->head.vocabulary),
        .starts = place(d, l->starts),
        .texts = place(d, l->texts),
        .slots = place(d, l->slots),
    };

    if (!pieces_fill(d->source->vocabulary, d->head.vocabulary,
                     place(d, l->starts), place(d, l->texts),
                     place(d, l->slots)))
        return failed(err, ERR_INPUT, "the vocabulary has a word twice");
    return pieces_check(&p, d->head.vocabulary_bytes, err);
}

static void
put_text(struct weights_text *to, struct str text)
{
    to->len = (uint32_t)text.len; /* looked at by weights_layout_find() */
    if (text.len && text.len <= sizeof(to->ptr))
        memcpy(to->ptr, text.ptr, text.len);
}

static enum status
fill_head(struct draft *d, struct error *err)
{
    const struct weights_source *s = d->source;
    const struct weights_config *c = &s->config;
    size_t                       bytes = 0;

    if (s->vocabulary_count > WEIGHTS_VOCABULARY_MAX)
        return failed(err, ERR_INPUT, "the vocabulary has %zu words",
                      s->vocabulary_count);
    for (size_t i = 0; i < s->vocabulary_count; i++) {
        if (s->vocabulary[i].len > WEIGHTS_TEXT_MAX)
            return failed(err, ERR_INPUT, "word %zu of the vocabulary has "
                          "%zu bytes", i, s->vocabulary[i].len);
        bytes += s->vocabulary[i].len;
    }
    d->head = (struct weights_head){
        .version = WEIGHTS_VERSION,
        .byte_order = WEIGHTS_BYTE_ORDER,
        .layers = c->layers,
        .width = c->width,
        .heads = c->heads,
        .inner = c->inner,
        .positions = c->positions,
        .vocabulary = (uint32_t)s->vocabulary_count,
        .vocabulary_bytes = (uint32_t)bytes,
        .pooling = c->pooling,
        .normalise = c->normalise,
        .lowercase = c->lowercase,
        .epsilon = c->epsilon,
    };
    memcpy(d->head.magic, WEIGHTS_MAGIC, sizeof(d->head.magic));
    put_text(&d->head.name, c->name);
    put_text(&d->head.question_prefix, c->question_prefix);
    put_text(&d->head.passage_prefix, c->passage_prefix);
    return weights_layout_find(&d->head, &d->layout, err);
}

static enum status
save(const struct draft *d, const char *path, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char  *part = arena_printf(&a, "%s.part", path).ptr;
    int          fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                           0600);
    bool         good = fd >= 0;
    enum status  st = OK;

    good = good &&
           files_write(fd, (struct str){ d->file, d->layout.bytes }) &&
           fchmod(fd, 0644) == 0 && fsync(fd) == 0 && rename(part, path) == 0;
    if (!good)
        st = failed(err, ERR_INTERNAL, "%s: cannot be written: %s", part,
                    strerror(errno));
    if (fd >= 0)
        (void)close(fd); /* fsync has told */
    if (fd >= 0 && !good)
        (void)unlink(part); /* it may be gone already */
    arena_release(&a);
    return st;
}

static enum status
fill_file(struct draft *d, struct error *err)
{
    enum status st;

    if ((st = put_vocabulary(d, err)) != OK)
        return st;
    put_embeddings(d);
    put_centres(d);
    for (size_t i = 0; i < d->head.layers; i++)
        put_layer(d, i);
    if (!d->finite)
        return failed(err, ERR_INPUT, "a number of the model is not finite");
    d->head.file_bytes = d->layout.bytes;
    d->head.checksum = weights_layout_checksum(
        &d->head, (struct str){ d->file, d->layout.bytes });
    memcpy(d->file, &d->head, sizeof(d->head));
    return OK;
}

enum status
weights_write(const char *path, const struct weights_source *source,
              struct error *err)
{
    struct draft d = { .source = source, .finite = true };
    enum status  st;

    if ((st = fill_head(&d, err)) != OK)
        return st;
    d.file = alloc_array_or_die(d.layout.bytes, 1);
    st = fill_file(&d, err);
    if (st == OK)
        st = save(&d, path, err);
    free(d.file);
    return st;
}
