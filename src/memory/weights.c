/* Opening model files. */
#include "memory/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "memory/weights_layout.h"

#include "base/banned.h"

/* The whole file; the map stays when the descriptor is closed. */
static enum status
map_file(int fd, const char *path, struct str *file, struct error *err)
{
    struct stat about;
    void       *at;

    if (fstat(fd, &about) != 0)
        return failed(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode) ||
        about.st_size < (off_t)sizeof(struct weights_head))
        return failed(err, ERR_INPUT, "%s is not a model file", path);
    at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return failed(err, ERR_INTERNAL, "%s: cannot be mapped: %s", path,
                      strerror(errno));
    *file = (struct str){ at, (size_t)about.st_size };
    return OK;
}

static enum status
open_file(const char *path, struct str *file, struct error *err)
{
    int         fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status st;

    if (fd < 0)
        return failed(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL,
                      "%s: %s", path, strerror(errno));
    st = map_file(fd, path, file, err);
    (void)close(fd); /* nothing was written */
    return st;
}

/* The file is one of ours, of this version, and as it was written. */
static enum status
check_file(const char *path, struct str file, struct weights_layout *layout,
           struct error *err)
{
    const struct weights_head *head = (const void *)file.ptr;
    enum status                st;

    if (memcmp(head->magic, WEIGHTS_MAGIC, sizeof(head->magic)) != 0)
        return failed(err, ERR_INPUT, "%s is not a model file", path);
    if (head->version != WEIGHTS_VERSION ||
        head->byte_order != WEIGHTS_BYTE_ORDER)
        return failed(err, ERR_INPUT,
                      "%s was written by another version or on another kind "
                      "of machine; import the model again", path);
    if (head->file_bytes != file.len ||
        head->checksum != weights_layout_checksum(head, file))
        return failed(err, ERR_INPUT,
                      "%s is damaged; import the model again", path);
    if ((st = weights_layout_find(head, layout, err)) != OK)
        return st;
    if (layout->bytes != file.len)
        return failed(err, ERR_INPUT, "%s has another length than its head",
                      path);
    return OK;
}

static struct str
text_of(const struct weights_text *text)
{
    return (struct str){ text->ptr, text->len };
}

static void
read_config(const struct weights_head *h, struct weights_config *c)
{
    *c = (struct weights_config){
        .name = text_of(&h->name),
        .question_prefix = text_of(&h->question_prefix),
        .passage_prefix = text_of(&h->passage_prefix),
        .layers = h->layers,
        .width = h->width,
        .heads = h->heads,
        .inner = h->inner,
        .positions = h->positions,
        .epsilon = h->epsilon,
        .pooling = h->pooling == WEIGHTS_POOL_CLS ? WEIGHTS_POOL_CLS
                                                  : WEIGHTS_POOL_MEAN,
        .normalise = h->normalise,
        .lowercase = h->lowercase,
    };
}

/* What stands at an offset. */
static const void *
at(struct str part, size_t offset)
{
    return part.ptr + offset;
}

/* NULL where nothing was measured. */
static const float *
centre_at(struct str file, size_t offset, size_t width)
{
    const float *centre = at(file, offset);

    for (size_t i = 0; i < width; i++)
        if (centre[i] != 0)
            return centre;
    return NULL;
}

static struct kernels_dense
dense_at(struct str layer, const struct weights_place *place)
{
    return (struct kernels_dense){
        .matrix = { at(layer, place->panels), place->in, place->out },
        .scales = at(layer, place->scales),
        .sums = at(layer, place->sums),
        .bias = at(layer, place->bias),
    };
}

static struct kernels_norm
norm_at(struct str part, struct weights_norm_place place,
        const struct weights *w)
{
    return (struct kernels_norm){
        .gain = at(part, place.gain),
        .bias = at(part, place.bias),
        .width = w->config.width,
        .padded = w->padded,
        .epsilon = w->config.epsilon,
    };
}

static void
read_layer(const struct weights *w, const struct weights_layout *l,
           struct str part, struct weights_layer *layer)
{
    layer->mixing = dense_at(part, &l->mixing);
    layer->attention = dense_at(part, &l->attention);
    layer->attention_norm = norm_at(part, l->attention_norm, w);
    layer->inner = dense_at(part, &l->inner);
    layer->outer = dense_at(part, &l->outer);
    layer->outer_norm = norm_at(part, l->outer_norm, w);
}

/* The struct and its layers are one allocation. */
struct opened {
    struct weights       weights;
    struct weights_layer layers[WEIGHTS_LAYERS_MAX];
};

static struct opened *
read_file(struct str file, const struct weights_layout *l)
{
    const struct weights_head *head = (const void *)file.ptr;
    struct opened             *o = alloc_array_or_die(1, sizeof(*o));
    struct weights            *w = &o->weights;

    read_config(head, &w->config);
    w->file = file;
    w->padded = l->width;
    w->pieces.count = head->vocabulary;
    w->pieces.slot_count = pieces_slot_count(head->vocabulary);
    w->pieces.starts = at(file, l->starts);
    w->pieces.texts = at(file, l->texts);
    w->pieces.slots = at(file, l->slots);
    w->words = at(file, l->words);
    w->positions = at(file, l->positions);
    w->embedding_norm = norm_at(file, l->embedding_norm, w);
    w->config.question_centre = centre_at(file, l->question_centre,
                                          w->config.width);
    w->config.passage_centre = centre_at(file, l->passage_centre,
                                         w->config.width);
    for (uint32_t i = 0; i < w->config.layers; i++)
        read_layer(w, l,
                   str_slice(file, l->layers + i * l->layer_bytes, file.len),
                   &o->layers[i]);
    w->layers = o->layers;
    return o;
}

static void
unmap(struct str file)
{
    const void *map = file.ptr;

    (void)munmap((void *)(uintptr_t)map, file.len); /* it was mapped so */
}

enum status
weights_open(const char *path, const struct weights **weights,
             struct error *err)
{
    struct weights_layout layout;
    struct opened        *o;
    struct str            file = STR_NONE;
    enum status           st;

    if ((st = open_file(path, &file, err)) != OK)
        return st;
    if ((st = check_file(path, file, &layout, err)) != OK) {
        unmap(file);
        return st;
    }
    o = read_file(file, &layout);
    st = pieces_check(&o->weights.pieces,
                      ((const struct weights_head *)(const void *)file.ptr)
                          ->vocabulary_bytes, err);
    if (st != OK) {
        weights_close(&o->weights);
        return st;
    }
    *weights = &o->weights;
    return OK;
}

void
weights_close(const struct weights *weights)
{
    if (!weights)
        return;
    unmap(weights->file);
    free((void *)(uintptr_t)weights);
}
