/* Building the index of words. */
#include "memory/lexicon.h"

#include <assert.h>
#include <stdlib.h>

#include "memory/hash.h"
#include "memory/words.h"

#include "base/banned.h"

struct session {
    int64_t  id;
    uint32_t last;   /* its newest memory */
    uint32_t count;  /* 0: a free slot */
};

struct lexicon {
    struct words            *words;
    struct terms             terms;
    struct lexicon_postings *postings;  /* one a term */
    uint32_t                 postings_room;
    struct lexicon_item     *items;
    uint32_t                 room;
    struct lexicon_place    *places;    /* one an item */
    uint32_t                 places_room;
    uint32_t                 count;
    struct terms             names;     /* authors, as written */
    struct lexicon_author   *authors;   /* one a name */
    uint32_t                 authors_room;
    struct session          *sessions;  /* hash table by id */
    size_t                   session_room;
    size_t                   session_count;
    uint64_t                 total_length;
    uint64_t                 total_context;
    size_t                   posting_bytes;
};

/* What the tokeniser's callbacks write to. */
struct adding {
    struct lexicon      *lex;
    struct lexicon_item *item;
    uint32_t             number;
    uint32_t             length;  /* indexed words */
};

enum { FIRST_ROOM = 32 };

struct lexicon *
lexicon_new(void)
{
    struct lexicon *lex = alloc_array_or_die(1, sizeof(*lex));

    lex->words = words_new();
    lex->terms = TERMS_INIT;
    lex->names = TERMS_INIT;
    return lex;
}

void
lexicon_free(struct lexicon *lex)
{
    if (!lex)
        return;
    for (uint32_t i = 0; i < lex->terms.count; i++)
        free(lex->postings[i].list);
    for (uint32_t i = 0; i < lex->names.count; i++)
        free(lex->authors[i].terms);
    words_free(lex->words);
    terms_release(&lex->terms);
    terms_release(&lex->names);
    free(lex->postings);
    free(lex->items);
    free(lex->places);
    free(lex->authors);
    free(lex->sessions);
    free(lex);
}

/* An array of `size` bytes an element with room for one more than `count`;
 * what is new is zero. */
static void *
with_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t more = *room ? *room + *room / 2 : FIRST_ROOM;

    if (count < *room)
        return array;
    array = realloc_or_die(array, more * size);
    memset((char *)array + *room * size, 0, (more - *room) * size);
    *room = more;
    return array;
}

static struct session *
session_slot(const struct lexicon *lex, int64_t id)
{
    size_t i = ((uint64_t)id * 0x9E3779B97F4A7C15U >> 32) &
               (lex->session_room - 1);

    while (lex->sessions[i].count && lex->sessions[i].id != id)
        i = (i + 1) & (lex->session_room - 1);
    return &lex->sessions[i];
}

static struct session *
session_of(struct lexicon *lex, int64_t id)
{
    struct session *old = lex->sessions;
    size_t          old_room = lex->session_room;

    if (lex->session_count * 2 < old_room)
        return session_slot(lex, id);
    lex->session_room = old_room ? old_room * 2 : FIRST_ROOM;
    lex->sessions = alloc_array_or_die(lex->session_room, sizeof(*old));
    for (size_t i = 0; i < old_room; i++)
        if (old[i].count)
            *session_slot(lex, old[i].id) = old[i];
    free(old);
    return session_slot(lex, id);
}

/* A posting of this item under this term, new or begun before. */
static struct lexicon_posting *
posting_of(struct lexicon *lex, uint32_t term, uint32_t item)
{
    struct lexicon_postings *p;

    lex->postings = with_room(lex->postings, term, &lex->postings_room,
                              sizeof(*lex->postings));
    p = &lex->postings[term];
    if (p->count && p->list[p->count - 1].item == item)
        return &p->list[p->count - 1];
    if (p->count == p->room) {
        uint32_t more = p->room ? p->room + p->room / 2 + 1 : 2;

        p->list = realloc_or_die(p->list, more * sizeof(*p->list));
        lex->posting_bytes += (more - p->room) * sizeof(*p->list);
        p->room = more;
    }
    p->list[p->count] = (struct lexicon_posting){ item, 0, 0 };
    return &p->list[p->count++];
}

static void
count_up(uint16_t *n)
{
    if (*n < UINT16_MAX)
        (*n)++;
}

/* One more word of what is compared. */
static uint64_t
mixed(uint64_t same, struct str word)
{
    return hash_more(hash_more(same, word), STR(" "));
}

static void
add_word(void *owner, const struct word *word)
{
    struct adding          *a = owner;
    struct lexicon_posting *p;

    a->item->words++;
    a->item->same = mixed(a->item->same, word->text);
    if (word->kind == WORD_STOP)
        return;
    p = posting_of(a->lex, terms_add(&a->lex->terms, word->text), a->number);
    count_up(&p->in_text);
    a->length++;
}

static void
add_name(void *owner, const struct word *word)
{
    struct adding         *a = owner;
    struct lexicon_author *author;
    uint32_t               term;

    if (word->kind == WORD_STOP)
        return;
    author = &a->lex->authors[a->item->author];
    term = terms_add(&a->lex->terms, word->text);
    author->terms = realloc_or_die(author->terms,
                                   (author->count + 1) * sizeof(term));
    author->terms[author->count++] = term;
}

