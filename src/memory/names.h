/*
 * A question without the names of those who speak in the vault: "Where did
 * Ann go?" is near everything that Ann said, so what is embedded is "Where did
 * go?".  Measured on LoCoMo: R@10 1.5 points better.  Pure.
 */
#ifndef MEMORY_NAMES_H
#define MEMORY_NAMES_H

#include "base/arena.h"
#include "memory/index.h"

struct words;

/* The question without the names of the vault's authors, "Ann's" included;
 * as it is where less than two words that say something would be left.  Owned
 * by `a`, or question itself.  `words`: any tokeniser that nobody uses
 * meanwhile. */
struct str names_remove(const struct index *ix, struct words *words,
                        struct arena *a, struct str question);

#endif
