/* Edits of a JSON document by byte ranges. */
#include "provider/splice.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

void
splice_init(struct splice *s, struct arena *a, struct str document)
{
    *s = (struct splice){ a, document, NULL, 0, 0 };
}

static void
add(struct splice *s, size_t from, size_t to, struct str text)
{
    if (s->count == s->room) {
        size_t              room = s->room ? s->room * 2 : 16;
        struct splice_edit *edits = arena_array(s->arena, struct splice_edit,
                                                room);

        if (s->count)
            memcpy(edits, s->edits, s->count * sizeof(*edits));
        s->edits = edits;
        s->room = room;
    }
    s->edits[s->count++] = (struct splice_edit){ from, to, text };
}

static size_t
offset(const struct splice *s, const char *at)
{
    assert(at >= s->document.ptr && at <= s->document.ptr + s->document.len);
    return (size_t)(at - s->document.ptr);
}

void
splice_replace(struct splice *s, struct str range, struct str text)
{
    add(s, offset(s, range.ptr), offset(s, range.ptr + range.len), text);
}

void
splice_insert(struct splice *s, const char *at, struct str text)
{
    add(s, offset(s, at), offset(s, at), text);
}

static bool
is_listed(const struct json_item *item, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (json_key_is(item, names[i]))
            return true;
    return false;
}

/*
 * A run of removed members goes from its first byte to the next member that
 * stays; the last run of an object, from the end of the last member that
 * stays, so that its comma goes too.
 */
void
splice_remove_members(struct splice *s, const struct json *object,
                      const char *const *names, size_t count)
{
    struct json_item item = { 0 };
    const char      *run = NULL, *kept_end = NULL, *end = NULL;

    if (object->type != JSON_OBJECT)
        return;
    while (json_next(object, &item)) {
        end = item.value.raw.ptr + item.value.raw.len;
        if (is_listed(&item, names, count)) {
            if (!run)
                run = item.start;
            continue;
        }
        if (run)
            add(s, offset(s, run), offset(s, item.start), STR_NONE);
        run = NULL;
        kept_end = end;
    }
    if (run)
        add(s, offset(s, kept_end ? kept_end : run), offset(s, end), STR_NONE);
}

struct sorted {
    const struct splice_edit *edit;
    size_t                    order;
};

/* What is put in stands before what goes or is replaced there. */
static int
by_place(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;

    if (a->edit->from != b->edit->from)
        return a->edit->from < b->edit->from ? -1 : 1;
    if ((a->edit->to == a->edit->from) != (b->edit->to == b->edit->from))
        return a->edit->to == a->edit->from ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

enum status
splice_finish(struct splice *s, struct str *result, struct error *err)
{
    struct sorted *sorted;
    size_t         len = s->document.len, at = 0;
    char          *out, *p;

    if (s->count == 0) {
        *result = s->document;
        return OK;
    }
    if (s->count > SPLICE_EDITS_MAX)
        return refused(err, ERR_INPUT, "too_many_edits",
                       "Send fewer messages with a `memory` field.",
                       "The body has more than %d of this server's own fields",
                       SPLICE_EDITS_MAX);
    sorted = arena_array(s->arena, struct sorted, s->count);
    for (size_t i = 0; i < s->count; i++) {
        sorted[i] = (struct sorted){ &s->edits[i], i };
        len += s->edits[i].text.len;
    }
    qsort(sorted, s->count, sizeof(*sorted), by_place);
    p = out = arena_alloc(s->arena, len);
    for (size_t i = 0; i < s->count; i++) {
        const struct splice_edit *e = sorted[i].edit;

        assert(e->from >= at);
        memcpy(p, s->document.ptr + at, e->from - at);
        p += e->from - at;
        if (e->text.len)
            memcpy(p, e->text.ptr, e->text.len);
        p += e->text.len;
        at = e->to;
    }
    memcpy(p, s->document.ptr + at, s->document.len - at);
    p += s->document.len - at;
    *result = (struct str){ out, (size_t)(p - out) };
    return OK;
}
