/*
 * From an order to what is said: of memories that say the same only one, each
 * window of time with its share, all within limit and token budget.  Pure.
 */
#ifndef MEMORY_SELECT_H
#define MEMORY_SELECT_H

#include "memory/rank.h"
#include "memory/windows.h"

/* What became of a memory. */
enum fate {
    FATE_CHOSEN,
    FATE_IRRELEVANT,  /* below the threshold */
    FATE_REPEATED,    /* another one says the same */
    FATE_LIMIT,       /* others were better */
    FATE_BUDGET,      /* it would have been too long */
    FATE_GONE,        /* deleted meanwhile */
};

/* A memory that was ranked, and what became of it. */
struct pick {
    struct ranked            ranked;
    struct lexicon_item      item;
    enum window              window;
    enum fate                fate;
    const struct memory_row *row;       /* its text; NULL: not fetched */
    size_t                   tokens;    /* as it would be rendered */
    bool                     named;     /* the entry of the query's name */
    int64_t                  other_id;  /* FATE_REPEATED: which says the same;
                                           chosen: a later one on the same
                                           subject; or 0 */
};

/* The first of them are compared by vector, each with each. */
enum { SELECT_COMPARED = 128 };

/* Cosines of the picks that were compared; NAN where they say nothing: a
 * vector is missing, or was made of more than the memory's own text. */
struct likeness {
    const float *cosines;  /* count x count */
    size_t       count;
};

/* Beside those that will be chosen so many are looked at, in all and of each
 * window: some say the same, or are gone. */
enum { SELECT_SPARE = 32, SELECT_SPARE_EACH = 4 };

struct select_query {
    size_t         limit;         /* memories, 1 or more */
    size_t         token_budget;  /* of all of them together */
    bool           related_too;   /* not only what is relevant: somebody looks
                                     for it and judges by himself */
    struct str     name;          /* an entry "name: ..." comes before all that
                                     is like it; "": there is no name */
    struct windows windows;
};

/* "chosen", "irrelevant" ... */
const char *select_fate_name(enum fate fate);

/*
 * The picks, in the order of `ranked`: with the fate of what is irrelevant,
 * repeats another to the letter, or comes too far behind; the others are
 * FATE_CHOSEN as yet.
 */
struct pick *select_begin(const struct index *ix, struct arena *a,
                          const struct select_query *q,
                          const struct ranked *ranked, size_t count);

/* Compares the first of them that are FATE_CHOSEN; owned by `a`. */
struct likeness select_likeness(const struct index *ix, struct arena *a,
                                const struct pick *picks, size_t count);

/*
 * Decides, when the rows of all that are FATE_CHOSEN are there.  Of those that
 * say the same the newest wording stays, at the place of the best.
 *
 * words    any tokeniser that nobody uses meanwhile
 */
void select_end(struct arena *a, struct words *words,
                const struct select_query *q, struct pick *picks,
                size_t count, const struct likeness *likeness);

#endif
