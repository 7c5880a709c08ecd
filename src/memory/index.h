/*
 * What one search reads: the frozen base of a vault and the tail behind it, as
 * one list of memories in order of seq, with their words and vectors.  A value
 * that borrows everything; only reading.
 *
 * Numbers that come from a file are checked here, so that a damaged one cannot
 * lead a search out of its arrays.
 */
#ifndef MEMORY_INDEX_H
#define MEMORY_INDEX_H

#include "memory/lexicon.h"
#include "memory/vector_list.h"
#include "memory/vectors.h"

enum { INDEX_BASE, INDEX_TAIL, INDEX_PARTS };

/* Memories first .. first + count - 1. */
struct index_part {
    const struct lexicon       *lex;     /* NULL: there is no base */
    const struct lexicon_place *places;
    uint32_t                    first;
    uint32_t                    count;
};

struct index {
    struct index_part         parts[INDEX_PARTS];
    size_t                    dimensions;  /* of all vectors */
    const struct vectors     *vectors;   /* of the base; NULL: it has none */
    const struct vector_list *fresh;     /* of the tail; NULL: it has none */
    const uint8_t            *dead;      /* a bit a memory of the base that is
                                            gone; NULL: all are there */
};

/* `base` may be NULL; else `tail` continues it. */
struct index index_of(const struct lexicon *base, const struct lexicon *tail);

/* Memories of both parts, the dead included. */
static inline uint32_t
index_count(const struct index *ix)
{
    return ix->parts[INDEX_TAIL].first + ix->parts[INDEX_TAIL].count;
}

static inline const struct index_part *
index_part(const struct index *ix, uint32_t item)
{
    return &ix->parts[item >= ix->parts[INDEX_TAIL].first];
}

static inline const struct lexicon_item *
index_item(const struct index *ix, uint32_t item)
{
    return lexicon_item(index_part(ix, item)->lex, item);
}

/* The same text's neighbours, across the border of the two parts too. */
struct lexicon_place index_place(const struct index *ix, uint32_t item);

static inline bool
index_is_live(const struct index *ix, uint32_t item)
{
    return !ix->dead || item >= ix->parts[INDEX_TAIL].first ||
           !(ix->dead[item / 8] >> item % 8 & 1);
}

/* The vector of a memory, or NULL. */
const float *index_vector(const struct index *ix, uint32_t item);

/* How many memories have the word, and its number in each part. */
size_t index_term(const struct index *ix, struct str word,
                  uint32_t terms[INDEX_PARTS]);

/* How many memories a session has, and its last one or LEXICON_NONE. */
uint32_t index_session_count(const struct index *ix, int64_t session_id);
uint32_t index_session_last(const struct index *ix, int64_t session_id);

/* Means of lexicon_place.length and .context. */
double index_mean_length(const struct index *ix);
double index_mean_context(const struct index *ix);

#endif
