/* Writing, reading and comparing manifests. */
#include "memory/manifest.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/checksum.h"

#include "base/banned.h"

/* What stands on a line by itself, in this order. */
static const struct line {
    const char *name;
    size_t      offset;
    size_t      bytes;   /* of the field */
    int64_t     most;
} lines[] = {
    { "vault", offsetof(struct manifest, vault_id), 8, INT64_MAX },
    { "model", offsetof(struct manifest, model_id), 8, INT64_MAX },
    { "dimensions", offsetof(struct manifest, dimensions), 4, 1 << 20 },
    { "base_seq", offsetof(struct manifest, base_seq), 8, INT64_MAX },
    { "purge_epoch", offsetof(struct manifest, purge_epoch), 8, INT64_MAX },
    { "built_ms", offsetof(struct manifest, built_ms), 8, INT64_MAX },
    { "items", offsetof(struct manifest, items), 4, UINT32_MAX },
    { "vectors", offsetof(struct manifest, vectors), 4, UINT32_MAX },
};

enum { HEX_DIGITS = 16 };

size_t
manifest_blocks(uint64_t bytes)
{
    return (size_t)((bytes + MANIFEST_BLOCK_BYTES - 1) /
                    MANIFEST_BLOCK_BYTES);
}

static int64_t
value_of(const struct manifest *m, const struct line *line)
{
    const char *field = (const char *)m + line->offset;
    int64_t     wide;
    uint32_t    narrow;

    if (line->bytes == sizeof(narrow)) {
        memcpy(&narrow, field, sizeof(narrow));
        return narrow;
    }
    memcpy(&wide, field, sizeof(wide));
    return wide;
}

static void
set_value(struct manifest *m, const struct line *line, int64_t value)
{
    char    *field = (char *)m + line->offset;
    uint32_t narrow = (uint32_t)value;

    if (line->bytes == sizeof(narrow))
        memcpy(field, &narrow, sizeof(narrow));
    else
        memcpy(field, &value, sizeof(value));
}

void
manifest_print(const struct manifest *m, struct buf *out)
{
    struct str all;

    buf_printf(out, "memoryrouter segment %d\n", MANIFEST_VERSION);
    for (size_t i = 0; i < COUNT(lines); i++)
        buf_printf(out, "%s %" PRId64 "\n", lines[i].name,
                   value_of(m, &lines[i]));
    buf_printf(out, "name %s\n", m->model);
    for (size_t i = 0; i < m->file_count; i++) {
        const struct manifest_file *f = &m->files[i];

        buf_printf(out, "file %s %" PRIu64 " %" PRIu64 " %016" PRIx64,
                   f->name, f->bytes, f->head_bytes, f->head_sum);
        for (size_t k = 0; k < manifest_blocks(f->bytes); k++)
            buf_printf(out, " %016" PRIx64, f->sums[k]);
        buf_add_byte(out, '\n');
    }
    all = buf_str(out);
    buf_printf(out, "sum %016" PRIx64 "\n", checksum_of(all.ptr, all.len));
}

