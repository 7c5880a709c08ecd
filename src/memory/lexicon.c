/* Reading the index of words.  A frozen one may come from a file that was
 * damaged since it was checked, so numbers in it are not believed. */
#include "memory/lexicon.h"

#include <assert.h>
#include <stdlib.h>

#include "memory/lexicon_arrays.h"
#include "memory/words.h"

#include "base/banned.h"

struct lexicon *
lexicon_new(const struct lexicon *base)
{
    struct lexicon *lex = alloc_array_or_die(1, sizeof(*lex));

    lex->base = base;
    lex->first = base ? base->first + base->count : 0;
    lex->words = words_new();
    return lex;
}

void
lexicon_free(struct lexicon *lex)
{
    if (!lex || lex->frozen) {
        free(lex);
        return;
    }
    for (uint32_t i = 0; i < lex->terms.count && i < lex->postings_room; i++)
        free(lex->postings[i].list);
    words_free(lex->words);
    terms_release(&lex->terms);
    terms_release(&lex->names);
    free(lex->items);
    free(lex->places);
    free(lex->authors);
    free(lex->author_terms);
    free(lex->sessions);
    free(lex->standing);
    free(lex->postings);
    free(lex->links);
    free(lex);
}

uint32_t
lexicon_first(const struct lexicon *lex)
{
    return lex->first;
}

uint32_t
lexicon_count(const struct lexicon *lex)
{
    return lex->count;
}

const struct lexicon_item *
lexicon_item(const struct lexicon *lex, uint32_t item)
{
    assert(item - lex->first < lex->count);
    return &lex->items[item - lex->first];
}

const struct lexicon_place *
lexicon_place(const struct lexicon *lex, uint32_t item)
{
    assert(item - lex->first < lex->count);
    return &lex->places[item - lex->first];
}

const struct lexicon_place *
lexicon_places(const struct lexicon *lex)
{
    return lex->places;
}

static int
by_item(const void *key, const void *link)
{
    const struct lexicon_link *k = key, *l = link;

    return (k->item > l->item) - (k->item < l->item);
}

uint32_t
lexicon_after(const struct lexicon *lex, uint32_t base_item)
{
    struct lexicon_link        key = { base_item, 0 };
    const struct lexicon_link *found = NULL;

    if (lex->link_count)
        found = bsearch(&key, lex->links, lex->link_count,
                        sizeof(*lex->links), by_item);
    return found ? found->next : LEXICON_NONE;
}

uint32_t
lexicon_term(const struct lexicon *lex, struct str word)
{
    return terms_find(&lex->terms, word);
}

struct lexicon_postings
lexicon_postings(const struct lexicon *lex, uint32_t term)
{
    uint64_t from, to;

    if (!lex->frozen)
        return (struct lexicon_postings){ lex->postings[term].list,
                                          lex->postings[term].count };
    from = term ? lex->posting_ends[term - 1] : 0;
    to = lex->posting_ends[term];
    if (from > to || to > lex->posting_count)
        return (struct lexicon_postings){ NULL, 0 };
    return (struct lexicon_postings){ lex->all_postings + from, to - from };
}

uint32_t
lexicon_author_count(const struct lexicon *lex)
{
    return lex->names.count;
}

struct lexicon_author
lexicon_author(const struct lexicon *lex, uint32_t author)
{
    const struct author_run *run = &lex->authors[author];

    if (run->count > lex->author_term_count ||
        run->first > lex->author_term_count - run->count)
        return (struct lexicon_author){ NULL, 0 };
    return (struct lexicon_author){ lex->author_terms + run->first,
                                    run->count };
}

/* The session's slot, or NULL. */
static const struct session_slot *
session_of(const struct lexicon *lex, int64_t id)
{
    uint32_t i = (uint32_t)((uint64_t)id * 0x9E3779B97F4A7C15U >> 32);

    for (uint32_t tried = 0; tried < lex->session_room; tried++, i++) {
        const struct session_slot *s =
            &lex->sessions[i & (lex->session_room - 1)];

        if (s->count == 0)
            return NULL;
        if (s->id == id)
            return s;
    }
    return NULL;
}

uint32_t
lexicon_session_count(const struct lexicon *lex, int64_t session_id)
{
    const struct session_slot *s = session_of(lex, session_id);

    return (s ? s->count : 0) +
           (lex->base ? lexicon_session_count(lex->base, session_id) : 0);
}

uint32_t
lexicon_session_last(const struct lexicon *lex, int64_t session_id)
{
    const struct session_slot *s = session_of(lex, session_id);

    if (s && s->last - lex->first < lex->count)
        return s->last;
    return lex->base ? lexicon_session_last(lex->base, session_id)
                     : LEXICON_NONE;
}

struct lexicon_items
lexicon_standing(const struct lexicon *lex)
{
    return (struct lexicon_items){ lex->standing, lex->standing_count };
}

uint64_t
lexicon_total_length(const struct lexicon *lex)
{
    return lex->total_length;
}

uint64_t
lexicon_total_context(const struct lexicon *lex)
{
    return lex->total_context;
}

size_t
lexicon_bytes(const struct lexicon *lex)
{
    return lex->items_room * sizeof(*lex->items) +
           lex->places_room * sizeof(*lex->places) +
           lex->postings_room * sizeof(*lex->postings) + lex->posting_bytes +
           lex->session_room * sizeof(*lex->sessions) +
           lex->authors_room * sizeof(*lex->authors) +
           lex->author_terms_room * sizeof(*lex->author_terms) +
           lex->standing_room * sizeof(*lex->standing) +
           lex->links_room * sizeof(*lex->links) +
           terms_bytes(&lex->terms) + terms_bytes(&lex->names);
}
