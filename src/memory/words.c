/* The tokeniser. */
#include "memory/words.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include <libstemmer.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "memory/english.h"
#include "memory/fold.h"
#include "memory/hash.h"

#include "base/banned.h"

enum {
    COMPOUND_MAX_BYTES = 192, /* of one run of joined parts */
    PARTS_MAX = 8,
    CACHE_SLOTS = 2048,       /* a power of two */
};

/* One part of a run like "jo.smith@example.com". */
struct part {
    size_t from;
    size_t to;
    char   before; /* what joins it to the part before, or 0 */
};

/* Stemming costs more than looking up what came out the last time. */
struct known {
    uint8_t        raw_len;
    uint8_t        len;
    enum word_kind kind;
    char           raw[WORD_MAX_BYTES];
    char           text[WORD_MAX_BYTES];
};

struct words {
    struct sb_stemmer *english;
    struct sb_stemmer *russian;
    struct known      *cache;
    struct buf         run;     /* the parts, folded, without their joiners */
    struct part        parts[PARTS_MAX];
    size_t             count;
    word_fn           *fn;
    void              *owner;
};

struct words *
words_new(void)
{
    struct words *w = alloc_array_or_die(1, sizeof(*w));

    w->english = sb_stemmer_new("english", NULL);
    w->russian = sb_stemmer_new("russian", NULL);
    assert(w->english && w->russian);
    w->cache = alloc_array_or_die(CACHE_SLOTS, sizeof(*w->cache));
    w->run = BUF_INIT(COMPOUND_MAX_BYTES);
    return w;
}

void
words_free(struct words *w)
{
    if (!w)
        return;
    sb_stemmer_delete(w->english);
    sb_stemmer_delete(w->russian);
    free(w->cache);
    buf_release(&w->run);
    free(w);
}

static void
give(struct words *w, struct str text, enum word_kind kind)
{
    struct word word = { text, kind };

    w->fn(w->owner, &word);
}

/* The stemmer for the script of a word; NULL for codes and other scripts. */
static struct sb_stemmer *
stemmer_for(struct words *w, struct str text)
{
    struct str rest = text;
    uint32_t   first = utf8_next(&rest);

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            return NULL;
    if (first >= 0x0400 && first <= 0x052F)
        return w->russian;
    return first < 0x0250 ? w->english : NULL;
}

