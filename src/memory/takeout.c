/* Taking out. */
#include "memory/takeout.h"

#include <assert.h>

#include "memory/entry.h"

#include "base/banned.h"

enum {
    PAGE_ROWS          = BROWSE_PAGE_MAX,
    PAGE_VERSIONS      = 2 * VERSION_COUNT_MAX, /* all of any one memory */
    PAGE_VERSION_BYTES = 4 << 20,
    /* After so many bytes no other line is begun. */
    ENOUGH_BYTES       = TAKEOUT_MAX_BYTES - ENTRY_LINE_MAX_BYTES,
};

static_assert(ENOUGH_BYTES > 0, "room for a line");

struct collecting {
    struct arena   *arena;
    struct takeout *page;
    size_t          room;   /* of its versions */
    size_t          row;    /* whose versions come */
    size_t          seen;   /* versions, of any memory */
    size_t          bytes;
    bool            full;   /* the page ends before the row */
};

static void
add_version(struct collecting *c, const struct version *v)
{
    struct takeout *t = c->page;
    struct version *copy;

    if (t->version_count == c->room) {
        c->room = c->room ? c->room * 2 : 8;
        copy = arena_array(c->arena, struct version, c->room);
        if (t->version_count)
            memcpy(copy, t->versions, t->version_count * sizeof(*copy));
        t->versions = copy;
    }
    copy = &t->versions[t->version_count++];
    *copy = *v;
    copy->author = arena_copy(c->arena, v->author);
    copy->text = arena_copy(c->arena, v->text);
    copy->metadata = arena_copy(c->arena, v->metadata);
    c->bytes += v->text.len + v->metadata.len;
}

/* The page ends where its memory would grow too much, and where a memory was
 * edited after its row was read. */
static enum status
take_version(void *owner, const struct version *v, int64_t seq,
             struct error *err)
{
    struct collecting *c = owner;
    struct takeout    *t = c->page;
    size_t             row = c->row;

    c->seen++;
    while (c->row < t->row_count && t->rows[c->row].id < v->memory_id)
        c->row++;
    if (c->row == t->row_count || t->rows[c->row].id != v->memory_id)
        return OK;
    c->full = t->rows[c->row].seq != seq ||
              (c->row > row && c->bytes >= PAGE_VERSION_BYTES);
    if (c->full)
        return failed(err, ERR_TOO_LARGE, "the page is full");
    add_version(c, v);
    return OK;
}

/* One query for all rows of the page, few of which have versions. */
static enum status
read_histories(struct takeout *t, struct db_conn *conn, struct arena *a,
               struct error *err)
{
    struct collecting c = { .arena = a, .page = t };
    struct error      why;
    enum status       st = version_each(
        conn, t->at.vault_id, t->rows[0].id, t->rows[t->row_count - 1].id,
        PAGE_VERSIONS, take_version, &c, &why);

    if (st != OK && !c.full) {
        *err = why;
        return st;
    }
    if (c.full || c.seen == PAGE_VERSIONS) {
        t->row_count = c.full || c.row ? c.row : 1;
        t->is_last = false;
    }
    return OK;
}

/* Where a page was full, the next one asks for less. */
static size_t
next_rows(const struct takeout *t, size_t asked, size_t got)
{
    if (t->row_count < got)
        return t->row_count ? t->row_count : 1;
    return 2 * asked < PAGE_ROWS ? 2 * asked : PAGE_ROWS;
}

enum status
takeout_read(struct takeout *t, struct db_conn *conn, struct arena *a,
             struct error *err)
{
    size_t      asked = t->page_rows ? t->page_rows : PAGE_ROWS;
    size_t      got;
    enum status st;

    t->at.oldest_first = true;
    t->rows = NULL;
    t->versions = NULL;
    t->row_count = t->version_count = 0;
    st = browse_page(conn, a, &t->at, asked, &t->rows, &t->row_count, err);
    got = t->row_count;
    t->is_last = got < asked;
    if (st == OK && got)
        st = read_histories(t, conn, a, err);
    t->page_rows = next_rows(t, asked, got);
    return st;
}

void
takeout_write(struct takeout *t, struct buf *b)
{
    size_t first = 0, i = 0;

    for (; i < t->row_count && b->len < ENOUGH_BYTES; i++) {
        const struct memory_row *row = &t->rows[i];
        size_t                   end = first;

        while (end < t->version_count &&
               t->versions[end].memory_id == row->id)
            end++;
        entry_add_line(b, row, t->versions + first, end - first);
        first = end;
        t->at.beyond = row->id;
    }
    t->lines += i;
    t->ended = t->is_last && i == t->row_count;
}
