/*
 * The vocabulary of a WordPiece tokeniser, found by a hash table that is used
 * as it lies in the model file.  A piece that goes on within a word begins
 * with "##".  Read-only; any thread may use it.
 */
#ifndef MEMORY_PIECES_H
#define MEMORY_PIECES_H

#include "base/error.h"
#include "base/str.h"

#define PIECES_NONE UINT32_MAX

struct pieces {
    uint32_t        count;
    uint32_t        slot_count;  /* a power of two, at least 2 * count */
    const uint32_t *starts;      /* [count + 1], offsets in texts */
    const char     *texts;
    const uint32_t *slots;       /* [slot_count]: id + 1, or 0 */
    /* Pieces that mean something to the model. */
    uint32_t        unknown;
    uint32_t        begin;
    uint32_t        end;
};

/* Number of slots for so many pieces. */
uint32_t pieces_slot_count(uint32_t count);

/* Fills starts[count + 1], texts and slots, which are 0 before; false if a
 * word is there twice. */
bool pieces_fill(const struct str *words, uint32_t count, uint32_t *starts,
                 char *texts, uint32_t *slots);

/*
 * Sees that all numbers are within their arrays, and finds [UNK], [CLS] and
 * [SEP].  `text_bytes`: length of the texts.
 * Errors  ERR_INPUT, with what is wrong
 */
enum status pieces_check(struct pieces *p, size_t text_bytes,
                         struct error *err) MUST_CHECK;

/* The id of a piece, or PIECES_NONE. */
uint32_t pieces_find(const struct pieces *p, struct str piece);

/*
 * The longest piece at the beginning of `rest`, which is not empty, as the
 * start of a word or as its going on; PIECES_NONE if there is none.  *length
 * is the length of what it covers.
 */
uint32_t pieces_longest(const struct pieces *p, struct str rest, bool goes_on,
                        size_t *length);

#endif