static struct str
stem(struct words *w, struct str text)
{
    struct sb_stemmer *stemmer = stemmer_for(w, text);
    const sb_symbol   *root;

    if (!stemmer)
        return text;
    root = sb_stemmer_stem(stemmer, (const sb_symbol *)text.ptr,
                           (int)text.len);
    assert(root);
    return (struct str){ (const char *)root,
                         (size_t)sb_stemmer_length(stemmer) };
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_weak(struct str raw, struct str root)
{
    return (raw.len == 1 && !is_digit(raw.ptr[0])) || english_is_weak(raw) ||
           english_is_weak(root);
}

static void
learn(struct words *w, struct known *k, struct str raw)
{
    bool       stop = english_is_stop(raw);
    struct str text = stop ? raw : stem(w, english_base(raw));

    k->kind = stop                 ? WORD_STOP
              : is_weak(raw, text) ? WORD_WEAK
                                   : WORD_CONTENT;
    /* A stemmer may only shorten; a longer base form is cut. */
    k->len = (uint8_t)(text.len < WORD_MAX_BYTES ? text.len : WORD_MAX_BYTES);
    memcpy(k->text, text.ptr, k->len);
    k->raw_len = (uint8_t)raw.len;
    memcpy(k->raw, raw.ptr, raw.len);
}

static void
give_folded(struct words *w, struct str raw)
{
    struct known *k;
    uint64_t      h;

    raw = utf8_prefix(raw, WORD_MAX_BYTES);
    if (raw.len == 0)
        return;
    h = hash_more(HASH_START, raw);
    k = &w->cache[(h ^ h >> 29) % CACHE_SLOTS];
    if (!str_equal(raw, (struct str){ k->raw, k->raw_len }))
        learn(w, k, raw);
    give(w, (struct str){ k->text, k->len }, k->kind);
}

static struct str
part_text(const struct words *w, size_t i)
{
    return str_slice(buf_str(&w->run), w->parts[i].from, w->parts[i].to);
}

/* What English writes behind an apostrophe without making a new word. */
static bool
is_suffix(struct str part)
{
    return str_equal(part, STR("s")) || str_equal(part, STR("t")) ||
           str_equal(part, STR("d")) || str_equal(part, STR("m")) ||
           str_equal(part, STR("re")) || str_equal(part, STR("ll")) ||
           str_equal(part, STR("ve"));
}

/* Gives "not" for "don't", and drops other suffixes.  True when the run ends
 * in one, so that it has no form as a whole. */
static bool
give_contraction(struct words *w)
{
    size_t last = w->count - 1;

    if (last == 0 || w->parts[last].before != '\'' ||
        !is_suffix(part_text(w, last)))
        return false;
    w->count--;
    if (str_equal(part_text(w, last), STR("t"))) {
        w->count--;
        give(w, STR("not"), WORD_STOP);
    }
    return true;
}

/* "AB-12" as "ab12", "jo@x.org" as it is, "U.S.A." as "usa". */
static void
give_whole(struct words *w)
{
    char   text[COMPOUND_MAX_BYTES + PARTS_MAX];
    size_t len = 0;
    bool   initials = true;

    for (size_t i = 0; i < w->count; i++)
        initials = initials && part_text(w, i).len == 1;
    for (size_t i = 0; i < w->count; i++) {
        struct str part = part_text(w, i);
        char       before = w->parts[i].before;

        if (before && !strchr(initials ? "-',." : "-',", before))
            text[len++] = before;
        memcpy(text + len, part.ptr, part.len);
        len += part.len;
    }
    give_folded(w, (struct str){ text, len });
}

static void
end_run(struct words *w)
{
    if (w->count == 0)
        return;
    w->parts[w->count - 1].to = w->run.len;
    (void)give_contraction(w); /* what is left counts */
    for (size_t i = 0; i < w->count; i++)
        give_folded(w, part_text(w, i));
    if (w->count >= 2)
        give_whole(w);
    w->count = 0;
    buf_clear(&w->run);
}

static void
add_letter(struct words *w, uint32_t cp)
{
    uint32_t points[FOLD_POINTS_MAX];
    size_t   count;

    if (w->count == 0)
        w->parts[w->count++] = (struct part){ 0, 0, 0 };
    if (cp < 0x80) {
        buf_add_byte(&w->run, cp >= 'A' && cp <= 'Z' ? (char)(cp + 32)
                                                     : (char)cp);
        return;
    }
    count = fold_point(cp, points);
    for (size_t i = 0; i < count && w->run.len + 4 <= w->run.max; i++)
        utf8_add(&w->run, points[i]);
}

/* The joiner that a break inside a run stands for, or 0. */
static char
joiner(const struct words *w, uint32_t cp, struct str rest)
{
    bool numbers;

    if (w->count == 0 || w->count == PARTS_MAX || rest.len == 0 ||
        w->run.len == w->parts[w->count - 1].from)
        return 0;
    if (cp == 0x2019)
        cp = '\'';
    if (cp == 0x2010 || cp == 0x2011)
        cp = '-';
    numbers = is_digit(w->run.ptr[w->run.len - 1]) && is_digit(rest.ptr[0]);
    if (cp == 0 || cp >= 0x80 ||
        !strchr(numbers ? "._-@'&+:," : "._-@'&+", (int)cp) ||
        fold_class(utf8_next(&rest)) != FOLD_LETTER)
        return 0;
    return (char)cp;
}

/* "C++" and "F#" are words of their own. */
static bool
ends_language_name(const struct words *w, uint32_t cp, struct str rest)
{
    if (w->count != 1 || w->run.len != 1)
        return w->count == 1 && w->run.len == 2 && w->run.ptr[1] == '+' &&
               cp == '+';
    return cp == '#' || (cp == '+' && rest.len && rest.ptr[0] == '+');
}

static void
add_break(struct words *w, uint32_t cp, struct str rest)
{
    char join = joiner(w, cp, rest);

    if (join) {
        w->parts[w->count - 1].to = w->run.len;
        w->parts[w->count++] = (struct part){ w->run.len, 0, join };
    } else if (ends_language_name(w, cp, rest)) {
        buf_add_byte(&w->run, (char)cp);
    } else {
        end_run(w);
    }
}

/* Characters that mean little alone: particles, pronouns, endings. */
static bool
is_particle(uint32_t cp)
{
    static const char list[] = "的了是我你他她它们在有和吗呢吧啊什么这那个也都"
                               "はがのにをでともへねよかますしたいるてだなん";
    struct str rest = { list, sizeof(list) - 1 };

    while (rest.len)
        if (utf8_next(&rest) == cp)
            return true;
    return false;
}

static void
give_points(struct words *w, uint32_t first, uint32_t second)
{
    bool empty = is_particle(first) && (!second || is_particle(second));

    buf_clear(&w->run);
    utf8_add(&w->run, first);
    if (second)
        utf8_add(&w->run, second);
    give(w, buf_str(&w->run), empty ? WORD_STOP : WORD_CONTENT);
    buf_clear(&w->run);
}

static bool
is_han(uint32_t cp)
{
    return (cp >= 0x3400 && cp <= 0x9FFF) || cp >= 0x20000 ||
           (cp >= 0xF900 && cp <= 0xFAFF);
}

/* Pairs of neighbours; Han characters also alone.  Returns what follows. */
static struct str
dense_run(struct words *w, struct str text)
{
    uint32_t points[FOLD_POINTS_MAX];
    uint32_t last = 0;
    size_t   length = 0;

    while (text.len) {
        struct str rest = text;
        uint32_t   cp = utf8_next(&rest);

        if (fold_class(cp) != FOLD_DENSE)
            break;
        text = rest;
        if (fold_point(cp, points) == 0)
            continue;
        if (is_han(points[0]))
            give_points(w, points[0], 0);
        if (length++)
            give_points(w, last, points[0]);
        last = points[0];
    }
    if (length == 1 && !is_han(last))
        give_points(w, last, 0);
    return text;
}

void
words_each(struct words *w, struct str text, word_fn *fn, void *owner)
{
    w->fn = fn;
    w->owner = owner;
    while (text.len) {
        struct str rest = text;
        uint32_t   cp = utf8_next(&rest);

        switch (fold_class(cp)) {
        case FOLD_LETTER:
            add_letter(w, cp);
            break;
        case FOLD_DENSE:
            end_run(w);
            rest = dense_run(w, text);
            break;
        case FOLD_BREAK:
            add_break(w, cp, rest);
            break;
        }
        text = rest;
    }
    end_run(w);
}
