/* Values, words and marks of a text. */
#include "memory/facts.h"

#include <stdlib.h>

#include "memory/hash.h"
#include "memory/words.h"

#include "base/banned.h"

/* From which cosine two texts say the same ... */
static const float SAME_COSINE = .955F;

/* ... or speak of the same thing: with the same first word, or where the newer
 * one says that something changed. */
static const float SUBJECT_COSINE = .86F, CHANGED_COSINE = .82F;
static const double OVERLAP_MIN = .34;

/* What a word says of a statement. */
enum { NEGATES = 1, CHANGES = 2, OPENS = 4 /* without being its subject */ };

/* Sorted. */
static const struct mark {
    const char *word;
    unsigned    says;
} marks[] = {
    { "always", OPENS },
    { "anymore", CHANGES },
    { "cancel", NEGATES },
    { "cancelled", NEGATES | CHANGES },
    { "cannot", NEGATES },
    { "changed", CHANGES },
    { "instead", CHANGES },
    { "never", NEGATES },
    { "new", CHANGES | OPENS },
    { "no", NEGATES },
    { "not", NEGATES | CHANGES },
    { "now", CHANGES | OPENS },
    { "quit", NEGATES },
    { "stop", NEGATES },
    { "stopped", NEGATES | CHANGES },
    { "switched", CHANGES },
    { "without", NEGATES },
};

static const char *const change_phrases[] = {
    "no longer", "moved to", "these days", "went up", "went down",
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char
lower(char c)
{
    return is_upper(c) ? (char)(c + 32) : c;
}

/* A number, a code, an address, a name inside a sentence. */
static bool
is_value(struct str word, bool first)
{
    if (word.len < 2)
        return word.len == 1 && is_digit(word.ptr[0]);
    if (is_upper(word.ptr[0]) && !first && word.ptr[1] != '\'')
        return true;
    for (size_t i = 0; i < word.len; i++)
        if (is_digit(word.ptr[i]) || strchr("@/_", word.ptr[i]) ||
            (i > 0 && is_upper(word.ptr[i])) ||
            (i > 0 && word.ptr[i] == '.'))
            return true;
    return false;
}

/* "3rd" is 3. */
static struct str
bare(struct str word)
{
    size_t digits = 0;

    while (digits < word.len && is_digit(word.ptr[digits]))
        digits++;
    if (digits > 0 && word.len == digits + 2)
        return str_slice(word, 0, digits);
    return word;
}

/* As FNV-1a of the word in small letters. */
static uint64_t
hash_of(struct str word)
{
    uint64_t h = HASH_START;

    for (size_t i = 0; i < word.len; i++)
        h = hash_more(h, (struct str){ &(char){ lower(word.ptr[i]) }, 1 });
    return h;
}

static int
by_word(const void *key, const void *row)
{
    const struct str *word = key;
    const char       *text = ((const struct mark *)row)->word;

    for (size_t i = 0; i < word->len; i++)
        if (text[i] == '\0' || lower(word->ptr[i]) != text[i])
            return lower(word->ptr[i]) < text[i] ? -1 : 1;
    return text[word->len] ? -1 : 0;
}

/* What it says, or 0; "n't" is "not". */
static unsigned
says(struct str word)
{
    const struct mark *m = NULL;

    if (str_ends(word, STR("n't")))
        return NEGATES | CHANGES;
    if (word.len > 1 && word.len < 10)
        m = bsearch(&word, marks, COUNT(marks), sizeof(*marks), by_word);
    return m ? m->says : 0;
}

static bool
has(const uint64_t *list, size_t count, uint64_t hash)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == hash)
            return true;
    return false;
}

/* The word without what stands around it. */
static struct str
trim_marks(struct str word)
{
    while (word.len && strchr(".,;:!?\"'()[]", word.ptr[word.len - 1]))
        word.len--;
    while (word.len && strchr("\"'([", word.ptr[0]))
        word = str_slice(word, 1, word.len);
    return word;
}

static void
read_word(struct facts *f, struct str word, bool first)
{
    unsigned said = says(word);
    uint64_t hash;

    f->negated = f->negated || said & NEGATES;
    f->changed = f->changed || said & CHANGES;
    if (!is_value(word, first) || f->value_count == FACTS_VALUES_MAX)
        return;
    hash = hash_of(bare(word));
    if (!has(f->values, f->value_count, hash))
        f->values[f->value_count++] = hash;
}

static void
read_marks(struct facts *f, struct str text)
{
    bool first = true;

    for (size_t i = 0; i < COUNT(change_phrases); i++)
        f->changed = f->changed ||
                     str_find(text, str_from(change_phrases[i])) !=
                         STR_NOWHERE;
    while (text.len) {
        struct str word;

        (void)str_cut(text, ' ', &word, &text); /* the last has no blank */
        word = trim_marks(word);
        if (word.len)
            read_word(f, word, first);
        first = first && word.len == 0;
    }
}

static void
add_word(void *owner, const struct word *word)
{
    struct facts *f = owner;
    uint64_t      hash = hash_of(word->text);

    if (word->kind != WORD_CONTENT || word->form)
        return;
    if (f->first == 0 && !(says(word->text) & OPENS) &&
        !is_digit(word->text.ptr[0]))
        f->first = hash;
    if (f->word_count < FACTS_WORDS_MAX &&
        !has(f->words, f->word_count, hash))
        f->words[f->word_count++] = hash;
}

void
facts_read(struct words *words, struct str text, struct facts *f)
{
    memset(f, 0, sizeof(*f));
    read_marks(f, text);
    words_each(words, text, add_word, f);
}

static size_t
shared_words(const struct facts *l, const struct facts *r)
{
    size_t count = 0;

    for (size_t i = 0; i < l->word_count; i++)
        count += has(r->words, r->word_count, l->words[i]);
    return count;
}

/* A value that the other has not. */
static bool
has_own_value(const struct facts *l, const struct facts *r)
{
    for (size_t i = 0; i < l->value_count; i++)
        if (!has(r->values, r->value_count, l->values[i]))
            return true;
    return false;
}

/* What only adds words, or leaves some out, says more or less than the other:
 * "in summer my favorite color is teal". */
bool
facts_repeat(const struct facts *newer, const struct facts *older,
             float cosine)
{
    size_t shared;

    if (newer->negated != older->negated || has_own_value(older, newer) ||
        (!(cosine >= SAME_COSINE) && newer->word_count != older->word_count))
        return false;
    shared = shared_words(newer, older);
    if (shared == newer->word_count || shared == older->word_count)
        return shared > 0 && newer->word_count == older->word_count;
    return cosine >= SAME_COSINE;
}

bool
facts_supersede(const struct facts *newer, const struct facts *older,
                float cosine)
{
    size_t least = newer->word_count < older->word_count ? newer->word_count
                                                         : older->word_count;
    bool   subject = newer->first == older->first && cosine >= SUBJECT_COSINE;
    bool   change = newer->changed && cosine >= CHANGED_COSINE;

    if (least == 0 || !(subject || change))
        return false;
    return (double)shared_words(newer, older) >= OVERLAP_MIN * (double)least;
}
