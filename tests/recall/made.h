/*
 * Made-up memories for benches of size: texts whose words are as unevenly
 * spread as those of a language, and vectors that lie together as those of a
 * sentence encoder do.  Both belong to a topic, so that words and vectors
 * agree.  The same vault and seq give the same memory on every machine.
 */
#ifndef RECALL_MADE_H
#define RECALL_MADE_H

#include "base/buf.h"

enum {
    MADE_TEXT_MAX = 1024,         /* bytes */
    MADE_DIMENSIONS_MAX = 2048,
    MADE_SESSION_ROWS = 40,       /* memories of a session */
};

/* Appends the text of a memory. */
void made_text(struct buf *b, uint64_t vault, uint64_t seq);

/* Appends a question about the topic of that memory: eight words. */
void made_question(struct buf *b, uint64_t vault, uint64_t seq);

/* The vector of a memory, of length 1. */
void made_vector(float *vector, size_t dimensions, uint64_t vault,
                 uint64_t seq);

#endif
