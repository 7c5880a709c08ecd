/*
 * Times that a question speaks of: "yesterday", "last week", "3 days ago", "in
 * December", "since Monday", "between May and July", in English, German,
 * French, Spanish, Italian, Portuguese and Dutch.
 *
 * Only the past is meant: memories are found by when they were said, so times
 * to come give nothing, and names that come again ("Tuesday", "March",
 * "summer") are the last that have begun.  Weeks begin on Monday.  "may I",
 * "march on", "last name", "second", "August" as a name give nothing either.
 * Pure functions; bytes that are no UTF-8 are marks.
 */
#ifndef MEMORY_WHEN_H
#define MEMORY_WHEN_H

#include "base/str.h"

enum { WHEN_RANGES_MAX = 4 };

/* The beginning of a range that has none: "before March". */
#define WHEN_EVER_MS INT64_MIN

enum when_strength {
    WHEN_VAGUE,   /* nobody could name the ends: "recently", "2 months ago",
                     or it may be no time at all: "Sunday roast" */
    WHEN_STRONG,  /* "yesterday", "in May 2023", "the last 3 days" */
};

/* Milliseconds since 1970-01-01 UTC; from_ms < to_ms, and from_ms is not above
 * now. */
struct when_range {
    int64_t            from_ms;
    int64_t            to_ms;     /* the first that is out */
    enum when_strength strength;
};

/* When and where it is asked. */
struct when_now {
    int64_t ms;              /* since 1970-01-01 UTC */
    int32_t offset_minutes;  /* local time is so much ahead of UTC, +-1440 */
};

/*
 * The times of a question in the order in which it names them; they may
 * overlap, and a date that can be read in two ways ("05/06/2023") gives two.
 * Of a long text only the first 512 words are read.
 *
 * Returns  how many, 0..WHEN_RANGES_MAX; those beyond are dropped
 */
size_t when_asked(struct str question, const struct when_now *now,
                  struct when_range ranges[WHEN_RANGES_MAX]);

/* True when the question asks for a time: "when did", "how long ago", "what
 * date". */
bool when_is_asked_for(struct str question);

#endif
