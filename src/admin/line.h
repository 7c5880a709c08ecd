/*
 * The command line: [options] VERB [words and options].  Before the verb only
 * the options that all verbs have can stand.
 */
#ifndef ADMIN_LINE_H
#define ADMIN_LINE_H

#include "admin/admin.h"

struct line {
    const struct verb *verbs;       /* the table */
    size_t             verb_count;
    bool               help;
    bool               version;
};

/*
 * Fills what the command line says of *m, and help and version; with one of
 * these the verb may be missing.
 * Errors   those of admin_usage()
 */
enum status line_read(struct line *l, int argc, char **argv, struct admin *m,
                      struct error *err) MUST_CHECK;

#endif
