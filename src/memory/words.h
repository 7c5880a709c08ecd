/*
 * Texts as words: folded (fold.h), stemmed (stems.h), and told apart by what
 * they are worth.  "don't" is "not"; addresses, codes, paths and numbers come
 * whole and in parts (run.h); scripts without spaces come as pairs of
 * characters (dense.h).
 *
 * A word gives the same term in every text.  Where a text is found to be in
 * another language than English, words whose stem differs there give that one
 * too, as another form of the word just given.
 *
 * A tokeniser may be used by one thread at a time.  The same text gives the
 * same words in every tokeniser; bytes that are no UTF-8 are marks.
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
    bool           form;  /* of the word before it: not one word more */
};

typedef void word_fn(void *owner, const struct word *word);

struct words;  /* a tokeniser */

struct words *words_new(void);
void words_free(struct words *w);

/* Calls fn with each word of the text, in order. */
void words_each(struct words *w, struct str text, word_fn *fn, void *owner);

/* Whether the text of the last words_each() was surely not English, all of it
 * or a sentence. */
bool words_were_foreign(const struct words *w);

#endif
