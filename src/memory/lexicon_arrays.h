/*
 * The inside of an index of words: flat arrays, numbers instead of pointers.
 * lexicon_add.c fills them, frozen.c writes them to files and maps them again,
 * lexicon.c reads them.  Nobody else includes this.
 */
#ifndef MEMORY_LEXICON_ARRAYS_H
#define MEMORY_LEXICON_ARRAYS_H

#include "memory/lexicon.h"

struct words;

/* The postings of one term while memories are added. */
struct postings_list {
    struct lexicon_posting *list;
    uint32_t                count;
    uint32_t                room;
};

/* An author's name as words: a run of author_terms. */
struct author_run {
    uint32_t first;
    uint32_t count;
};

struct session_slot {
    int64_t  id;
    uint32_t last;   /* its memory with the highest id */
    uint32_t count;  /* 0: a free slot */
};

/* A memory of the base that a later one follows. */
struct lexicon_link {
    uint32_t item;
    uint32_t next;
};

struct lexicon {
    const struct lexicon   *base;       /* what it continues, or NULL */
    uint32_t                first;      /* number of its first memory */
    bool                    frozen;     /* the arrays are a mapping */

    /* Flat arrays: the growing and the frozen have them. */
    struct terms            terms;
    struct terms            names;      /* authors, as written */
    struct lexicon_item    *items;
    struct lexicon_place   *places;     /* one an item */
    struct author_run      *authors;    /* one a name */
    uint32_t               *author_terms;
    struct session_slot    *sessions;   /* hash table by id */
    uint32_t               *standing;   /* items with a lasting wish */
    uint32_t                count;
    uint32_t                session_room;
    uint32_t                session_count;
    uint32_t                author_term_count;
    uint32_t                standing_count;
    uint64_t                total_length;
    uint64_t                total_context;

    /* Only the frozen have these: all postings in one run. */
    uint64_t               *posting_ends;  /* one a term */
    struct lexicon_posting *all_postings;
    uint64_t                posting_count;

    /* Only the growing have these. */
    struct words           *words;
    struct postings_list   *postings;      /* one a term */
    struct lexicon_link    *links;         /* into the base, in order */
    uint32_t                link_count;
    uint32_t                postings_room;
    uint32_t                items_room;
    uint32_t                places_room;
    uint32_t                authors_room;
    uint32_t                author_terms_room;
    uint32_t                standing_room;
    uint32_t                links_room;
    size_t                  posting_bytes;
};

#endif
