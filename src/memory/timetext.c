/* Reads texts for words of time. */
#include "memory/timetext.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "memory/calendar.h"
#include "memory/english.h"
#include "memory/fold.h"
#include "memory/stopwords.h"

#include "base/banned.h"

enum {
    WORD_BYTES = 24,    /* longer words have no meaning here */
    PARTS = 3,          /* of "fin de semana" */
    EVIDENCE_MIN = 2,   /* votes before a language counts */
    YEAR_MIN = 1900,
    YEAR_MAX = 2199,
};

/* A word or number as it stands in the text. */
struct piece {
    char             text[WORD_BYTES];
    size_t           len;    /* 0: a token that is done */
    struct timetoken token;
};

struct reading {
    struct piece pieces[TIMETEXT_TOKENS_MAX];
    size_t       count;
    char         before;  /* the byte before, or 0 */
};

static struct piece *
add(struct reading *r, enum timeword_kind kind, int value)
{
    struct piece *p = &r->pieces[r->count++];

    *p = (struct piece){ .token = { .kind = kind, .value = value } };
    return p;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at the beginning of *text as a number, -1 for too many. */
static int
take_number(struct str *text, size_t *digits)
{
    int value = 0;

    for (*digits = 0; text->len && is_digit(*text->ptr); ++*digits) {
        if (*digits < 6)
            value = value * 10 + (*text->ptr - '0');
        *text = str_slice(*text, 1, text->len);
    }
    return *digits > 6 ? -1 : value;
}

static void
add_day(struct timetoken *t, int64_t year, int month, int day)
{
    int64_t number;

    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 ||
        day < 1 || day > calendar_month_days(year, month))
        return;
    number = calendar_day(year, month, day);
    if (t->count == 0 || t->days[0] != number)
        t->days[t->count++] = number;
}

/* Numbers with the same mark between them. */
struct figures {
    int    n[3];
    size_t digits[3];
    size_t count;
    char   mark;
};

/* Takes up to three of them off the text; *after_one is what follows the
 * first. */
static struct figures
take_numbers(struct str *text, struct str *after_one)
{
    struct figures f = { .count = 0 };

    for (;;) {
        f.n[f.count] = take_number(text, &f.digits[f.count]);
        if (f.count++ == 0) {
            *after_one = *text;
            f.mark = text->len ? *text->ptr : 0;
        }
        if (f.count == COUNT(f.n) || text->len < 2 || !f.mark ||
            !strchr("-/.", f.mark) || *text->ptr != f.mark ||
            !is_digit(text->ptr[1]))
            return f;
        *text = str_slice(*text, 1, text->len);
    }
}

/* Three numbers, or a year and a month. */
static void
read_date(const struct figures *f, struct timetoken *t)
{
    const size_t *digits = f->digits;

    if (digits[0] == 4 && f->count == 3) {
        add_day(t, f->n[0], f->n[1], f->n[2]);
    } else if (digits[0] == 4 && f->count == 2 && digits[1] == 2 &&
               f->mark == '-') {
        add_day(t, f->n[0], f->n[1], 1);
        t->month = true;
    } else if (f->count == 3 && digits[0] <= 2 && digits[1] <= 2 &&
               (digits[2] == 4 || digits[2] == 2)) {
        add_day(t, f->n[2], f->n[1], f->n[0]);
        if (f->mark != '.')
            add_day(t, f->n[2], f->n[0], f->n[1]);
    }
    if (t->count)
        t->kind = TIME_DATE;
}

static bool
is_letter_at(struct str text, size_t at)
{
    struct str rest = str_slice(text, at, text.len);

    return rest.len && fold_class(utf8_next(&rest)) == FOLD_LETTER;
}

/* How many bytes "th" of "5th" and its kind take; -1: other letters, so that
 * it is no number. */
static int
ordinal_bytes(struct str text)
{
    static const char *const endings[] = { "st", "nd", "rd", "th", "er",
                                           "e", "eme", "º", "ª", "°" };

    for (size_t i = 0; i < COUNT(endings); i++)
        if (str_starts_nocase(text, str_from(endings[i])) &&
            !is_letter_at(text, strlen(endings[i])))
            return (int)strlen(endings[i]);
    return is_letter_at(text, 0) ? -1 : 0;
}