/* Counts the author's name as words of the item. */
static void
add_author(struct adding *a, struct str name)
{
    struct lexicon              *lex = a->lex;
    const struct lexicon_author *author;
    uint32_t                     known = lex->names.count;

    a->item->author = LEXICON_NONE;
    if (name.len == 0)
        return;
    a->item->author = terms_add(&lex->names, name);
    lex->authors = with_room(lex->authors, a->item->author,
                             &lex->authors_room, sizeof(*lex->authors));
    if (a->item->author == known)
        words_each(lex->words, name, add_name, a);
    author = &lex->authors[a->item->author];
    for (size_t i = 0; i < author->count; i++)
        count_up(&posting_of(lex, author->terms[i], a->number)->in_author);
    a->length += (uint32_t)author->count;
}

/*
 * True when a user's text says how things are to be done from now on.  Only
 * beginnings of words are looked at.
 */
static bool
is_standing(struct str text)
{
    static const char *const phrases[] = {
        "always ", "never ", "from now on", "when i ask", "whenever i ask",
        "i prefer",
    };
    char before = ' ';

    for (size_t i = 0; i < text.len; before = text.ptr[i++]) {
        if (before != ' ' && before != '\n' && before != '"')
            continue;
        for (size_t k = 0; k < COUNT(phrases); k++)
            if (str_starts_nocase(str_slice(text, i, text.len),
                                  str_from(phrases[k])))
                return true;
    }
    return false;
}

/* Puts the new item behind the last one of its session. */
static void
place_item(struct lexicon *lex, uint32_t number, uint32_t length)
{
    int64_t               id = lex->items[number].session_id;
    struct session       *s = session_of(lex, id);
    struct lexicon_place *place;

    lex->places = with_room(lex->places, number, &lex->places_room,
                            sizeof(*lex->places));
    place = &lex->places[number];
    *place = (struct lexicon_place){ LEXICON_NONE, LEXICON_NONE, length,
                                     length };
    if (s->count) {
        struct lexicon_place *last = &lex->places[s->last];

        place->previous = s->last;
        place->context += last->length;
        last->next = number;
        last->context += length;
        lex->total_context += length;
    } else {
        lex->session_count++;
    }
    lex->total_length += length;
    lex->total_context += place->context;
    *s = (struct session){ id, number, s->count + 1 };
}

void
lexicon_add(struct lexicon *lex, const struct memory_row *row)
{
    struct lexicon_item *item;
    struct adding        a;

    assert(lex->count < LEXICON_NONE);
    lex->items = with_room(lex->items, lex->count, &lex->room,
                           sizeof(*lex->items));
    item = &lex->items[lex->count];
    *item = (struct lexicon_item){
        .seq = row->seq,
        .id = row->id,
        .first_id = row->duplicate_of ? row->duplicate_of : row->id,
        .session_id = row->session_id,
        .occurred_ms = row->occurred_ms,
        .same = mixed(HASH_START + row->role, row->author),
        .tokens = (uint32_t)row->tokens,
        .role = (uint8_t)row->role,
        .asks = str_find_byte(row->text, '?') != STR_NOWHERE,
        .standing = row->role == ROLE_USER && is_standing(row->text),
    };
    a = (struct adding){ .lex = lex, .item = item, .number = lex->count };
    words_each(lex->words, row->text, add_word, &a);
    add_author(&a, row->author);
    if (item->words == 0) /* symbols only: equal if the bytes are */
        item->same = mixed(item->same, row->text);
    place_item(lex, lex->count, a.length);
    lex->count++;
}

uint32_t
lexicon_count(const struct lexicon *lex)
{
    return lex->count;
}

const struct lexicon_item *
lexicon_item(const struct lexicon *lex, uint32_t item)
{
    return &lex->items[item];
}

const struct lexicon_place *
lexicon_places(const struct lexicon *lex)
{
    return lex->places;
}

uint32_t
lexicon_term(const struct lexicon *lex, struct str word)
{
    return terms_find(&lex->terms, word);
}

const struct lexicon_postings *
lexicon_postings(const struct lexicon *lex, uint32_t term)
{
    return &lex->postings[term];
}

uint32_t
lexicon_author_count(const struct lexicon *lex)
{
    return lex->names.count;
}

const struct lexicon_author *
lexicon_author(const struct lexicon *lex, uint32_t author)
{
    return &lex->authors[author];
}

uint32_t
lexicon_session_count(const struct lexicon *lex, int64_t session_id)
{
    return lex->session_room ? session_slot(lex, session_id)->count : 0;
}

static double
mean(uint64_t total, uint32_t count)
{
    return count ? (double)total / count : 0;
}

double
lexicon_mean_length(const struct lexicon *lex)
{
    return mean(lex->total_length, lex->count);
}

double
lexicon_mean_context(const struct lexicon *lex)
{
    return mean(lex->total_context, lex->count);
}

size_t
lexicon_bytes(const struct lexicon *lex)
{
    return lex->room * sizeof(*lex->items) +
           lex->places_room * sizeof(*lex->places) +
           lex->postings_room * sizeof(*lex->postings) + lex->posting_bytes +
           lex->session_room * sizeof(*lex->sessions) +
           lex->authors_room * sizeof(*lex->authors) +
           terms_bytes(&lex->terms) + terms_bytes(&lex->names);
}
