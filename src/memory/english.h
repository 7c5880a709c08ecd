/*
 * What the tokeniser knows about English: words that carry no meaning of
 * their own, words that only ask, and forms that no stemmer can undo.
 * Pure functions on folded (lower-case) words.
 */
#ifndef MEMORY_ENGLISH_H
#define MEMORY_ENGLISH_H

#include <stdbool.h>

#include "base/str.h"

/* "the", "is", "hello": never indexed. */
bool english_is_stop(struct str word);

/* "remember", "tell", "work": indexed, but a memory that shares nothing else
 * with a question is relevant only if the question has nothing else. */
bool english_is_weak(struct str word);

/* The base form ("went" gives "go", "colour" gives "color"), or the word. */
struct str english_base(struct str word);

#endif
