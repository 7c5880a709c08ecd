/*
 * Runs: letters and digits with the marks that join them, like
 * "jo.smith@example.com", "v1.2.3" or "src/memory/run.c", and the words that
 * they give, whole and in parts.
 *
 * A whole keeps its marks but for "-", "'" and ",", so that "AB-12" and "AB12"
 * agree; initials lose their points too: "U.S.A." is "usa".  Each part of a
 * path or an address that has a whole of its own gives it ("example.com",
 * "run.c"); a number and its unit also come apart ("5kg", "5", "kg").
 */
#ifndef MEMORY_RUN_H
#define MEMORY_RUN_H

#include <stdint.h>

#include "base/str.h"

enum {
    RUN_MAX_BYTES = 192, /* what is beyond is dropped */
    RUN_PARTS_MAX = 16,
};

struct run_part {
    size_t from;
    size_t to;
    char   before; /* what joins it to the part before, or 0 */
};

struct run {
    char            text[RUN_MAX_BYTES]; /* folded, without the marks */
    size_t          len;
    struct run_part parts[RUN_PARTS_MAX];
    size_t          count;  /* 0: empty */
    char            sigil;  /* '@' or '#' before it, or 0 */
};

/* Receives a folded word, good until it returns; `stop`: it says nothing. */
typedef void run_fn(void *owner, struct str word, bool stop);

/* Appends a letter or digit, folded. */
void run_letter(struct run *r, uint32_t code_point);

/* Takes a mark with what follows it in the text; false when the run ends
 * there. */
bool run_mark(struct run *r, uint32_t code_point, struct str rest);

/* Gives the words of the run, parts first, and empties it. */
void run_end(struct run *r, run_fn *fn, void *owner);

#endif
