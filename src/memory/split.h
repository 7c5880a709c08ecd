/*
 * Cuts a message into pieces of about `piece_tokens` tokens at ends of
 * sentences, so that each piece can be found and injected alone.
 */
#ifndef MEMORY_SPLIT_H
#define MEMORY_SPLIT_H

#include "base/arena.h"

/* Tokens of a text, estimated: a token is about four bytes of Latin text, and
 * one code point of scripts that are written without spaces. */
size_t split_tokens(struct str text);

/*
 * The pieces of `text`, borrowed from it, in order; nothing is lost but white
 * space between pieces.  A text of at most 1.5 x piece_tokens stays whole.
 * Cuts at a sentence end, else at white space, else between code points.
 *
 * text          valid UTF-8
 * piece_tokens  16 or more
 */
void split_text(struct arena *a, struct str text, size_t piece_tokens,
                struct str **pieces, size_t *count);

#endif
