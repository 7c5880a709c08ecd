/*
 * The words of a WordPiece model, in the order of their ids, from a file of
 * one word a line (vocab.txt) or from a tokenizer.json.
 */
#ifndef MEMORY_VOCABULARY_H
#define MEMORY_VOCABULARY_H

#include "base/arena.h"

struct vocabulary {
    struct str *words;      /* words[id] */
    size_t      count;
    bool        lowercase;  /* tokenizer.json says it; true otherwise */
};

/* Words borrow `text`.  Errors: ERR_INPUT (not UTF-8, too many words). */
enum status vocabulary_from_lines(struct arena *a, struct str text,
                                  struct vocabulary *v,
                                  struct error *err) MUST_CHECK;

/* Errors: ERR_INPUT (not JSON, no WordPiece, ids that are missing or occur
 * twice). */
enum status vocabulary_from_json(struct arena *a, struct str text,
                                 struct vocabulary *v,
                                 struct error *err) MUST_CHECK;

#endif
