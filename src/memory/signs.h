/*
 * What the form of a text tells, apart from its words: that it says when, that
 * it names somebody, that it states a lasting wish; and what kind of answer a
 * question wants.  English; texts of other languages give fewer signs.  Pure.
 */
#ifndef MEMORY_SIGNS_H
#define MEMORY_SIGNS_H

#include <stdbool.h>

#include "base/str.h"

/* Signs of a memory. */
struct signs {
    bool asks;      /* has a question mark */
    bool timed;     /* "yesterday", "in May", "two weeks ago" */
    bool named;     /* has a capitalised name */
    bool standing;  /* "from now on", "I prefer": if a user says it */
};

struct signs signs_of(struct str text);

/* What a question wants. */
struct asks {
    bool when;      /* a time */
    bool which;     /* a person, place or thing by its name */
    bool about_us;  /* speaks of I, me, we, our */
};

/* `question` may hold earlier lines of the conversation: the last counts. */
struct asks signs_asks(struct str question);

#endif
