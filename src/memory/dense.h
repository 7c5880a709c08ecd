/*
 * Texts of scripts that are written without spaces (and Hangul, whose words
 * carry their particles): pairs of neighbours stand for words.  Han characters
 * also stand alone, and a Hangul syllable that only a particle follows.
 */
#ifndef MEMORY_DENSE_H
#define MEMORY_DENSE_H

#include "base/str.h"

/* Receives one or two characters, good until it returns; `stop`: nothing but
 * particles. */
typedef void dense_fn(void *owner, struct str word, bool stop);

/* Gives the pairs of the run of FOLD_DENSE (fold.h) that `text` starts with.
 * Returns what follows the run. */
struct str dense_each(struct str text, dense_fn *fn, void *owner);

#endif
