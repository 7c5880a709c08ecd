/*
 * What becomes of a word: its stem, and what it is worth.
 *
 * Words of other scripts have one stem, whatever language is asked for.  Words
 * in Latin letters have an English one and one in each other language; codes
 * with digits stay as they are.  The last results are remembered, because
 * stemming costs more than looking them up.  One thread at a time.
 */
#ifndef MEMORY_STEMS_H
#define MEMORY_STEMS_H

#include "memory/language.h"
#include "memory/words.h"

struct stems;

struct stem {
    struct str     text;     /* good until the next call */
    enum word_kind kind;     /* in English, or in its own script */
    uint32_t       stop_in;  /* languages in which it is a stop word */
    uint32_t       votes;    /* languages that it speaks for, with English */
};

struct stems *stems_new(void);
void stems_free(struct stems *s);

/* Of a folded word of at most WORD_MAX_BYTES, not empty; `language` is one of
 * those in Latin letters. */
struct stem stems_find(struct stems *s, struct str word,
                       enum language language);

/* True when its stem depends on the language: nothing but Latin letters. */
bool stems_differ(struct str word);

#endif
