/* Looking at each word once. */
#include "memory/signs.h"

#include "base/error.h"

#include "base/banned.h"

enum { WORD_BYTES = 12 };  /* of the longest that is looked for */

static const char *const times[] = {
    "yesterday", "today", "tonight", "tomorrow", "weekend", "recently",
    "since", "ago", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "january", "february", "april", "june", "july",
    "august", "september", "october", "november", "december",
};

/* Behind these a span of time makes a time. */
static const char *const pointers[] = { "last", "next", "this", "past" };

static const char *const spans[] = {
    "week", "month", "year", "spring", "summer", "fall", "autumn", "winter",
    "night", "morning", "evening",
};

static const char *const wishes[] = {
    "always ", "never ", "from now on", "when i ask", "whenever i ask",
    "i prefer",
};

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_word_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '\'';
}

static bool
is_one_of(struct str word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(word, str_from(list[i])))
            return true;
    return false;
}

/* The next word at or behind *at; empty at the end. */
static struct str
next_word(struct str text, size_t *at)
{
    size_t from;

    while (*at < text.len && !is_word_byte(text.ptr[*at]))
        ++*at;
    from = *at;
    while (*at < text.len && is_word_byte(text.ptr[*at]))
        ++*at;
    return str_slice(text, from, *at);
}

static bool
is_year(struct str word)
{
    int64_t year;

    return word.len == 4 && str_to_int(word, &year) && year >= 1900 &&
           year < 2100;
}

/* "May" and "March" are verbs, too, unless they are written large. */
static bool
is_time(struct str word, struct str before)
{
    if (word.len > WORD_BYTES)
        return false;
    return is_one_of(word, times, COUNT(times)) || is_year(word) ||
           str_equal(word, STR("May")) || str_equal(word, STR("March")) ||
           (is_one_of(before, pointers, COUNT(pointers)) &&
            is_one_of(word, spans, COUNT(spans)));
}

/* A large letter where no sentence begins: "in Lisbon", "well, Ann". */
static bool
is_name_at(struct str text, size_t i)
{
    return i >= 2 && i + 1 < text.len && is_upper(text.ptr[i]) &&
           is_letter(text.ptr[i + 1]) && text.ptr[i - 1] == ' ' &&
           (text.ptr[i - 2] == ',' ||
            (is_letter(text.ptr[i - 2]) && !is_upper(text.ptr[i - 2])));
}

/* Only beginnings of words are looked at. */
static bool
is_wish_at(struct str text, size_t i)
{
    char before = i ? text.ptr[i - 1] : ' ';

    if (before != ' ' && before != '\n' && before != '"')
        return false;
    for (size_t k = 0; k < COUNT(wishes); k++)
        if (str_starts_nocase(str_slice(text, i, text.len),
                              str_from(wishes[k])))
            return true;
    return false;
}

struct signs
signs_of(struct str text)
{
    struct signs s = { .asks = str_find_byte(text, '?') != STR_NOWHERE };
    struct str   word, before = STR_NONE;
    size_t       at = 0;

    while ((word = next_word(text, &at)).len) {
        size_t from = at - word.len;

        s.timed = s.timed || is_time(word, before);
        s.named = s.named || is_name_at(text, from);
        s.standing = s.standing || is_wish_at(text, from);
        before = word;
    }
    return s;
}

/* The last line that is not empty, without what may stand before its first
 * word. */
static struct str
last_line(struct str text)
{
    size_t from;

    text = str_trim(text);
    from = text.len;
    while (from > 0 && text.ptr[from - 1] != '\n')
        from--;
    while (from < text.len && !is_word_byte(text.ptr[from]))
        from++;
    return str_slice(text, from, text.len);
}

static bool
begins_with(struct str text, const char *word)
{
    struct str w = str_from(word);

    return str_starts_nocase(text, w) &&
           (text.len == w.len || !is_letter(text.ptr[w.len]));
}

static bool
begins_with_one(struct str text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (begins_with(text, list[i]))
            return true;
    return false;
}

struct asks
signs_asks(struct str question)
{
    static const char *const when[] = {
        "when", "how long", "what date", "what day", "what year",
        "what month", "what time",
    };
    static const char *const which[] = {
        "who", "who's", "whose", "where", "which", "what place", "what city",
        "what country",
    };
    static const char *const us[] = { "i", "me", "my", "mine", "we", "us",
                                      "our", "ours", "i'm", "i've", "i'd" };
    struct str  line = last_line(question), word;
    struct asks a = {
        .when = begins_with_one(line, when, COUNT(when)),
        .which = begins_with_one(line, which, COUNT(which)),
    };
    size_t at = 0;

    while (!a.about_us && (word = next_word(line, &at)).len)
        a.about_us = is_one_of(word, us, COUNT(us));
    return a;
}
