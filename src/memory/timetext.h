/*
 * A text as the words that speak of time, for timephrase.h.
 *
 * Which of the languages of timewords.h are understood is told by the words of
 * the whole text, so that German "hier" is not yesterday.  Words of several
 * parts ("fin de semana") and dates in figures come as one.  Of long texts
 * only the beginning is read.
 */
#ifndef MEMORY_TIMETEXT_H
#define MEMORY_TIMETEXT_H

#include "memory/timewords.h"

enum { TIMETEXT_TOKENS_MAX = 512 };

struct timetoken {
    enum timeword_kind kind;
    int                value;
    bool               owner;   /* "'s" follows */
    bool               dotted;  /* a number with a point behind it */
    bool               month;   /* TIME_DATE is all of a month */
    size_t             count;   /* of dates: "5/6/2023" is one of two days */
    int64_t            days[2]; /* of calendar.h */
};

/* One more token of TIME_END always stands behind the last. */
struct timetext {
    struct timetoken tokens[TIMETEXT_TOKENS_MAX + 1];
    size_t           count;
    uint32_t         languages;  /* understood, a set */
};

/* Owned by the caller, who frees it with free(). */
struct timetext *timetext_read(struct str text);

#endif
