/*
 * The words of a vault's memories: who uses which word how often, and what
 * the ranker needs to know of each memory.  Texts are not kept.
 *
 * Memories are added one by one in order of seq and never taken out; an index
 * with rows too many is thrown away and built again.  Adding needs exclusive
 * use; everything else only reads.
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
    uint32_t tokens;
    uint32_t words;       /* all words of the text */
    uint8_t  role;        /* enum role */
    bool     asks;        /* has a question mark */
    bool     standing;    /* a user's lasting instruction or preference */
};

/* Where a memory stands, apart from the rest because a search reads it most. */
struct lexicon_place {
    uint32_t previous;  /* of the same session, or LEXICON_NONE */
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
    struct lexicon_posting *list;  /* in order of item */
    uint32_t                count;
    uint32_t                room;
};

/* An author's name as words. */
struct lexicon_author {
    uint32_t *terms;
    size_t    count;
};

struct lexicon *lexicon_new(void);
void lexicon_free(struct lexicon *lex);

/* row->seq is above those of all rows that it has. */
void lexicon_add(struct lexicon *lex, const struct memory_row *row);

uint32_t lexicon_count(const struct lexicon *lex);
const struct lexicon_item *lexicon_item(const struct lexicon *lex,
                                        uint32_t item);

/* The places of all memories, one each. */
const struct lexicon_place *lexicon_places(const struct lexicon *lex);

/* Number of a word, or TERMS_NONE; its postings. */
uint32_t lexicon_term(const struct lexicon *lex, struct str word);
const struct lexicon_postings *lexicon_postings(const struct lexicon *lex,
                                                uint32_t term);

uint32_t lexicon_author_count(const struct lexicon *lex);
const struct lexicon_author *lexicon_author(const struct lexicon *lex,
                                            uint32_t author);

/* How many memories a session has. */
uint32_t lexicon_session_count(const struct lexicon *lex, int64_t session_id);

/* Means of lexicon_place.length and .context. */
double lexicon_mean_length(const struct lexicon *lex);
double lexicon_mean_context(const struct lexicon *lex);

/* Memory that it takes, about. */
size_t lexicon_bytes(const struct lexicon *lex);

#endif
