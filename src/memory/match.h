/*
 * How well the words of a question fit each memory: BM25 of its own words, of
 * its words together with those of its neighbours, and the part of the
 * question that it shares.  Pure; reads the index only.
 */
#ifndef MEMORY_MATCH_H
#define MEMORY_MATCH_H

#include "base/arena.h"
#include "memory/lexicon.h"

enum { QUESTION_TERMS_MAX = 64 };  /* a longer one keeps its rarest words */

/* Which memories are looked at. */
struct match_scope {
    bool    all;     /* else only those of two sessions, which may be one */
    int64_t first;   /* the caller's own; -1: none */
    int64_t second;
};

/* A question in the terms of an index. */
struct question {
    uint32_t terms[QUESTION_TERMS_MAX];    /* those that the index knows */
    double   rarity[QUESTION_TERMS_MAX];   /* their inverse frequency */
    double   weight[QUESTION_TERMS_MAX];   /* what sharing it is worth */
    size_t   count;
    double   whole;   /* what sharing all of it would be worth */
    bool     to_you;  /* asks what the assistant said */
};

struct match {
    uint32_t item;
    double   own;      /* BM25 */
    double   context;  /* BM25 with its neighbours */
    double   shared;   /* 0..1: the part of the question that it shares */
};

/* Mean and deviation over all memories of the scope. */
struct moments {
    double mean;
    double deviation;
};

struct matches {
    struct match  *list;   /* those that share a word or have a neighbour that
                              does, in no order; owned by the arena */
    size_t         count;
    struct moments own;
    struct moments context;
    const float   *shared; /* of every memory of the index */
};

struct question match_question(const struct lexicon *lex, struct str text);

struct matches match_find(const struct lexicon *lex, struct arena *a,
                          const struct question *q,
                          const struct match_scope *scope);

/* True when the question has one of the author's names. */
bool match_names_author(const struct lexicon *lex, const struct question *q,
                        uint32_t author);

#endif