static bool
to_sum(struct str hex, uint64_t *sum)
{
    *sum = 0;
    if (hex.len != HEX_DIGITS)
        return false;
    for (size_t i = 0; i < hex.len; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = memchr(digits, hex.ptr[i], HEX_DIGITS);

        if (!digit)
            return false;
        *sum = *sum << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

/* Cuts off the last line and compares the sum in it. */
static bool
take_sum(struct str *text)
{
    const size_t last = sizeof("sum \n") - 1 + HEX_DIGITS;
    struct str   line;
    uint64_t     sum;

    if (text->len < last)
        return false;
    line = str_slice(*text, text->len - last, text->len);
    *text = str_slice(*text, 0, text->len - last);
    return str_starts(line, STR("sum ")) && str_ends(line, STR("\n")) &&
           to_sum(str_slice(line, 4, 4 + HEX_DIGITS), &sum) &&
           sum == checksum_of(text->ptr, text->len);
}

/* What stands behind `name` and a blank on the next line. */
static bool
take_line(struct str *text, const char *name, struct str *rest)
{
    struct str line, word;

    if (!str_cut(*text, '\n', &line, text))
        return false;
    (void)str_cut(line, ' ', &word, rest); /* then rest is empty */
    return str_equal(word, str_from(name));
}

static bool
take_number(struct str *text, int64_t *number)
{
    struct str word;

    (void)str_cut(*text, ' ', &word, text); /* then text is empty */
    return str_to_int(word, number) && *number >= 0;
}

/* Copies a name with its NUL. */
static bool
take_name(char *to, size_t room, struct str name)
{
    if (name.len >= room)
        return false;
    if (name.len)
        memcpy(to, name.ptr, name.len);
    to[name.len] = '\0';
    return true;
}

static bool
take_file(struct arena *a, struct str line, struct manifest_file *f)
{
    struct str word;
    int64_t    bytes, head;
    size_t     blocks;

    (void)str_cut(line, ' ', &word, &line); /* then line is empty */
    if (word.len == 0 || str_find_byte(word, '/') != STR_NOWHERE ||
        !take_name(f->name, sizeof(f->name), word) ||
        !take_number(&line, &bytes) || !take_number(&line, &head) ||
        head > bytes)
        return false;
    f->bytes = (uint64_t)bytes;
    f->head_bytes = (uint64_t)head;
    (void)str_cut(line, ' ', &word, &line); /* then line is empty */
    blocks = manifest_blocks(f->bytes);
    if (!to_sum(word, &f->head_sum) ||
        blocks > MANIFEST_MAX_BYTES / (HEX_DIGITS + 1))
        return false;
    f->sums = arena_array(a, uint64_t, blocks + 1);
    for (size_t i = 0; i < blocks; i++) {
        (void)str_cut(line, ' ', &word, &line); /* then line is empty */
        if (!to_sum(word, &f->sums[i]))
            return false;
    }
    return line.len == 0;
}

static bool
take_all(struct arena *a, struct str text, struct manifest *m)
{
    struct str rest;
    int64_t    number;

    if (!take_sum(&text) ||
        !take_line(&text, "memoryrouter", &rest) ||
        !str_equal(rest, STR("segment 1")))
        return false;
    static_assert(MANIFEST_VERSION == 1, "the line above");
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (!take_line(&text, lines[i].name, &rest) ||
            !take_number(&rest, &number) || rest.len > 0 ||
            number > lines[i].most)
            return false;
        set_value(m, &lines[i], number);
    }
    if (!take_line(&text, "name", &rest) ||
        !take_name(m->model, sizeof(m->model), rest))
        return false;
    while (text.len) {
        if (m->file_count == MANIFEST_FILES_MAX ||
            !take_line(&text, "file", &rest) ||
            !take_file(a, rest, &m->files[m->file_count++]))
            return false;
    }
    return m->vectors <= m->items;
}

enum status
manifest_parse(struct arena *a, struct str text, struct manifest **m,
               struct error *err)
{
    struct manifest *made = arena_new(a, struct manifest);

    if (!take_all(a, text, made))
        return failed(err, ERR_INTERNAL,
                      "MANIFEST is damaged or of another version");
    *m = made;
    return OK;
}

const struct manifest_file *
manifest_file(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->file_count; i++)
        if (strcmp(m->files[i].name, name) == 0)
            return &m->files[i];
    return NULL;
}

/* Sums a range of the file; false when it cannot be read whole (errno 0: it
 * is too short). */
static bool
sum_range(int fd, uint64_t from, size_t want, char *room, uint64_t *sum)
{
    size_t have = 0;

    while (have < want) {
        ssize_t got = pread(fd, room + have, want - have,
                            (off_t)(from + have));

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = 0;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    *sum = checksum_of(room, want);
    return true;
}

static bool
sum_block(const struct manifest_file *file, int fd, size_t i, char *room,
          uint64_t *sum)
{
    uint64_t from = (uint64_t)i * MANIFEST_BLOCK_BYTES;
    uint64_t left = file->bytes - from;

    return sum_range(fd, from,
                     left < MANIFEST_BLOCK_BYTES ? (size_t)left
                                                 : MANIFEST_BLOCK_BYTES,
                     room, sum);
}

/* For a block or the head of the file. */
static char *
new_room(const struct manifest_file *file)
{
    uint64_t block = file->bytes < MANIFEST_BLOCK_BYTES ? file->bytes
                                                        : MANIFEST_BLOCK_BYTES;

    return alloc_or_die(file->head_bytes > block ? (size_t)file->head_bytes
                                                 : (size_t)block);
}

enum status
manifest_sum(struct arena *a, int fd, struct manifest_file *file,
             struct error *err)
{
    size_t blocks = manifest_blocks(file->bytes);
    char  *room = new_room(file);
    bool   good = sum_range(fd, 0, (size_t)file->head_bytes, room,
                            &file->head_sum);

    file->sums = arena_array(a, uint64_t, blocks + 1);
    for (size_t i = 0; i < blocks && good; i++)
        good = sum_block(file, fd, i, room, &file->sums[i]);
    free(room);
    if (!good)
        return failed(err, ERR_STORE, "%s cannot be read: %s", file->name,
                      errno ? strerror(errno) : "too short");
    return OK;
}

enum status
manifest_check_head(const struct manifest_file *file, int fd,
                    struct error *err)
{
    char    *room = new_room(file);
    uint64_t sum;
    bool     good = sum_range(fd, 0, (size_t)file->head_bytes, room, &sum) &&
                    sum == file->head_sum;

    free(room);
    return good ? OK : failed(err, ERR_INTERNAL, "the head of %s is damaged",
                              file->name);
}

enum status
manifest_check(const struct manifest_file *file, int fd, struct error *err)
{
    size_t   i = 0, end = manifest_blocks(file->bytes);
    char    *room = new_room(file);
    uint64_t sum;

    while (i < end && sum_block(file, fd, i, room, &sum) &&
           sum == file->sums[i])
        i++;
    free(room);
    if (i < end)
        return failed(err, ERR_INTERNAL, "%s is damaged near byte %llu",
                      file->name, (unsigned long long)i *
                                      MANIFEST_BLOCK_BYTES);
    return OK;
}
