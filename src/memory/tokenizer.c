/* BERT's tokeniser. */
#include "memory/tokenizer.h"

#include <utf8proc.h>

#include "base/utf8.h"
#include "memory/category.h"

#include "base/banned.h"

enum { WORD_BYTES = TOKENIZER_WORD_MAX * 4, PARTS_MAX = 8 };

/* Ids as they come, and the word that is being read. */
struct tokens {
    const struct pieces *pieces;
    bool                 lowercase;
    uint32_t            *ids;
    size_t               count;
    size_t               max;     /* one less than there is room: [SEP] */
    char                 word[WORD_BYTES];
    size_t               length;  /* of word */
    size_t               points;  /* of word; counts on when it is too long */
};

static bool
is_full(const struct tokens *t)
{
    return t->count >= t->max;
}

static void
add_id(struct tokens *t, uint32_t id)
{
    if (!is_full(t))
        t->ids[t->count++] = id;
}

/* The pieces of a word, or one [UNK] for all of it. */
static void
end_word(struct tokens *t)
{
    struct str rest = { t->word, t->length };
    size_t     before = t->count, length = 0;
    bool       known = t->points <= TOKENIZER_WORD_MAX;

    while (known && rest.len) {
        uint32_t id = pieces_longest(t->pieces, rest,
                                     rest.len < t->length, &length);

        known = id != PIECES_NONE;
        add_id(t, id);
        rest = str_slice(rest, length, rest.len);
    }
    if (!known) {
        t->count = before;
        add_id(t, t->pieces->unknown);
    }
    t->length = t->points = 0;
}

static void
add_point(struct tokens *t, uint32_t point)
{
    if (++t->points <= TOKENIZER_WORD_MAX)
        t->length += (size_t)utf8proc_encode_char(
            (utf8proc_int32_t)point, (utf8proc_uint8_t *)t->word + t->length);
}

/* A code point that is a word by itself. */
static void
add_alone(struct tokens *t, uint32_t point)
{
    end_word(t);
    add_point(t, point);
    end_word(t);
}

/* Chinese characters as BERT counts them; not kana, not Hangul. */
static bool
is_chinese(uint32_t point)
{
    return (point >= 0x4E00 && point <= 0x9FFF) ||
           (point >= 0x3400 && point <= 0x4DBF) ||
           (point >= 0x20000 && point <= 0x2A6DF) ||
           (point >= 0x2A700 && point <= 0x2B81F) ||
           (point >= 0x2B920 && point <= 0x2CEAF) ||
           (point >= 0xF900 && point <= 0xFAFF) ||
           (point >= 0x2F800 && point <= 0x2FA1F);
}

static bool
is_space(uint32_t point)
{
    return point == ' ' || (point >= '\t' && point <= '\r') || point == 0x85 ||
           (point >= 0x80 && category_of(point) >= UTF8PROC_CATEGORY_ZS &&
            category_of(point) <= UTF8PROC_CATEGORY_ZP);
}

/* Control, format, private; and what stands for bad bytes. */
static bool
is_noise(uint32_t point)
{
    switch ((int)category_of(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
        return point != '\t' && point != '\n' && point != '\r';
    default:
        return point == 0xFFFD;
    }
}

/* All of ASCII that is no letter, digit or space, also "$" and "^". */
static bool
is_punctuation(uint32_t point)
{
    if (point < 0x80)
        return (point >= '!' && point <= '/') ||
               (point >= ':' && point <= '@') ||
               (point >= '[' && point <= '`') ||
               (point >= '{' && point <= '~');
    return category_of(point) >= UTF8PROC_CATEGORY_PC &&
           category_of(point) <= UTF8PROC_CATEGORY_PO;
}

static void
add_folded(struct tokens *t, uint32_t point)
{
    if (is_space(point))
        end_word(t);
    else if (is_punctuation(point))
        add_alone(t, point);
    else
        add_point(t, point);
}

/* Takes the code point apart, drops its accents and its case. */
static void
add_uncased(struct tokens *t, uint32_t point)
{
    utf8proc_int32_t parts[PARTS_MAX];
    utf8proc_ssize_t count = 1;
    int              last_class = 0;

    parts[0] = (utf8proc_int32_t)point;
    if (point >= 0x80)
        count = utf8proc_decompose_char((utf8proc_int32_t)point, parts,
                                        PARTS_MAX, UTF8PROC_DECOMPOSE,
                                        &last_class);
    for (utf8proc_ssize_t i = 0; i < count && i < PARTS_MAX; i++)
        if (category_of((uint32_t)parts[i]) != UTF8PROC_CATEGORY_MN)
            add_folded(t, (uint32_t)utf8proc_tolower(parts[i]));
}

static void
add_code_point(struct tokens *t, uint32_t point)
{
    bool alone = is_chinese(point);

    if (is_noise(point))
        return;
    if (alone)
        end_word(t);
    if (t->lowercase)
        add_uncased(t, point);
    else
        add_folded(t, point);
    if (alone)
        end_word(t);
}

size_t
tokenizer_run(const struct pieces *pieces, bool lowercase,
              const struct str *texts, size_t count, uint32_t *ids, size_t max)
{
    struct tokens t = { .pieces = pieces, .lowercase = lowercase, .ids = ids,
                        .max = max - 1 };

    add_id(&t, pieces->begin);
    for (size_t i = 0; i < count; i++) {
        struct str rest = texts[i];

        while (rest.len && !is_full(&t))
            add_code_point(&t, utf8_next(&rest));
    }
    end_word(&t);
    ids[t.count++] = pieces->end;
    return t.count;
}
