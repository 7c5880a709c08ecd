/* Votes for languages. */
#include "memory/language.h"

#include <stddef.h>

#include "base/error.h"

#include "base/banned.h"

static const char *const stemmers[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = "english",       [LANGUAGE_SPANISH] = "spanish",
    [LANGUAGE_FRENCH] = "french",         [LANGUAGE_GERMAN] = "german",
    [LANGUAGE_PORTUGUESE] = "portuguese", [LANGUAGE_ITALIAN] = "italian",
    [LANGUAGE_DUTCH] = "dutch",           [LANGUAGE_TURKISH] = "turkish",
    [LANGUAGE_SWEDISH] = "swedish",       [LANGUAGE_DANISH] = "danish",
    [LANGUAGE_NORWEGIAN] = "norwegian",   [LANGUAGE_FINNISH] = "finnish",
    [LANGUAGE_HUNGARIAN] = "hungarian",   [LANGUAGE_ROMANIAN] = "romanian",
    [LANGUAGE_INDONESIAN] = "indonesian", [LANGUAGE_CATALAN] = "catalan",
    [LANGUAGE_CYRILLIC] = "russian",      [LANGUAGE_GREEK] = "greek",
    [LANGUAGE_ARABIC] = "arabic",         [LANGUAGE_ARMENIAN] = "armenian",
    [LANGUAGE_DEVANAGARI] = "hindi",      [LANGUAGE_TAMIL] = "tamil",
};

/* In order.  Source: Unicode 14, Blocks.txt. */
static const struct script {
    uint32_t      first;
    uint32_t      last;
    enum language language;
} scripts[] = {
    { 0x0000, 0x024F, LANGUAGE_ENGLISH },
    { 0x0370, 0x03FF, LANGUAGE_GREEK },
    { 0x0400, 0x052F, LANGUAGE_CYRILLIC },
    { 0x0530, 0x058F, LANGUAGE_ARMENIAN },
    { 0x0590, 0x05FF, LANGUAGE_HEBREW },
    { 0x0600, 0x077F, LANGUAGE_ARABIC },
    { 0x0900, 0x097F, LANGUAGE_DEVANAGARI },
    { 0x0B80, 0x0BFF, LANGUAGE_TAMIL },
    { 0x1E00, 0x1EFF, LANGUAGE_ENGLISH },
    { 0x1F00, 0x1FFF, LANGUAGE_GREEK },
};

