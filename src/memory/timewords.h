/*
 * Words that speak of time, in English, German, French, Spanish, Italian,
 * Portuguese and Dutch, and what they mean.  Pure functions.
 */
#ifndef MEMORY_TIMEWORDS_H
#define MEMORY_TIMEWORDS_H

#include "base/str.h"
#include "memory/language.h"

/* The languages that it has, as a set. */
#define TIMEWORDS_LANGUAGES                                              \
    (LANGUAGE_BIT(LANGUAGE_ENGLISH) | LANGUAGE_BIT(LANGUAGE_GERMAN) |     \
     LANGUAGE_BIT(LANGUAGE_FRENCH) | LANGUAGE_BIT(LANGUAGE_SPANISH) |     \
     LANGUAGE_BIT(LANGUAGE_ITALIAN) | LANGUAGE_BIT(LANGUAGE_PORTUGUESE) | \
     LANGUAGE_BIT(LANGUAGE_DUTCH))

enum timeword_kind {
    TIME_OTHER,    /* any other word                                       */
    TIME_END,      /* of a sentence                                        */
    TIME_FILL,     /* "the", "of", "early": may stand between              */
    TIME_NUMBER,   /* value                                                */
    TIME_FEW,      /* about so many; "a couple": 2                         */
    TIME_DATE,     /* written with figures: see timetext.h                 */
    TIME_DAY,      /* days from today: "yesterday" -1                      */
    TIME_SPAN,     /* "tonight": a TIME_PART of a day, see TIME_SPAN_OF    */
    TIME_PART,     /* enum time_part: "morning"                            */
    TIME_UNIT,     /* enum time_unit, TIME_PLURAL                          */
    TIME_WEEKDAY,  /* 1 Monday .. 7                                        */
    TIME_MONTH,    /* 1..12, TIME_AMBIGUOUS or TIME_SHORT                  */
    TIME_SEASON,   /* first month: 3, 6, 9, 12                             */
    TIME_HOLIDAY,  /* month * 32 + day                                     */
    TIME_LAST,     /* TIME_BEHIND: may follow; TIME_ROLLING: up to now     */
    TIME_THIS,
    TIME_NEXT,
    TIME_EVERY,
    TIME_AGO,      /* behind "three days"                                  */
    TIME_AGO_IS,   /* before "three days"                                  */
    TIME_IN,       /* "in", "during", "at"                                 */
    TIME_SINCE,
    TIME_BEFORE,   /* value 1: TIME_AGO_IS too                             */
    TIME_AFTER,
    TIME_UNTIL,
    TIME_BETWEEN,
    TIME_FROM,     /* value 1: does not mean "of"                          */
    TIME_AND,
    TIME_TO,
    TIME_RECENT,   /* about so many days ago                               */
    TIME_MEASURE,  /* what is counted: after it, no year                   */
};

enum time_unit {
    UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_WEEKEND, UNIT_MONTH,
    UNIT_YEAR,
};

enum time_part { PART_MORNING, PART_AFTERNOON, PART_EVENING, PART_NIGHT };

enum {
    TIME_PLURAL = 16,
    TIME_AMBIGUOUS = 16,  /* a word or name besides: "may", "august" */
    TIME_SHORT = 32,      /* "dec": a month beside a number only */
    TIME_BEHIND = 1,
    TIME_ROLLING = 2,
};

/* A span: so many days ago, and which part of that day. */
#define TIME_SPAN_OF(days_ago, part) ((days_ago) * 8 + (part))

struct timeword {
    enum timeword_kind kind;
    int                value;
};

/* The meaning of a folded word in one of a set of languages; TIME_OTHER when
 * it has none. */
struct timeword timewords_find(struct str word, uint32_t languages);

#endif
