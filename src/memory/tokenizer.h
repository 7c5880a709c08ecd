/*
 * Texts as the numbers that a BERT model was trained on: BERT's basic
 * tokeniser, then WordPiece.
 *
 * Control characters go; white space, punctuation and Chinese characters end
 * words; letters lose case and accents if the model wants it; each word
 * becomes the longest pieces of the vocabulary, from its beginning on, or
 * [UNK].  The same ids as Hugging Face's `tokenizers` 0.23 with
 * encode_special_tokens, that is, "[SEP]" in a text is five ordinary tokens:
 * what users write cannot end a text for the model.
 *
 * Source: google-research/bert, tokenization.py; tokenizers, bert.rs.
 * Pure functions.
 */
#ifndef MEMORY_TOKENIZER_H
#define MEMORY_TOKENIZER_H

#include "base/str.h"
#include "memory/pieces.h"

enum { TOKENIZER_WORD_MAX = 100 };  /* code points; longer ones are [UNK] */

/*
 * The tokens of the texts as if they were one, between [CLS] and [SEP]; what
 * does not fit is cut off.  The time taken is bounded by the bytes read, and
 * reading ends when nothing more fits.
 *
 * lowercase   and without accents, as "uncased" models want it
 * ids         room for `max`, 2 or more
 * Returns how many there are, 2..max.
 */
size_t tokenizer_run(const struct pieces *pieces, bool lowercase,
                     const struct str *texts, size_t count, uint32_t *ids,
                     size_t max);

#endif
