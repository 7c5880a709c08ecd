/* Reading zip archives. */
#include "platform/zip.h"

#include <zlib.h>

#include "base/banned.h"

enum {
    END_BYTES    = 22,      /* of the end of central directory record */
    ENTRY_BYTES  = 46,      /* of a central directory header */
    LOCAL_BYTES  = 30,      /* of a local file header */
    COMMENT_MAX  = 65535,
    STORED = 0, DEFLATED = 8,
    EXPANSION_MAX = 1032,   /* of deflate, at best */
};

static const char end_mark[]   = { 'P', 'K', 5, 6 };
static const char entry_mark[] = { 'P', 'K', 1, 2 };
static const char local_mark[] = { 'P', 'K', 3, 4 };

#define MARK(bytes) ((struct str){ (bytes), sizeof(bytes) })

/* Little-endian numbers at a place that is known to exist. */
static uint32_t
number16(struct str s, size_t at)
{
    const unsigned char *b = (const unsigned char *)s.ptr + at;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t
number32(struct str s, size_t at)
{
    return number16(s, at) | number16(s, at + 2) << 16;
}

enum status
zip_open(struct str archive, struct zip *z, struct error *err)
{
    size_t least = archive.len > END_BYTES + COMMENT_MAX
                       ? archive.len - END_BYTES - COMMENT_MAX : 0;

    for (size_t at = archive.len; at >= least + END_BYTES; at--) {
        struct str end = str_slice(archive, at - END_BYTES, archive.len);
        size_t     start, bytes;

        if (!str_starts(end, MARK(end_mark)))
            continue;
        bytes = number32(end, 12);
        start = number32(end, 16);
        if (start > at - END_BYTES || bytes > at - END_BYTES - start)
            break;
        *z = (struct zip){ archive, str_slice(archive, start, start + bytes),
                           number16(end, 10) };
        return OK;
    }
    return failed(err, ERR_INPUT, "this is no zip archive");
}

bool
zip_next(struct zip *z, struct zip_entry *entry)
{
    struct str d = z->directory;
    size_t     name, all;

    if (z->left == 0 || d.len < ENTRY_BYTES ||
        !str_starts(d, MARK(entry_mark)))
        return false;
    name = number16(d, 28);
    all = ENTRY_BYTES + name + number16(d, 30) + number16(d, 32);
    if (all > d.len)
        return false;
    *entry = (struct zip_entry){
        .name = str_slice(d, ENTRY_BYTES, ENTRY_BYTES + name),
        .method = number16(d, 10), .crc = number32(d, 16),
        .packed = number32(d, 20), .size = number32(d, 24),
        .offset = number32(d, 42),
    };
    z->directory = str_slice(d, all, d.len);
    z->left--;
    return true;
}

/* The bytes of an entry as they lie in the archive. */
static bool
find_packed(const struct zip *z, const struct zip_entry *entry,
            struct str *packed)
{
    struct str local = str_slice(z->archive, entry->offset, z->archive.len);
    size_t     start;

    if (local.len < LOCAL_BYTES || !str_starts(local, MARK(local_mark)))
        return false;
    start = LOCAL_BYTES + number16(local, 26) + number16(local, 28);
    *packed = str_slice(local, start, start + (size_t)entry->packed);
    return packed->len == entry->packed;
}

/* Exactly `size` bytes come out, and all of `packed` goes in. */
static bool
inflate_all(struct str packed, char *out, uint32_t size)
{
    z_stream stream = {
        .next_in = (z_const Bytef *)(uintptr_t)packed.ptr,
        .avail_in = (uInt)packed.len,
        .next_out = (Bytef *)out, .avail_out = size,
    };
    int code;

    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        abort(); /* out of memory */
    code = inflate(&stream, Z_FINISH);
    (void)inflateEnd(&stream); /* its state is good */
    return code == Z_STREAM_END && stream.avail_out == 0 &&
           stream.avail_in == 0;
}

enum status
zip_read(struct arena *a, const struct zip *z, const struct zip_entry *entry,
         size_t max, struct str *bytes, struct error *err)
{
    struct str packed;
    char      *out;

    if (entry->size > max)
        return failed(err, ERR_TOO_LARGE, "a file in the archive is larger "
                      "than %zu bytes", max);
    if (!find_packed(z, entry, &packed) ||
        entry->size / EXPANSION_MAX > packed.len)
        return failed(err, ERR_INPUT, "the archive is damaged");
    if (entry->method == STORED && entry->size == entry->packed) {
        *bytes = packed;
    } else if (entry->method == DEFLATED) {
        out = arena_alloc(a, entry->size);
        if (!inflate_all(packed, out, entry->size))
            return failed(err, ERR_INPUT, "the archive is damaged");
        *bytes = (struct str){ out, entry->size };
    } else {
        return failed(err, ERR_INPUT, "the archive is packed in a way that "
                      "is not known here (%u)", (unsigned)entry->method);
    }
    if (crc32_z(0, (const Bytef *)bytes->ptr, bytes->len) != entry->crc)
        return failed(err, ERR_INPUT, "the archive is damaged: a checksum is "
                      "wrong");
    return OK;
}
