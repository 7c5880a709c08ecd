/*
 * The files in a zip archive (a jar is one), by its central directory.
 *
 * Only what archives of a few files need: stored and deflated entries, no
 * encryption, no Zip64.  Names are borrowed from the archive.  Pure functions.
 * Source   PKWARE APPNOTE.TXT 6.3.9, 4.3
 */
#ifndef PLATFORM_ZIP_H
#define PLATFORM_ZIP_H

#include "base/arena.h"

struct zip {
    struct str archive;
    struct str directory;  /* entries that were not walked yet */
    size_t     left;
};

struct zip_entry {
    struct str name;
    uint32_t   method;     /* 0 stored, 8 deflated */
    uint32_t   crc;
    uint32_t   packed;     /* bytes in the archive */
    uint32_t   size;       /* bytes of the file */
    uint32_t   offset;     /* of its local header */
};

/* Errors: ERR_INPUT when the bytes are no zip archive. */
enum status zip_open(struct str archive, struct zip *z,
                     struct error *err) MUST_CHECK;

/* The next entry; false at the end, and where the directory is damaged. */
bool zip_next(struct zip *z, struct zip_entry *entry);

/*
 * The file of an entry, owned by `a` or borrowed from the archive.
 * Errors   ERR_INPUT (damaged, or packed in another way); ERR_TOO_LARGE past
 *          `max` bytes
 */
enum status zip_read(struct arena *a, const struct zip *z,
                     const struct zip_entry *entry, size_t max,
                     struct str *bytes, struct error *err) MUST_CHECK;

#endif
