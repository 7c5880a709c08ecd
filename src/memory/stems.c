/* Stemming, with a memory. */
#include "memory/stems.h"

#include <assert.h>
#include <stdlib.h>

#include <libstemmer.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "memory/english.h"
#include "memory/hash.h"
#include "memory/stopwords.h"

#include "base/banned.h"

enum { SLOTS = 2048 }; /* a power of two */

struct known {
    uint8_t  word_len;
    uint8_t  text_len;
    uint8_t  language;
    uint8_t  kind;
    uint32_t stop_in;
    uint32_t votes;
    char     word[WORD_MAX_BYTES];
    char     text[WORD_MAX_BYTES];
};

struct stems {
    struct sb_stemmer *stemmers[LANGUAGE_COUNT]; /* made when needed */
    struct known      *known;
};

struct stems *
stems_new(void)
{
    struct stems *s = alloc_array_or_die(1, sizeof(*s));

    s->known = alloc_array_or_die(SLOTS, sizeof(*s->known));
    return s;
}

void
stems_free(struct stems *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < COUNT(s->stemmers); i++)
        sb_stemmer_delete(s->stemmers[i]);
    free(s->known);
    free(s);
}

/* Digits, or marks that join: to be found as it is written. */
static bool
is_code(struct str word)
{
    for (size_t i = 0; i < word.len; i++)
        if ((unsigned char)word.ptr[i] < 0x80 &&
            (word.ptr[i] < 'a' || word.ptr[i] > 'z'))
            return true;
    return false;
}

static enum language
script_of(struct str word)
{
    return language_of_script(utf8_next(&word));
}

bool
stems_differ(struct str word)
{
    return script_of(word) == LANGUAGE_ENGLISH && !is_code(word);
}

/* The library's stemmer, or NULL where it has none. */
static struct sb_stemmer *
stemmer_for(struct stems *s, enum language language)
{
    const char *name = language_stemmer(language);

    if (name && !s->stemmers[language])
        s->stemmers[language] = sb_stemmer_new(name, NULL);
    return name ? s->stemmers[language] : NULL;
}

/* Without the first of the endings that it has, if enough is left. */
static struct str
without(struct str word, const char *const *endings, size_t count,
        size_t least)
{
    for (size_t i = 0; i < count; i++) {
        struct str ending = str_from(endings[i]);

        if (word.len >= ending.len + least && str_ends(word, ending))
            return str_slice(word, 0, word.len - ending.len);
    }
    return word;
}

/* The commonest endings of Polish and Czech, longest first. */
static struct str
west_slavic(struct str word)
{
    static const char *const endings[] = {
        "iego", "iemu", "iami", "ymi", "imi", "ami", "ach", "ich", "ych",
        "ego", "emu", "eho", "owi", "ovi", "iem", "iej", "ow", "uv", "om",
        "em", "im", "ym", "ie", "ia", "io", "iu", "ej", "a", "e", "i", "o",
        "u", "y",
    };

    return without(word, endings, COUNT(endings), 3);
}

/* Without one of the letters that Hebrew writes before a word, and plural. */
static struct str
hebrew(struct str word)
{
    static const char        prefixes[] = "הובלכמש";
    static const char *const endings[] = { "ים", "ות" };
    enum { LETTER_BYTES = 2 };

    for (size_t i = 0; i + 1 < sizeof(prefixes); i += LETTER_BYTES)
        if (word.len >= 4 * LETTER_BYTES &&
            memcmp(word.ptr, prefixes + i, LETTER_BYTES) == 0) {
            word = str_slice(word, LETTER_BYTES, word.len);
            break;
        }
    return without(word, endings, COUNT(endings), 3 * LETTER_BYTES);
}

/* "My cat" ends in another letter than "cat", and the library leaves both. */
static struct str
arabic(struct str root)
{
    static const char *const endings[] = { "ت", "ة" };

    return without(root, endings, COUNT(endings), 2 * strlen("ت"));
}

static struct str
stem(struct stems *s, struct str word, enum language language)
{
    struct sb_stemmer *stemmer = stemmer_for(s, language);
    const sb_symbol   *bytes;
    struct str         root;

    if (language == LANGUAGE_POLISH || language == LANGUAGE_CZECH)
        return west_slavic(word);
    if (language == LANGUAGE_HEBREW)
        return hebrew(word);
    if (!stemmer)
        return word;
    bytes = sb_stemmer_stem(stemmer, (const sb_symbol *)word.ptr,
                            (int)word.len);
    assert(bytes);
    root = (struct str){ (const char *)bytes,
                         (size_t)sb_stemmer_length(stemmer) };
    return language == LANGUAGE_ARABIC ? arabic(root) : root;
}

static bool
is_weak(struct str word, struct str root)
{
    return (word.len == 1 && !is_code(word)) || english_is_weak(word) ||
           english_is_weak(root);
}

/* What the word is worth, and which languages it speaks for. */
static void
judge(struct known *k, struct str word, struct str root)
{
    bool stop = english_is_stop(word), weak = is_weak(word, root);

    k->stop_in = stopwords_languages(word);
    k->votes = stopwords_is_english_too(word) && !stop ? 0 : k->stop_in;
    if (stop || weak)
        k->votes |= LANGUAGE_BIT(LANGUAGE_ENGLISH);
    if (k->stop_in >= LANGUAGE_BIT(LANGUAGE_LATIN_COUNT))
        stop = true; /* its script has one list */
    k->kind = stop ? WORD_STOP : weak ? WORD_WEAK : WORD_CONTENT;
}

static void
learn(struct stems *s, struct known *k, struct str word,
      enum language language)
{
    enum language script = script_of(word);
    struct str    root = word;

    k->language = (uint8_t)language;
    if (script != LANGUAGE_ENGLISH)
        language = script;
    if (language == LANGUAGE_ENGLISH)
        root = english_base(word);
    if (!is_code(word))
        root = stem(s, root, language);
    judge(k, word, root);
    /* Some stemmers leave nothing of a syllable. */
    if (root.len == 0 ||
        (k->kind == WORD_STOP && language == LANGUAGE_ENGLISH))
        root = word;
    /* A stemmer may only shorten; a longer base form is cut. */
    root = utf8_prefix(root, WORD_MAX_BYTES);
    k->text_len = (uint8_t)root.len;
    memcpy(k->text, root.ptr, root.len);
    k->word_len = (uint8_t)word.len;
    memcpy(k->word, word.ptr, word.len);
}

struct stem
stems_find(struct stems *s, struct str word, enum language language)
{
    uint64_t      h = hash_more(HASH_START + language, word);
    struct known *k = &s->known[(h ^ h >> 29) % SLOTS];

    if (k->language != language ||
        !str_equal(word, (struct str){ k->word, k->word_len }))
        learn(s, k, word, language);
    return (struct stem){ { k->text, k->text_len }, (enum word_kind)k->kind,
                          k->stop_in, k->votes };
}
