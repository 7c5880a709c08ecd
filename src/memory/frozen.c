/* Writing and mapping the flat arrays of an index of words. */
#include "memory/frozen.h"

#include <assert.h>
#include <stdlib.h>

#include "memory/lexicon_arrays.h"

#include "base/banned.h"

enum { FROZEN_VERSION = 1, ALIGNMENT = 64, SECTIONS_MAX = 16 };

/* Which of the two files. */
enum file { LEXICON_FILE, ITEMS_FILE, FILES };

static const char *const magics[] = {
    [LEXICON_FILE] = "MRLEXICN",
    [ITEMS_FILE] = "MRITEMS\0",
};

/* At the start of each file; the sections follow, each aligned. */
struct header {
    char     magic[8];
    uint32_t version;
    uint32_t byte_order;      /* BYTE_ORDER_MARK as its machine writes it */
    uint32_t count;           /* memories */
    uint32_t terms;
    uint32_t names;
    uint32_t term_slots;
    uint32_t name_slots;
    uint32_t session_room;
    uint32_t author_terms;
    uint32_t standing;
    uint32_t session_count;
    uint32_t unused;
    uint64_t total_length;
    uint64_t total_context;
    uint64_t posting_count;
    uint64_t term_bytes;
    uint64_t name_bytes;
};

#define BYTE_ORDER_MARK 0x01020304U

static_assert(sizeof(struct header) == FROZEN_HEAD_BYTES,
              "the files begin with it");
static_assert(sizeof(struct lexicon_item) == 64 &&
                  sizeof(struct lexicon_place) == 16 &&
                  sizeof(struct lexicon_posting) == 8,
              "the files hold them");

/* One array of a file. */
struct section {
    enum file file;
    void     *field;  /* of struct lexicon: the pointer to the array */
    size_t    size;   /* of an element */
    uint64_t  count;
};

/* THE FORMAT: the arrays in their order. */
static size_t
sections_of(struct lexicon *lex, const struct header *h, struct section *out)
{
#define ARRAY(file, field, count) \
    { file, &lex->field, sizeof(*lex->field), count }
    const struct section list[] = {
        ARRAY(ITEMS_FILE, items, h->count),
        ARRAY(ITEMS_FILE, places, h->count),
        ARRAY(LEXICON_FILE, terms.slots, h->term_slots),
        ARRAY(LEXICON_FILE, terms.ends, h->terms),
        ARRAY(LEXICON_FILE, terms.texts, h->term_bytes),
        ARRAY(LEXICON_FILE, names.slots, h->name_slots),
        ARRAY(LEXICON_FILE, names.ends, h->names),
        ARRAY(LEXICON_FILE, names.texts, h->name_bytes),
        ARRAY(LEXICON_FILE, authors, h->names),
        ARRAY(LEXICON_FILE, author_terms, h->author_terms),
        ARRAY(LEXICON_FILE, sessions, h->session_room),
        ARRAY(LEXICON_FILE, standing, h->standing),
        ARRAY(LEXICON_FILE, posting_ends, h->terms),
        ARRAY(LEXICON_FILE, all_postings, h->posting_count),
    };
#undef ARRAY

    static_assert(COUNT(list) <= SECTIONS_MAX, "room for all");
    memcpy(out, list, sizeof(list));
    return COUNT(list);
}

static struct header
header_of(const struct lexicon *lex)
{
    struct header h = {
        .version = FROZEN_VERSION,
        .byte_order = BYTE_ORDER_MARK,
        .count = lex->count,
        .terms = lex->terms.count,
        .names = lex->names.count,
        .term_slots = lex->terms.slot_count,
        .name_slots = lex->names.slot_count,
        .session_room = lex->session_room,
        .author_terms = lex->author_term_count,
        .standing = lex->standing_count,
        .session_count = lex->session_count,
        .total_length = lex->total_length,
        .total_context = lex->total_context,
        .term_bytes = terms_text_bytes(&lex->terms),
        .name_bytes = terms_text_bytes(&lex->names),
    };

    for (uint32_t i = 0; i < h.terms; i++)
        h.posting_count += lexicon_postings(lex, i).count;
    return h;
}