/* Figures behind such a mark are part of something else; in "5-7 May" the mark
 * has become a word. */
static bool
is_glued(const struct reading *r)
{
    if (r->before == '-')
        return r->count == 0 ||
               r->pieces[r->count - 1].token.kind != TIME_TO;
    return r->before && strchr("_#$@/.:+", r->before);
}

/* "10:30", "1,000", "3.14"; but not "May 1,2023". */
static bool
goes_on(struct str rest)
{
    size_t digits;
    bool   comma = rest.len && *rest.ptr == ',';

    if (rest.len < 2 || !*rest.ptr || !strchr(":,./", *rest.ptr) ||
        !is_digit(rest.ptr[1]))
        return false;
    rest = str_slice(rest, 1, rest.len);
    (void)take_number(&rest, &digits);
    return !comma || digits != 4;
}

/* A time of day behind a date, as in ISO 8601, is of no interest. */
static struct str
skip_clock(struct str text)
{
    if (text.len < 2 || *text.ptr != 'T' || !is_digit(text.ptr[1]))
        return text;
    while (text.len && *text.ptr && strchr("T0123456789:.Z+", *text.ptr))
        text = str_slice(text, 1, text.len);
    return text;
}

/* A run of digits and the marks in it; returns what follows. */
static struct str
take_figures(struct reading *r, struct str text)
{
    struct timetoken token = { .kind = TIME_OTHER };
    bool             glued = is_glued(r);
    struct str       rest = text, after_one;
    struct figures   f = take_numbers(&rest, &after_one);
    int              ordinal = 0;

    read_date(&f, &token);
    if (token.kind == TIME_DATE) {
        rest = skip_clock(rest);
        glued = glued || is_letter_at(rest, 0);
    } else if (f.mark == '-' && f.count == 2) {
        rest = after_one; /* "5-7 May" */
        f.count = 1;
    } else {
        ordinal = ordinal_bytes(rest);
    }
    if (ordinal > 0)
        rest = str_slice(rest, (size_t)ordinal, rest.len);
    if (token.kind == TIME_OTHER && f.count == 1 && f.n[0] >= 0 &&
        !goes_on(rest))
        token = (struct timetoken){ .kind = TIME_NUMBER, .value = f.n[0] };
    if (glued || ordinal < 0)
        token.kind = TIME_OTHER;
    add(r, token.kind, 0)->token = token;
    return rest;
}

/* A word, folded; returns what follows. */
static struct str
take_word(struct reading *r, struct str text)
{
    struct piece *p = add(r, TIME_OTHER, 0);
    struct buf    b = { p->text, 0, sizeof(p->text), sizeof(p->text), false };

    while (text.len) {
        uint32_t   points[FOLD_POINTS_MAX];
        struct str rest = text;
        uint32_t   cp = utf8_next(&rest);
        size_t     count;

        if (fold_class(cp) != FOLD_LETTER)
            break;
        text = rest;
        count = fold_point(cp, points);
        for (size_t i = 0; i < count; i++)
            utf8_add(&b, points[i]);
    }
    p->len = b.full ? 0 : b.len;
    return text;
}

/* A mark: the end of a sentence, or something about the word before. */
static struct str
take_mark(struct reading *r, uint32_t cp, struct str rest)
{
    struct piece *last = r->count ? &r->pieces[r->count - 1] : NULL;

    if ((cp == '\'' || cp == 0x2019) && last && rest.len &&
        (*rest.ptr == 's' || *rest.ptr == 'S') && !is_letter_at(rest, 1)) {
        last->token.owner = true;
        return str_slice(rest, 1, rest.len);
    }
    if (cp == '.' && last && last->token.kind == TIME_NUMBER) {
        last->token.dotted = true;
        return rest;
    }
    if (cp == '-' && last && last->token.kind == TIME_NUMBER && rest.len &&
        is_digit(*rest.ptr))
        add(r, TIME_TO, 0);
    else if (cp == '.' || cp == '?' || cp == '!' || cp == ';' || cp == '\n')
        add(r, TIME_END, 0);
    return rest;
}

