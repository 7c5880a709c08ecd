/*
 * Which language a text is written in, as far as stemming needs to know it.
 *
 * Scripts decide at once, word by word.  Of languages in Latin letters the
 * words that carry no meaning ("und", "que") and letters of their own ("ß")
 * vote, and English wins where they do not outvote it.  Short texts are told
 * wrongly now and then: whoever asks must not depend on it (words.c).
 */
#ifndef MEMORY_LANGUAGE_H
#define MEMORY_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

enum language {
    /* Latin letters; of equals the earlier is preferred. */
    LANGUAGE_ENGLISH,
    LANGUAGE_SPANISH,
    LANGUAGE_FRENCH,
    LANGUAGE_GERMAN,
    LANGUAGE_PORTUGUESE,
    LANGUAGE_ITALIAN,
    LANGUAGE_DUTCH,
    LANGUAGE_POLISH,
    LANGUAGE_TURKISH,
    LANGUAGE_SWEDISH,
    LANGUAGE_DANISH,
    LANGUAGE_NORWEGIAN,
    LANGUAGE_FINNISH,
    LANGUAGE_CZECH,
    LANGUAGE_HUNGARIAN,
    LANGUAGE_ROMANIAN,
    LANGUAGE_INDONESIAN,
    LANGUAGE_CATALAN,
    LANGUAGE_LATIN_COUNT,

    /* Scripts, each with one stemmer for all that is written in them. */
    LANGUAGE_CYRILLIC = LANGUAGE_LATIN_COUNT,
    LANGUAGE_GREEK,
    LANGUAGE_ARABIC,
    LANGUAGE_HEBREW,
    LANGUAGE_ARMENIAN,
    LANGUAGE_DEVANAGARI,
    LANGUAGE_TAMIL,
    LANGUAGE_COUNT,

    LANGUAGE_NONE = LANGUAGE_COUNT, /* a script that nobody stems */
};

/* A set of languages: the sum of these. */
#define LANGUAGE_BIT(language) (1u << (language))

/* At most so many win. */
enum { LANGUAGE_WINNERS_MAX = 3 };

struct language_votes {
    uint16_t count[LANGUAGE_LATIN_COUNT];
};

/* The script's language; LANGUAGE_ENGLISH for Latin letters and digits. */
enum language language_of_script(uint32_t code_point);

/* The languages whose own letter it is, as a set; case does not matter. */
uint32_t language_of_letter(uint32_t code_point);

/* libstemmer's name of the stemmer, or NULL. */
const char *language_stemmer(enum language language);

/* One vote for each of a set of languages. */
void language_vote(struct language_votes *votes, uint32_t languages);

/* Votes that are halved weigh less in what follows. */
void language_halve(struct language_votes *votes);

/* True when nobody has a vote. */
bool language_is_open(const struct language_votes *votes);

/* The languages that outvote English and have as many votes as any, as a set;
 * 0: English. */
uint32_t language_winners(const struct language_votes *votes);

/* True when the winners did not win by a single vote, which may be a name. */
bool language_is_sure(const struct language_votes *votes, uint32_t winners);

#endif
