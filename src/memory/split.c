/* Cutting texts into pieces. */
#include "memory/split.h"

#include "base/utf8.h"
#include "memory/fold.h"

#include "base/banned.h"

/* Tokens are counted in quarters: one a byte, four a dense code point. */
enum { QUARTERS = 4 };

/* How good a place for a cut is. */
enum cut { CUT_POINT, CUT_SPACE, CUT_LINE, CUT_SENTENCE, CUT_PARAGRAPH, CUTS };

static size_t
quarters(uint32_t cp, size_t bytes)
{
    return cp >= 0x0E00 && fold_class(cp) == FOLD_DENSE ? QUARTERS : bytes;
}

size_t
split_tokens(struct str text)
{
    size_t sum = 0;

    while (text.len) {
        size_t   before = text.len;
        uint32_t cp = utf8_next(&text);

        sum += quarters(cp, before - text.len);
    }
    return (sum + QUARTERS - 1) / QUARTERS;
}

static bool
is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 ||
           cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) ||
           cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F ||
           cp == 0x3000;
}

/* Ends a sentence also without a space behind it. */
static bool
is_dense_stop(uint32_t cp)
{
    return cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F || cp == 0xFF0E ||
           cp == 0xFF61;
}

static bool
is_stop(uint32_t cp)
{
    return cp == '.' || cp == '!' || cp == '?' || cp == 0x2026 ||
           cp == 0x0964 || cp == 0x061F || cp == 0x06D4 || is_dense_stop(cp);
}

/* Stands behind the stop and still belongs to the sentence. */
static bool
is_closer(uint32_t cp)
{
    return cp == '"' || cp == '\'' || cp == ')' || cp == ']' || cp == '*' ||
           cp == 0x2019 || cp == 0x201D || cp == 0x300D || cp == 0x300F ||
           cp == 0xFF09 || cp == 0xBB;
}

/* Reading on through a text, code point by code point. */
struct reader {
    struct str text;
    size_t     at;
    size_t     quarters; /* since the piece began */
    size_t     solid;    /* end of the last code point that is no space */
    bool       stopped;  /* a sentence has ended, closers may follow */
    bool       dense;    /* and its end needs no space */
    size_t     lines;    /* line ends since the last code point of text */
};

/* Takes one code point; what a cut in front of the next would be worth. */
static enum cut
read_on(struct reader *r)
{
    struct str rest = str_slice(r->text, r->at, r->text.len);
    size_t     before = rest.len;
    uint32_t   cp = utf8_next(&rest);

    r->quarters += quarters(cp, before - rest.len);
    r->at += before - rest.len;
    if (is_space(cp)) {
        r->lines += cp == '\n';
        if (r->lines >= 2)
            return CUT_PARAGRAPH;
        if (r->stopped)
            return CUT_SENTENCE;
        return r->lines ? CUT_LINE : CUT_SPACE;
    }
    r->lines = 0;
    r->solid = r->at;
    if (is_stop(cp)) {
        r->stopped = true;
        r->dense = is_dense_stop(cp);
    } else if (!is_closer(cp)) {
        r->stopped = r->dense = false;
    }
    return r->stopped && r->dense ? CUT_SENTENCE : CUT_POINT;
}

/* Closers and more stops stay with their sentence. */
static bool
goes_on(const struct reader *r)
{
    struct str rest = str_slice(r->text, r->at, r->text.len);
    uint32_t   cp = rest.len ? utf8_next(&rest) : 0;

    return is_closer(cp) || is_stop(cp);
}

/*
 * Where the piece that starts at `from` ends: the best place between half the
 * size and the limit, the last of equals up to the size, else the first.
 */
static size_t
piece_end(struct str text, size_t from, size_t piece_tokens)
{
    struct reader r = { .text = text, .at = from, .solid = from };
    size_t        size = piece_tokens * QUARTERS;
    size_t        limit = size + size / 2;
    size_t        ends[CUTS] = { 0 };
    size_t        end = 0;

    while (r.at < text.len) {
        size_t   at = r.at;
        enum cut cut = read_on(&r);

        if (r.quarters > limit && r.solid == r.at) {
            end = at;
            break;
        }
        if (r.quarters < size / 2 || (r.solid == r.at && goes_on(&r)))
            continue;
        if (r.quarters <= size || !ends[cut])
            ends[cut] = r.at;
    }
    if (!end)
        return text.len;
    for (size_t cut = CUTS - 1; cut > CUT_POINT; cut--)
        if (ends[cut])
            return ends[cut];
    return end;
}

/* Without white space of any script at both ends. */
static struct str
trim(struct str s)
{
    struct reader r = { .text = s };
    size_t        first = s.len;

    while (r.at < s.len) {
        size_t at = r.at;

        (void)read_on(&r); /* only where text stands matters */
        if (r.solid == r.at && first == s.len)
            first = at;
    }
    return str_slice(s, first, r.solid);
}

void
split_text(struct arena *a, struct str text, size_t piece_tokens,
           struct str **pieces, size_t *count)
{
    /* Each piece but the last has at least half of piece_tokens. */
    size_t room = split_tokens(text) * 2 / piece_tokens + 2;
    size_t from = 0;

    text = trim(text);
    *pieces = arena_array(a, struct str, room);
    *count = 0;
    while (from < text.len) {
        size_t     end = piece_end(text, from, piece_tokens);
        struct str piece = trim(str_slice(text, from, end));

        if (piece.len)
            (*pieces)[(*count)++] = piece;
        from = end;
    }
}
