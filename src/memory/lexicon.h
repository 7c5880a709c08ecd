/*
 * The words of a vault's memories: who uses which word how often, and what
 * the ranker needs to know of each memory.  Texts are not kept.
 *
 * Memories are added one by one in order of seq and never taken out; an index
 * with rows too many is thrown away and built again.  Adding needs exclusive
 * use; everything else only reads.
 *
 * Within its session a memory stands in order of id: one that was edited, and
 * so got a new seq, keeps its neighbours.
 *
 * An index may continue another one, its base, which must outlive it: its
 * memories are numbered on from the base's, and those of a session follow the
 * session's last one there.  memory/index.h reads the two as one.
 */
#ifndef MEMORY_LEXICON_H
#define MEMORY_LEXICON_H

#include "memory/terms.h"
#include "store/memory.h"

#define LEXICON_NONE UINT32_MAX

/* One memory. */
struct lexicon_item {
    int64_t  seq;
    int64_t  id;
    int64_t  first_id;    /* of the memory that it repeats, or its own */
    int64_t  session_id;
    int64_t  occurred_ms;
    uint64_t same;        /* equal where one says the same words again */
    uint32_t author;      /* number of its author, or LEXICON_NONE */
    uint16_t tokens;      /* these three stop at UINT16_MAX */
    uint16_t words;       /* all words of the text */
    uint16_t content;     /* those that say something */
    uint8_t  role;        /* enum role */
    uint8_t  asks;        /* the signs of signs.h: 0, or they are there */
    uint8_t  timed;
    uint8_t  named;
    uint8_t  standing;    /* only of users */
};

/* Where a memory stands, apart from the rest because a search reads it most. */
struct lexicon_place {
    uint32_t previous;  /* of the same session by id, or LEXICON_NONE */
    uint32_t next;
    uint32_t length;    /* indexed words, with the author's name */
    uint32_t context;   /* those of its neighbours too */
};

/* How often a word stands in a memory. */
struct lexicon_posting {
    uint32_t item;
    uint16_t in_text;
    uint16_t in_author;
};

struct lexicon_postings {
    const struct lexicon_posting *list;  /* in order of item */
    size_t                        count;
};

/* An author's name as words. */
struct lexicon_author {
    const uint32_t *terms;
    size_t          count;
};

/* A run of memories. */
struct lexicon_items {
    const uint32_t *list;
    size_t          count;
};

/* `base` may be NULL. */
struct lexicon *lexicon_new(const struct lexicon *base);
void lexicon_free(struct lexicon *lex);

/* row->seq is above those of all rows that it and its base have. */
void lexicon_add(struct lexicon *lex, const struct memory_row *row);

/* The number of its first memory, and how many it has. */
uint32_t lexicon_first(const struct lexicon *lex);
uint32_t lexicon_count(const struct lexicon *lex);

/* `item` is one of its own, not of its base. */
const struct lexicon_item *lexicon_item(const struct lexicon *lex,
                                        uint32_t item);
const struct lexicon_place *lexicon_place(const struct lexicon *lex,
                                          uint32_t item);

/* The places of all its memories, one each; NULL when it has none. */
const struct lexicon_place *lexicon_places(const struct lexicon *lex);

/* What follows a memory of the base in the same session, or LEXICON_NONE. */
uint32_t lexicon_after(const struct lexicon *lex, uint32_t base_item);

/* Number of a word, or TERMS_NONE; its postings. */
uint32_t lexicon_term(const struct lexicon *lex, struct str word);
struct lexicon_postings lexicon_postings(const struct lexicon *lex,
                                         uint32_t term);

uint32_t lexicon_author_count(const struct lexicon *lex);
struct lexicon_author lexicon_author(const struct lexicon *lex,
                                     uint32_t author);

/* How many memories a session has, its base's included, and the last one. */
uint32_t lexicon_session_count(const struct lexicon *lex, int64_t session_id);
uint32_t lexicon_session_last(const struct lexicon *lex, int64_t session_id);

/* Lasting instructions and preferences of users. */
struct lexicon_items lexicon_standing(const struct lexicon *lex);

/* Sums of lexicon_place.length and .context over its own memories. */
uint64_t lexicon_total_length(const struct lexicon *lex);
uint64_t lexicon_total_context(const struct lexicon *lex);

/* Memory that it takes, about. */
size_t lexicon_bytes(const struct lexicon *lex);

#endif
