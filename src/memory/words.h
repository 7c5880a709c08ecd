/*
 * Texts as words: folded (fold.h), stemmed, and told apart by what they are
 * worth.  "don't" is "not"; "O'Brien's" is "o", "brien" and "obrien"; an
 * e-mail address, a code or a number with points comes whole and in parts;
 * scripts without spaces come as pairs of characters.
 *
 * A tokeniser may be used by one thread at a time.  The same text gives the
 * same words in every tokeniser.
 */
#ifndef MEMORY_WORDS_H
#define MEMORY_WORDS_H

#include "base/str.h"

enum { WORD_MAX_BYTES = 64 };

enum word_kind {
    WORD_CONTENT,
    WORD_WEAK,   /* says little: "remember", a single letter */
    WORD_STOP,   /* says nothing: "the"; not to be indexed   */
};

struct word {
    struct str     text;  /* good until the callback returns */
    enum word_kind kind;
};

typedef void word_fn(void *owner, const struct word *word);

struct words;  /* a tokeniser */

struct words *words_new(void);
void words_free(struct words *w);

/* Calls fn with each word of the text, in order. */
void words_each(struct words *w, struct str text, word_fn *fn, void *owner);

#endif
