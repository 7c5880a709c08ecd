/*
 * Text as it may be stored: without what was recalled (memory/render.h), NUL
 * bytes, malformed bytes, and white space at its ends.
 */
#ifndef MEMORY_CLEAN_H
#define MEMORY_CLEAN_H

#include "base/arena.h"

/* Owned by `a`, or a part of `text`; empty when nothing is to be stored. */
struct str clean_text(struct arena *a, struct str text);

#endif
