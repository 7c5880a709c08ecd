/*
 * What a verb prints: rows of named columns, as a table for people or as JSON.
 */
#ifndef ADMIN_TABLE_H
#define ADMIN_TABLE_H

#include "base/arena.h"

enum cell_type {
    CELL_TEXT,
    CELL_NUMBER,
    CELL_TIME,    /* milliseconds since the epoch, 0: never */
};

struct table_column {
    const char    *name;   /* JSON member, and heading with spaces for _ */
    enum cell_type type;
};

struct cell {
    struct str text;       /* CELL_TEXT */
    int64_t    number;     /* CELL_NUMBER, CELL_TIME */
};

#define CELL_T(s) ((struct cell){ (s), 0 })
#define CELL_N(n) ((struct cell){ STR_NONE, (int64_t)(n) })

struct table {
    const struct table_column *columns;
    size_t                     column_count;
    const struct cell         *cells;      /* row by row */
    size_t                     row_count;
};

/* Writes all rows to stdout: a table, or an array of objects. */
void table_print(struct arena *a, const struct table *t, bool json);

/* Writes the only row as one object. */
void table_print_object(struct arena *a, const struct table *t);

/* Writes the only row: as a table, or as one object. */
void table_print_row(struct arena *a, const struct table *t, bool json);

#endif
