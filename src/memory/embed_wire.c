/* Writing requests for embeddings and reading the replies. */
#include "memory/embed_wire.h"

#include <math.h>
#include <stdlib.h>

#include "memory/embed.h"
#include "memory/normalise.h"
#include "platform/json.h"

#include "base/banned.h"

/* A number has up to 25 bytes with its comma; servers that indent need more
 * for each. */
enum { DEPTH_MAX = 16, NUMBER_MAX_BYTES = 40, AROUND_MAX_BYTES = 1 << 16 };

void
embed_wire_request(struct buf *b, struct str model, size_t dimensions,
                   const struct str *texts, size_t count)
{
    buf_add(b, STR("{\"model\":"));
    json_add_string(b, model);
    if (dimensions)
        buf_printf(b, ",\"dimensions\":%zu", dimensions);
    buf_add(b, STR(",\"input\":["));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_byte(b, ',');
        json_add_string(b, texts[i]);
    }
    buf_add(b, STR("]}"));
}

size_t
embed_wire_reply_max(size_t count, size_t dimensions)
{
    return AROUND_MAX_BYTES +
           count * (dimensions ? dimensions : EMBED_DIMENSIONS_MAX) *
               NUMBER_MAX_BYTES;
}

/* The numbers of an array; false when there are more than `room`, or one is
 * not a number or too large. */
static bool
read_numbers(const struct json *array, float *row, size_t room, size_t *count)
{
    struct json_item item = { .start = NULL };
    size_t           n = 0;

    while (json_next(array, &item)) {
        if (n == room || item.value.type != JSON_NUMBER)
            return false;
        /* It ends with the number: a comma or a bracket follows. */
        row[n] = strtof(item.value.raw.ptr, NULL);
        if (!isfinite(row[n++]))
            return false;
    }
    *count = n;
    return true;
}

static int
base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char       *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* The same from base64 of floats. */
static bool
read_base64(struct str text, float *row, size_t room, size_t *count)
{
    uint32_t bits = 0, word = 0;
    size_t   held = 0, bytes = 0;

    while (str_ends(text, STR("=")))
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        int value = base64_value(text.ptr[i]);

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        word |= (bits >> held & 0xFF) << 8 * (bytes++ % 4);
        if (bytes % 4 != 0)
            continue;
        if (bytes / 4 > room)
            return false;
        memcpy(&row[bytes / 4 - 1], &word, sizeof(word));
        if (!isfinite(row[bytes / 4 - 1]))
            return false;
        word = 0;
    }
    *count = bytes / 4;
    return bytes % 4 == 0;
}

static enum status
read_vector(struct arena *a, const struct json *item, size_t *dimensions,
            float *row, struct error *err)
{
    struct json value = json_member(item, "embedding");
    size_t      room = *dimensions ? *dimensions : EMBED_DIMENSIONS_MAX;
    size_t      count = 0;
    bool        good;

    if (value.type == JSON_STRING)
        good = read_base64(json_text(a, &value), row, room, &count);
    else
        good = value.type == JSON_ARRAY &&
               read_numbers(&value, row, room, &count);
    if (!good || count == 0)
        return failed(err, ERR_UPSTREAM, "an embedding is not a list of 1 to "
                      "%zu finite numbers", room);
    if (*dimensions && count != *dimensions)
        return failed(err, ERR_UPSTREAM, "an embedding has %zu numbers instead "
                      "of %zu", count, *dimensions);
    if (!normalise_row(row, count))
        return failed(err, ERR_UPSTREAM, "an embedding has length 0");
    *dimensions = count;
    return OK;
}

/* The same into the row of its index.  Where the rows begin is known only when
 * the first vector was read. */
static enum status
read_row(struct arena *a, const struct json *item, size_t index,
         size_t *dimensions, float *rows, struct error *err)
{
    bool        first = *dimensions == 0;
    float      *row = rows + index * *dimensions;
    enum status st = read_vector(a, item, dimensions, row, err);

    if (st == OK && first)
        memmove(rows + index * *dimensions, row, *dimensions * sizeof(*row));
    return st;
}

enum status
embed_wire_reply(struct arena *a, struct str body, size_t count,
                 size_t *dimensions, float *rows, struct error *err)
{
    bool            *seen = arena_array(a, bool, count);
    struct json_item item = { .start = NULL };
    struct json      root, list;
    size_t           read = 0;
    enum status      st;

    if (json_parse(body, DEPTH_MAX, &root, err) != OK)
        return failed(err, ERR_UPSTREAM, "the reply is not JSON");
    list = json_member(&root, "data");
    if (list.type != JSON_ARRAY)
        return failed(err, ERR_UPSTREAM, "the reply has no list `data'");
    for (; json_next(&list, &item); read++) {
        struct json number = json_member(&item.value, "index");
        int64_t     index = (int64_t)read; /* some servers leave it out */

        if (number.type != JSON_NONE && !json_int(&number, &index))
            index = -1;
        if (index < 0 || (size_t)index >= count || seen[index])
            return failed(err, ERR_UPSTREAM, "the reply's indexes are not 0 to "
                          "%zu, each once", count - 1);
        seen[index] = true;
        st = read_row(a, &item.value, (size_t)index, dimensions, rows, err);
        if (st != OK)
            return st;
    }
    if (read != count)
        return failed(err, ERR_UPSTREAM, "the reply has %zu embeddings instead "
                      "of %zu", read, count);
    return OK;
}
