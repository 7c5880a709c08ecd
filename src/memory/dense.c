/* Pairs of characters. */
#include "memory/dense.h"

#include "base/error.h"
#include "base/utf8.h"
#include "memory/fold.h"

#include "base/banned.h"

/* Characters that mean little alone: particles, pronouns, endings. */
static const char particles[] =
    "的了是我你他她它们在有和吗呢吧啊什么这那个也都们就不"
    "はがのにをでともへねよかますしたいるてだなんれら"
    "은는이가을를에의도로와과";

static bool
is_particle(uint32_t cp)
{
    struct str rest = { particles, sizeof(particles) - 1 };

    while (rest.len)
        if (utf8_next(&rest) == cp)
            return true;
    return false;
}

static bool
is_han(uint32_t cp)
{
    return (cp >= 0x3400 && cp <= 0x9FFF) || cp >= 0x20000 ||
           (cp >= 0xF900 && cp <= 0xFAFF);
}

static bool
is_hangul(uint32_t cp)
{
    return cp >= 0xAC00 && cp <= 0xD7A3;
}

enum { UTF8_BYTES = 4 };

/* A character with the marks that belong to it, as many as have room. */
struct unit {
    char     bytes[16];
    size_t   len;
    uint32_t first;
};

/* Takes one off the text; false at the end of the run. */
static bool
take(struct str *text, struct unit *unit)
{
    struct buf b = { unit->bytes, 0, sizeof(unit->bytes),
                     sizeof(unit->bytes), false };
    uint32_t   points[FOLD_POINTS_MAX];

    while (text->len) {
        struct str rest = *text;
        uint32_t   cp = utf8_next(&rest);

        if (fold_class(cp) != FOLD_DENSE || (b.len && !fold_is_mark(cp)))
            break;
        *text = rest;
        if (fold_point(cp, points) == 0)
            continue;
        if (b.len == 0)
            unit->first = points[0];
        if (b.len + UTF8_BYTES <= b.max)
            utf8_add(&b, points[0]);
    }
    unit->len = b.len;
    return b.len > 0;
}

/* What is given to whom. */
struct giving {
    dense_fn *fn;
    void     *owner;
};

static void
give(const struct giving *g, const struct unit *first,
     const struct unit *second)
{
    char   bytes[sizeof(first->bytes) * 2];
    size_t len = first->len;
    bool   empty = is_particle(first->first);

    memcpy(bytes, first->bytes, len);
    if (second) {
        memcpy(bytes + len, second->bytes, second->len);
        len += second->len;
        empty = empty && is_particle(second->first);
    }
    g->fn(g->owner, (struct str){ bytes, len }, empty);
}

struct str
dense_each(struct str text, dense_fn *fn, void *owner)
{
    struct giving g = { fn, owner };
    struct unit   units[3];  /* the last two and the next, by turns */
    struct unit  *last = NULL, *before = NULL;
    size_t        length = 0;

    while (take(&text, &units[length % 3])) {
        before = last;
        last = &units[length++ % 3];
        if (is_han(last->first))
            give(&g, last, NULL);
        if (before)
            give(&g, before, last);
    }
    if (length == 1 && !is_han(last->first))
        give(&g, last, NULL);
    if (length == 2 && is_hangul(before->first) && is_particle(last->first))
        give(&g, before, NULL);
    return text;
}