/* Small letters that few languages have, and marks of Spanish.  In order. */
static const struct letter {
    uint32_t code_point;
    uint32_t languages;
} letters[] = {
    { 0x00A1, LANGUAGE_BIT(LANGUAGE_SPANISH) },     /* ¡ */
    { 0x00BF, LANGUAGE_BIT(LANGUAGE_SPANISH) },     /* ¿ */
    { 0x00DF, LANGUAGE_BIT(LANGUAGE_GERMAN) },      /* ß */
    { 0x00E3, LANGUAGE_BIT(LANGUAGE_PORTUGUESE) },  /* ã */
    { 0x00E5, LANGUAGE_BIT(LANGUAGE_SWEDISH) | LANGUAGE_BIT(LANGUAGE_DANISH) |
                  LANGUAGE_BIT(LANGUAGE_NORWEGIAN) }, /* å */
    { 0x00E6, LANGUAGE_BIT(LANGUAGE_DANISH) |
                  LANGUAGE_BIT(LANGUAGE_NORWEGIAN) }, /* æ */
    { 0x00EC, LANGUAGE_BIT(LANGUAGE_ITALIAN) },     /* ì */
    { 0x00F1, LANGUAGE_BIT(LANGUAGE_SPANISH) },     /* ñ */
    { 0x00F2, LANGUAGE_BIT(LANGUAGE_ITALIAN) |
                  LANGUAGE_BIT(LANGUAGE_CATALAN) }, /* ò */
    { 0x00F5, LANGUAGE_BIT(LANGUAGE_PORTUGUESE) },  /* õ */
    { 0x00F8, LANGUAGE_BIT(LANGUAGE_DANISH) |
                  LANGUAGE_BIT(LANGUAGE_NORWEGIAN) }, /* ø */
    { 0x0103, LANGUAGE_BIT(LANGUAGE_ROMANIAN) },    /* ă */
    { 0x0105, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ą */
    { 0x0107, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ć */
    { 0x0119, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ę */
    { 0x011B, LANGUAGE_BIT(LANGUAGE_CZECH) },       /* ě */
    { 0x011F, LANGUAGE_BIT(LANGUAGE_TURKISH) },     /* ğ */
    { 0x0131, LANGUAGE_BIT(LANGUAGE_TURKISH) },     /* ı */
    { 0x0142, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ł */
    { 0x0144, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ń */
    { 0x0151, LANGUAGE_BIT(LANGUAGE_HUNGARIAN) },   /* ő */
    { 0x0159, LANGUAGE_BIT(LANGUAGE_CZECH) },       /* ř */
    { 0x015B, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ś */
    { 0x015F, LANGUAGE_BIT(LANGUAGE_TURKISH) },     /* ş */
    { 0x016F, LANGUAGE_BIT(LANGUAGE_CZECH) },       /* ů */
    { 0x0171, LANGUAGE_BIT(LANGUAGE_HUNGARIAN) },   /* ű */
    { 0x017A, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ź */
    { 0x017C, LANGUAGE_BIT(LANGUAGE_POLISH) },      /* ż */
    { 0x0219, LANGUAGE_BIT(LANGUAGE_ROMANIAN) },    /* ș */
    { 0x021B, LANGUAGE_BIT(LANGUAGE_ROMANIAN) },    /* ț */
};

enum language
language_of_script(uint32_t cp)
{
    for (size_t i = 0; i < COUNT(scripts) && scripts[i].first <= cp; i++)
        if (cp <= scripts[i].last)
            return scripts[i].language;
    return LANGUAGE_NONE;
}

uint32_t
language_of_letter(uint32_t cp)
{
    /* Latin capitals stand 32 below their small letters or next to them. */
    if (cp >= 0x00C0 && cp <= 0x00DE)
        cp += 32;
    else if (cp >= 0x0100 && cp <= 0x0137)
        cp |= 1;
    else if ((cp >= 0x0139 && cp <= 0x0148) || (cp >= 0x0179 && cp <= 0x017E))
        cp += cp & 1;
    else if (cp >= 0x014A && cp <= 0x021B)
        cp |= 1;
    for (size_t i = 0; i < COUNT(letters) && letters[i].code_point <= cp; i++)
        if (letters[i].code_point == cp)
            return letters[i].languages;
    return 0;
}

const char *
language_stemmer(enum language language)
{
    return language < LANGUAGE_COUNT ? stemmers[language] : NULL;
}

void
language_vote(struct language_votes *votes, uint32_t languages)
{
    for (size_t i = 0; languages && i < LANGUAGE_LATIN_COUNT; i++) {
        if (languages & 1 && votes->count[i] < UINT16_MAX)
            votes->count[i]++;
        languages >>= 1;
    }
}

void
language_halve(struct language_votes *votes)
{
    for (size_t i = 0; i < LANGUAGE_LATIN_COUNT; i++)
        votes->count[i] /= 2;
}

bool
language_is_open(const struct language_votes *votes)
{
    for (size_t i = 0; i < LANGUAGE_LATIN_COUNT; i++)
        if (votes->count[i])
            return false;
    return true;
}

uint32_t
language_winners(const struct language_votes *votes)
{
    uint32_t winners = 0;
    uint16_t most = votes->count[LANGUAGE_ENGLISH];
    size_t   count = 0;

    for (size_t i = 1; i < LANGUAGE_LATIN_COUNT; i++)
        if (votes->count[i] > most)
            most = votes->count[i];
    if (most == votes->count[LANGUAGE_ENGLISH])
        return 0;
    for (size_t i = 1; i < LANGUAGE_LATIN_COUNT; i++)
        if (votes->count[i] == most && count++ < LANGUAGE_WINNERS_MAX)
            winners |= LANGUAGE_BIT(i);
    return winners;
}

bool
language_is_sure(const struct language_votes *votes, uint32_t winners)
{
    for (size_t i = 1; i < LANGUAGE_LATIN_COUNT; i++)
        if (winners & LANGUAGE_BIT(i))
            return votes->count[i] >= votes->count[LANGUAGE_ENGLISH] + 2;
    return false;
}