static void
take_all(struct reading *r, struct str text)
{
    while (text.len && r->count < TIMETEXT_TOKENS_MAX) {
        struct str rest = text;
        uint32_t   cp = utf8_next(&rest);

        if (cp >= '0' && cp <= '9')
            rest = take_figures(r, text);
        else if (fold_class(cp) == FOLD_LETTER)
            rest = take_word(r, text);
        else if (fold_class(cp) == FOLD_BREAK)
            rest = take_mark(r, cp, rest);
        else
            add(r, TIME_OTHER, 0);
        r->before = rest.ptr > text.ptr ? rest.ptr[-1] : 0;
        text = rest;
    }
}

static struct str
piece_word(const struct piece *p)
{
    return (struct str){ p->text, p->len };
}

/* Months say nothing of the language, "mai" being a word in others. */
static bool
is_month(struct str word)
{
    return timewords_find(word, UINT32_MAX).kind == TIME_MONTH;
}

/* The languages that the words speak for; all, when they say little. */
static uint32_t
languages_of(const struct reading *r)
{
    struct language_votes votes = { 0 };
    uint32_t              languages = 0;
    uint16_t              most = 0;

    for (size_t i = 0; i < r->count; i++) {
        struct str word = piece_word(&r->pieces[i]);
        uint32_t   spoken = stopwords_is_english_too(word)
                                ? 0 : stopwords_languages(word);

        if (english_is_stop(word))
            spoken = stopwords_languages(word) |
                     LANGUAGE_BIT(LANGUAGE_ENGLISH);
        else if (english_is_weak(word))
            spoken |= LANGUAGE_BIT(LANGUAGE_ENGLISH);
        if (!is_month(word))
            language_vote(&votes, spoken);
    }
    for (size_t i = 0; i < LANGUAGE_LATIN_COUNT; i++)
        if (votes.count[i] > most)
            most = votes.count[i];
    for (size_t i = 0; i < LANGUAGE_LATIN_COUNT; i++)
        if (most < EVIDENCE_MIN || votes.count[i] >= most - most / 3)
            languages |= LANGUAGE_BIT(i);
    return languages & TIMEWORDS_LANGUAGES;
}

/* The meaning of the longest word of several parts that starts at a piece, and
 * how many parts it has. */
static struct timeword
meaning_at(const struct reading *r, size_t at, uint32_t languages,
           size_t *parts)
{
    struct timeword found = { TIME_OTHER, 0 };
    char            text[PARTS * (WORD_BYTES + 1)];
    size_t          len = 0;

    *parts = 1;
    for (size_t i = 0; i < PARTS && at + i < r->count; i++) {
        const struct piece *p = &r->pieces[at + i];
        struct timeword     meaning;

        if (p->len == 0)
            break;
        if (i)
            text[len++] = '-';
        memcpy(text + len, p->text, p->len);
        len += p->len;
        meaning = timewords_find((struct str){ text, len }, languages);
        if (meaning.kind != TIME_OTHER) {
            found = meaning;
            *parts = i + 1;
        }
    }
    return found;
}

struct timetext *
timetext_read(struct str text)
{
    struct timetext *t = alloc_array_or_die(1, sizeof(*t));
    struct reading  *r = alloc_array_or_die(1, sizeof(*r));
    size_t           parts;

    take_all(r, text);
    t->languages = languages_of(r);
    for (size_t i = 0; i < r->count; i += parts) {
        struct timetoken *token = &t->tokens[t->count++];
        struct timeword   meaning = meaning_at(r, i, t->languages, &parts);

        *token = r->pieces[i].token;
        if (r->pieces[i].len == 0)
            continue;
        token->kind = meaning.kind;
        token->value = meaning.value;
        token->owner = r->pieces[i + parts - 1].token.owner;
    }
    t->tokens[t->count].kind = TIME_END;
    free(r);
    return t;
}
