/*
 * Code points as the tokeniser sees them: what they are part of, and what is
 * left of them when case, width and accents are taken away.  Pure functions.
 */
#ifndef MEMORY_FOLD_H
#define MEMORY_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fold_class {
    FOLD_BREAK,   /* space, punctuation, symbols                     */
    FOLD_LETTER,  /* of a word that spaces set apart; digits, marks  */
    FOLD_DENSE,   /* of a script that is written without spaces      */
};

enum { FOLD_POINTS_MAX = 24 };

enum fold_class fold_class(uint32_t code_point);

/*
 * The code points that stand for this one: compatibility forms replaced, lower
 * case, accents of Latin and Greek letters dropped ("É" is "e", "ﬁ" is "fi").
 * Vowel signs stay but for those of Hebrew and Arabic; digits are ASCII.
 *
 * points   FOLD_POINTS_MAX of them are enough
 * Returns  how many, also 0
 * Source   Unicode NFKD and full case folding, by utf8proc
 */
size_t fold_point(uint32_t code_point, uint32_t *points);

/* True for marks that belong to the character before them. */
bool fold_is_mark(uint32_t code_point);

#endif
