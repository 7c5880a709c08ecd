/*
 * How well the words of a question fit each memory: BM25 of its own words, of
 * its words together with those of its neighbours, and the part of the
 * question that it shares.  Pure; reads the index only.
 */
#ifndef MEMORY_MATCH_H
#define MEMORY_MATCH_H

#include "base/arena.h"
#include "memory/index.h"
#include "memory/scratch.h"

enum { QUESTION_TERMS_MAX = 64 };  /* a longer one keeps its rarest words */

enum match_role {
    MATCH_ROLE_ANY,
    MATCH_ROLE_USER,
    MATCH_ROLE_ASSISTANT,
    MATCH_ROLE_SYSTEM,
};

/* What else a memory must be; zeros: anything. */
struct match_filter {
    int64_t         from_ms;  /* of occurred_ms, included */
    int64_t         to_ms;    /* not included; 0: no end */
    enum match_role role;
};

/* Which memories are looked at. */
struct match_scope {
    bool                all;     /* else only those of two sessions, which may
                                    be one */
    int64_t             first;   /* the caller's own; -1: none */
    int64_t             second;
    struct match_filter filter;
};

/* A word of the question that the index knows. */
struct question_term {
    uint32_t numbers[INDEX_PARTS];  /* TERMS_NONE where a part has it not */
    double   rarity;                /* inverse frequency */
    double   weight;                /* what sharing it is worth */
};

/* A question in the terms of an index. */
struct question {
    struct question_term terms[QUESTION_TERMS_MAX];
    size_t               count;
    double               whole;   /* what sharing all of it would be worth */
    bool                 to_you;   /* asks what the assistant said */
    bool                 foreign;  /* surely not English */
    size_t               content;  /* words that say something */
};

/* Mean and deviation over all memories of the scope. */
struct moments {
    double mean;
    double deviation;
};

/*
 * What was found, by memory, in the arrays of the scratch: `own` and `context`
 * are BM25 without and with the neighbours, `shared` is the part (0..1) of the
 * question that it shares.  They are zero again after match_done().
 */
struct matches {
    const struct index *index;
    struct match_scope  scope;
    struct scratch     *scratch;
    const uint32_t     *found;        /* those whose context is above 0 */
    size_t              count;
    struct moments      own;
    struct moments      context;
};

/* `words`: any tokeniser that nobody uses meanwhile. */
struct question match_question(const struct index *ix, struct words *words,
                               struct str text);

struct matches match_find(const struct index *ix, const struct question *q,
                          const struct match_scope *scope,
                          struct scratch *scratch);
void match_done(struct matches *m);

/* True where a memory is one of the scope and still there. */
bool match_is_in_scope(const struct index *ix,
                       const struct match_scope *scope, uint32_t item);

/* How many memories the scope has. */
size_t match_scope_count(const struct index *ix,
                         const struct match_scope *scope);

/* True when the question has one of the names of an author of a part. */
bool match_names_author(const struct index *ix, const struct question *q,
                        size_t part, uint32_t author);

#endif
