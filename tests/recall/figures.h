/*
 * What was found, summed up: R@k by category and overall, and how long it
 * took.
 */
#ifndef RECALL_FIGURES_H
#define RECALL_FIGURES_H

#include <stdint.h>

#include "base/arena.h"
#include "recall/search.h"

enum { FIGURES_DEPTHS = 4, FIGURES_CATEGORIES = 32, FIGURES_DEEPEST = 20 };

/* The k of R@k. */
extern const size_t figures_depths[FIGURES_DEPTHS];

/* R@k = mean over questions of (evidence among the first k) / (evidence). */
struct figures_row {
    struct str category;
    double     found[FIGURES_DEPTHS];  /* summed over the questions */
    size_t     questions;
};

/* Microseconds of each question. */
struct figures_times {
    int64_t *list;
    size_t   count;
    size_t   room;
};

struct figures {
    const char          *file;
    enum search_mode     mode;
    size_t               talks;
    size_t               lines;
    size_t               rows;        /* of memory */
    int64_t              stored_us;
    int64_t              learned_us;
    struct figures_row   all;
    struct figures_row   rows_of[FIGURES_CATEGORIES];
    size_t               categories;
    struct figures_times recall;      /* the question's vector is there */
    struct figures_times whole;       /* with its encoding */
};

/*
 * Adds a question.
 *
 * ranks    of each evidence line, from 0; FIGURES_DEEPEST: not found
 */
void figures_add(struct figures *f, struct str category, const size_t *ranks,
                 size_t count);

void figures_add_times(struct figures *f, int64_t recall_us,
                       int64_t whole_us);

/* The last part of a path. */
const char *figures_file(const char *path);

/* A table for people, or one line of JSON. */
void figures_print(struct figures *f);
void figures_print_json(struct figures *f);

void figures_release(struct figures *f);

#endif
