/*
 * What is embedded for a memory: who said it and its text, and where people
 * with names talk, before a short one the line of its session before it,
 * because "Yes, on Tuesday" alone means nothing.  A long text says enough by
 * itself, and so does what is said to an assistant; lines around them would
 * only blur them.  Pure.
 *
 * Measured: the line before short texts helps on LoCoMo; around long ones it
 * ruins what is found (BEAM), and in chats with an assistant it halves the
 * paraphrases that are found.  The line behind adds nothing, so that nothing
 * is ever embedded twice.
 */
#ifndef MEMORY_PASSAGE_H
#define MEMORY_PASSAGE_H

#include "store/memory.h"

enum {
    PASSAGE_SHORT_WORDS      = 20,    /* fewer: the line before it counts */
    PASSAGE_MAX_BYTES        = 8192,  /* of its own text; models read less */
    PASSAGE_BEFORE_MAX_BYTES = 1024,  /* of the line before it */
};

/* Whether the line before it is part of what is embedded.  Scripts without
 * spaces count two characters as a word. */
bool passage_has_line_before(const struct memory_row *row);

/*
 * The text to embed.
 *
 * previous   the one before it in its session, or NULL; looked at only where
 *            passage_has_line_before()
 * Returns    UTF-8, owned by `a`; empty for a text without anything in it
 */
struct str passage_text(struct arena *a, const struct memory_row *row,
                        const struct memory_row *previous);

#endif