static uint64_t
aligned(uint64_t offset)
{
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* A file that is being written. */
struct writing {
    struct sink sink;
    uint64_t    offset;
};

static enum status
write_bytes(struct writing *w, const void *bytes, size_t len,
            struct error *err)
{
    w->offset += len;
    return len ? w->sink.write(w->sink.owner, (struct str){ bytes, len }, err)
               : OK;
}

static enum status
pad(struct writing *w, struct error *err)
{
    static const char zeros[ALIGNMENT];

    return write_bytes(w, zeros, aligned(w->offset) - w->offset, err);
}

/* What growing indexes keep a term apart. */
static enum status
write_postings(struct writing *w, const struct lexicon *lex, bool ends,
               struct error *err)
{
    uint64_t    end = 0;
    enum status st = OK;

    for (uint32_t i = 0; i < lex->terms.count && st == OK; i++) {
        struct lexicon_postings p = lexicon_postings(lex, i);

        end += p.count;
        st = ends ? write_bytes(w, &end, sizeof(end), err)
                  : write_bytes(w, p.list, p.count * sizeof(*p.list), err);
    }
    return st;
}

static enum status
write_array(struct writing *w, const struct section *s, struct error *err)
{
    const void *array;

    memcpy(&array, s->field, sizeof(array));
    return write_bytes(w, array, s->count * s->size, err);
}

static enum status
write_file(const struct lexicon *lex, enum file file, struct sink sink,
           struct error *err)
{
    struct writing w = { sink, 0 };
    struct lexicon copy = *lex;
    struct header  h = header_of(lex);
    struct section list[SECTIONS_MAX];
    size_t         count = sections_of(&copy, &h, list);
    enum status    st;

    memcpy(h.magic, magics[file], sizeof(h.magic));
    st = write_bytes(&w, &h, sizeof(h), err);
    for (size_t i = 0; i < count && st == OK; i++) {
        const struct section *s = &list[i];

        if (s->file != file || (st = pad(&w, err)) != OK)
            continue;
        if (s->field == &copy.posting_ends)
            st = write_postings(&w, lex, true, err);
        else if (s->field == &copy.all_postings)
            st = write_postings(&w, lex, false, err);
        else
            st = write_array(&w, s, err);
    }
    return st;
}

enum status
frozen_write(const struct lexicon *lex, struct sink lexicon_file,
             struct sink items_file, struct error *err)
{
    enum status st;

    assert(!lex->base);
    st = write_file(lex, LEXICON_FILE, lexicon_file, err);
    return st == OK ? write_file(lex, ITEMS_FILE, items_file, err) : st;
}

static bool
is_power_of_two_or_none(uint32_t n)
{
    return (n & (n - 1)) == 0;
}

static enum status
read_header(struct str bytes, enum file file, struct header *h,
            struct error *err)
{
    if (bytes.len < sizeof(*h))
        return failed(err, ERR_INPUT, "the file is cut off");
    memcpy(h, bytes.ptr, sizeof(*h));
    if (memcmp(h->magic, magics[file], sizeof(h->magic)) != 0 ||
        h->version != FROZEN_VERSION || h->byte_order != BYTE_ORDER_MARK)
        return failed(err, ERR_INPUT, "not an index of this version");
    if (!is_power_of_two_or_none(h->term_slots) ||
        !is_power_of_two_or_none(h->name_slots) ||
        !is_power_of_two_or_none(h->session_room) ||
        h->count == LEXICON_NONE || h->term_bytes > UINT32_MAX ||
        h->name_bytes > UINT32_MAX)
        return failed(err, ERR_INPUT, "the header makes no sense");
    return OK;
}

/* Points the arrays into the mappings, if all of them lie within. */
static enum status
map_sections(struct lexicon *lex, const struct header *h,
             const struct str *files, struct error *err)
{
    uint64_t       offsets[FILES] = { sizeof(*h), sizeof(*h) };
    struct section list[SECTIONS_MAX];
    size_t         count = sections_of(lex, h, list);

    for (size_t i = 0; i < count; i++) {
        const struct section *s = &list[i];
        uint64_t              at = aligned(offsets[s->file]);
        uint64_t              room = files[s->file].len;
        const void           *array = files[s->file].ptr + at;

        if (at > room ? s->count > 0 : s->count > (room - at) / s->size)
            return failed(err, ERR_INPUT, "the file is cut off");
        memcpy(s->field, &array, sizeof(array));
        offsets[s->file] = at + s->count * s->size;
    }
    return OK;
}

static void
take_numbers(struct lexicon *lex, const struct header *h)
{
    lex->terms.slot_count = h->term_slots;
    lex->terms.count = h->terms;
    lex->terms.texts_room = (uint32_t)h->term_bytes;
    lex->names.slot_count = h->name_slots;
    lex->names.count = h->names;
    lex->names.texts_room = (uint32_t)h->name_bytes;
    lex->count = h->count;
    lex->session_room = h->session_room;
    lex->session_count = h->session_count;
    lex->author_term_count = h->author_terms;
    lex->standing_count = h->standing;
    lex->total_length = h->total_length;
    lex->total_context = h->total_context;
    lex->posting_count = h->posting_count;
}

enum status
frozen_map(struct str lexicon_file, struct str items_file,
           struct lexicon **lex, struct error *err)
{
    const struct str files[FILES] = { lexicon_file, items_file };
    struct lexicon  *l;
    struct header    h, other;
    enum status      st = read_header(lexicon_file, LEXICON_FILE, &h, err);

    if (st == OK)
        st = read_header(items_file, ITEMS_FILE, &other, err);
    if (st == OK && memcmp(&h.version, &other.version,
                           sizeof(h) - sizeof(h.magic)) != 0)
        st = failed(err, ERR_INPUT, "the two files are of two indexes");
    if (st != OK)
        return st;
    l = alloc_array_or_die(1, sizeof(*l));
    l->frozen = true;
    take_numbers(l, &h);
    if ((st = map_sections(l, &h, files, err)) == OK)
        *lex = l;
    else
        free(l);
    return st;
}
