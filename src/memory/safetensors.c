/* Reading .safetensors files. */
#include "memory/safetensors.h"

#include "platform/json.h"

#include "base/banned.h"

enum {
    LENGTH_BYTES     = 8,         /* in front: the header's length */
    HEADER_MAX_BYTES = 16 << 20,
    JSON_DEPTH       = 8,
    DIMENSIONS_MAX   = 8,
};

static const struct {
    const char      *name;
    enum tensor_type type;
} types[] = {
    { "F32", TENSOR_F32 }, { "F16", TENSOR_F16 }, { "BF16", TENSOR_BF16 },
};

static enum tensor_type
type_of(struct str name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_equal(name, str_from(types[i].name)))
            return types[i].type;
    return TENSOR_OTHER;
}

/* All elements of an array as numbers from 0; false if it is something else
 * or has more than `max`. */
static bool
read_numbers(const struct json *array, uint64_t *numbers, size_t max,
             size_t *count)
{
    struct json_item item = { 0 };
    int64_t          number;

    *count = 0;
    if (array->type != JSON_ARRAY)
        return false;
    while (json_next(array, &item)) {
        if (*count == max || !json_int(&item.value, &number) || number < 0)
            return false;
        numbers[(*count)++] = (uint64_t)number;
    }
    return true;
}

static enum status
read_tensor(struct arena *a, const struct json_item *item, struct str numbers,
            struct tensor *t, struct error *err)
{
    struct json type = json_member(&item->value, "dtype");
    struct json shape = json_member(&item->value, "shape");
    struct json offsets = json_member(&item->value, "data_offsets");
    uint64_t    sizes[DIMENSIONS_MAX], range[2];
    size_t      size_count, range_count;

    *t = (struct tensor){ .name = item->key,
                          .type = type_of(json_text(a, &type)) };
    if (type.type != JSON_STRING ||
        !read_numbers(&shape, sizes, DIMENSIONS_MAX, &size_count) ||
        !read_numbers(&offsets, range, 2, &range_count) || range_count != 2)
        return failed(err, ERR_INPUT, "the header's entry %.*s is not right",
                      STR_ARG(str_slice(item->key, 0, 80)));
    if (range[0] > range[1] || range[1] > numbers.len)
        return failed(err, ERR_INPUT, "%.*s lies outside of the file",
                      STR_ARG(str_slice(item->key, 0, 80)));
    t->bytes = str_slice(numbers, (size_t)range[0], (size_t)range[1]);
    return tensor_shape(t, sizes, size_count, err);
}

static enum status
read_header(struct arena *a, struct str header, struct str numbers,
            struct tensor_set *set, struct error *err)
{
    struct json      root;
    struct json_item item = { 0 };
    size_t           count = 0;
    enum status      st = json_parse(header, JSON_DEPTH, &root, err);

    if (st == OK && root.type != JSON_OBJECT)
        return failed(err, ERR_INPUT, "the header is no JSON object");
    while (st == OK && json_next(&root, &item))
        count++;
    if (st == OK && count > TENSOR_COUNT_MAX)
        return failed(err, ERR_INPUT, "there are more than %d tensors",
                      TENSOR_COUNT_MAX);
    *set = (struct tensor_set){ .list = arena_array(a, struct tensor, count) };
    memset(&item, 0, sizeof(item));
    while (st == OK && json_next(&root, &item)) {
        if (json_key_is(&item, "__metadata__"))
            continue;
        st = read_tensor(a, &item, numbers, &set->list[set->count++], err);
    }
    return st;
}

enum status
safetensors_read(struct arena *a, struct str file, struct tensor_set *set,
                 struct error *err)
{
    uint64_t   len = 0;
    struct str rest;

    if (file.len < LENGTH_BYTES)
        return failed(err, ERR_INPUT, "the file is cut short");
    memcpy(&len, file.ptr, LENGTH_BYTES); /* little-endian: tensor.c */
    rest = str_slice(file, LENGTH_BYTES, file.len);
    if (len > HEADER_MAX_BYTES || len > rest.len)
        return failed(err, ERR_INPUT, "the header is said to have %llu bytes",
                      (unsigned long long)len);
    return read_header(a, str_slice(rest, 0, (size_t)len),
                       str_slice(rest, (size_t)len, rest.len), set, err);
}
