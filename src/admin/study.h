/*
 * A learner for a verb: it learns as the learner's process does, shows how far
 * it is, and ends with the verb's arena.
 */
#ifndef ADMIN_STUDY_H
#define ADMIN_STUDY_H

#include "admin/admin.h"
#include "admin/progress.h"
#include "memory/learn.h"

struct study {
    struct db       *db;        /* as the serving user: it needs no more */
    struct http     *http;
    struct embedder *embedder;
    struct learner  *learner;
    struct progress  progress;
    int64_t          done;      /* rows */
    int64_t          total;     /* 0: not known */
    size_t           refused;   /* rows that will never have a vector */
    size_t           failures;  /* that were written to stderr        */
};

/* `model` NULL: that of the configuration.  `what` is shown.  Errors:
 * ERR_CONFIG, ERR_INTERNAL. */
enum status study_open(struct admin *m, const char *model, const char *what,
                       struct study **study, struct error *err) MUST_CHECK;

#endif
