/*
 * Text as it may be stored: without what was recalled (memory/render.h), NUL
 * bytes, malformed bytes, and white space at its ends.
 */
#ifndef MEMORY_CLEAN_H
#define MEMORY_CLEAN_H

#include "base/arena.h"

/* Owned by `a`, or a part of `text`; empty when nothing is to be stored. */
struct str clean_text(struct arena *a, struct str text);

/* The same of a text that was cleaned before: what looks like something
 * recalled is the text of its author. */
struct str clean_again(struct arena *a, struct str text);

/* An author's name: one line of at most AUTHOR_MAX_BYTES.  Owned by `a`, or a
 * part of `name`. */
struct str clean_name(struct arena *a, struct str name);

#endif
