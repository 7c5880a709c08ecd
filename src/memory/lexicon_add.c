/* Building the index of words. */
#include "memory/lexicon.h"

#include <assert.h>
#include <stdlib.h>

#include "memory/hash.h"
#include "memory/lexicon_arrays.h"
#include "memory/signs.h"
#include "memory/words.h"

#include "base/banned.h"

enum { FIRST_ROOM = 32 };

/* What the tokeniser's callbacks write to. */
struct adding {
    struct lexicon      *lex;
    struct lexicon_item *item;
    uint32_t             number;
    uint32_t             length;  /* indexed words */
};

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

static struct session_slot *
slot_of(const struct lexicon *lex, int64_t id)
{
    uint32_t i = (uint32_t)((uint64_t)id * 0x9E3779B97F4A7C15U >> 32);

    i &= lex->session_room - 1;
    while (lex->sessions[i].count && lex->sessions[i].id != id)
        i = (i + 1) & (lex->session_room - 1);
    return &lex->sessions[i];
}

/* The session's slot, with room for a new one. */
static struct session_slot *
session_of(struct lexicon *lex, int64_t id)
{
    struct session_slot *old = lex->sessions;
    uint32_t             old_room = lex->session_room;

    if (lex->session_count * 2 < old_room)
        return slot_of(lex, id);
    lex->session_room = old_room ? old_room * 2 : FIRST_ROOM;
    lex->sessions = alloc_array_or_die(lex->session_room, sizeof(*old));
    for (uint32_t i = 0; i < old_room; i++)
        if (old[i].count)
            *slot_of(lex, old[i].id) = old[i];
    free(old);
    return slot_of(lex, id);
}

/* A posting of this item under this term, new or begun before. */
static struct lexicon_posting *
posting_of(struct lexicon *lex, uint32_t term, uint32_t item)
{
    struct postings_list *p;

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

    if (!word->form)
        count_up(&a->item->words);
    if (!word->form && word->kind == WORD_CONTENT)
        count_up(&a->item->content);
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
    struct adding  *a = owner;
    struct lexicon *lex = a->lex;

    if (word->kind == WORD_STOP)
        return;
    lex->author_terms = with_room(lex->author_terms, lex->author_term_count,
                                  &lex->author_terms_room,
                                  sizeof(*lex->author_terms));
    lex->author_terms[lex->author_term_count++] = terms_add(&lex->terms,
                                                            word->text);
    lex->authors[a->item->author].count++;
}

/* Counts the author's name as words of the item. */
static void
add_author(struct adding *a, struct str name)
{
    struct lexicon       *lex = a->lex;
    struct lexicon_author author;
    uint32_t              known = lex->names.count;

    a->item->author = LEXICON_NONE;
    if (name.len == 0)
        return;
    a->item->author = terms_add(&lex->names, name);
    lex->authors = with_room(lex->authors, a->item->author,
                             &lex->authors_room, sizeof(*lex->authors));
    if (a->item->author == known) {
        lex->authors[known].first = lex->author_term_count;
        words_each(lex->words, name, add_name, a);
    }
    author = lexicon_author(lex, a->item->author);
    for (size_t i = 0; i < author.count; i++)
        count_up(&posting_of(lex, author.terms[i], a->number)->in_author);
    a->length += (uint32_t)author.count;
}

/* Keeps the links in order of the base's memories, one each. */
static void
link_base(struct lexicon *lex, uint32_t before, uint32_t number)
{
    uint32_t at = lex->link_count;

    while (at > 0 && lex->links[at - 1].item > before)
        at--;
    if (at > 0 && lex->links[at - 1].item == before) {
        lex->links[at - 1].next = number;
        return;
    }
    lex->links = with_room(lex->links, lex->link_count, &lex->links_room,
                           sizeof(*lex->links));
    memmove(lex->links + at + 1, lex->links + at,
            (lex->link_count - at) * sizeof(*lex->links));
    lex->links[at] = (struct lexicon_link){ before, number };
    lex->link_count++;
}

static uint32_t
length_at(const struct lexicon *lex, uint32_t item)
{
    if (item == LEXICON_NONE)
        return 0;
    return lexicon_place(item < lex->first ? lex->base : lex, item)->length;
}

/* What was edited moved to the end of the list, but not in its session: there
 * it stands where its id is.  The places of a base do not change. */
static uint32_t
find_before(const struct lexicon *lex, const struct lexicon_item *item,
            uint32_t *after)
{
    uint32_t before = lexicon_session_last(lex, item->session_id);

    *after = LEXICON_NONE;
    while (before != LEXICON_NONE && before >= lex->first &&
           lex->items[before - lex->first].id > item->id) {
        *after = before;
        before = lex->places[before - lex->first].previous;
    }
    return before;
}

/* Between two neighbours; each has the other's words no more, but its own. */
static void
link_between(struct lexicon *lex, uint32_t before, uint32_t number,
             uint32_t after)
{
    uint32_t before_length = length_at(lex, before);
    uint32_t after_length = length_at(lex, after);
    uint32_t length = length_at(lex, number);
    uint32_t first = lex->first;

    if (before != LEXICON_NONE) {
        lex->total_context += length;
        lex->total_context -= after_length;
        if (before < first) {
            link_base(lex, before, number);
        } else {
            lex->places[before - first].next = number;
            lex->places[before - first].context += length - after_length;
        }
    }
    if (after != LEXICON_NONE) {
        lex->total_context += length;
        lex->total_context -= before_length;
        lex->places[after - first].previous = number;
        lex->places[after - first].context += length - before_length;
    }
    lex->total_context += before_length + length + after_length;
}

/* Puts the new item into its session. */
static void
place_item(struct lexicon *lex, uint32_t number, uint32_t length)
{
    const struct lexicon_item *item = &lex->items[number - lex->first];
    struct session_slot       *s;
    uint32_t                   after;
    uint32_t                   before = find_before(lex, item, &after);

    lex->places = with_room(lex->places, lex->count, &lex->places_room,
                            sizeof(*lex->places));
    lex->places[lex->count++] = (struct lexicon_place){
        before, after, length,
        length_at(lex, before) + length + length_at(lex, after) };
    link_between(lex, before, number, after);
    s = session_of(lex, item->session_id);
    lex->session_count += s->count == 0;
    lex->total_length += length;
    *s = (struct session_slot){ item->session_id,
                                after == LEXICON_NONE ? number : s->last,
                                s->count + 1 };
}

static void
note_standing(struct lexicon *lex, uint32_t number)
{
    lex->standing = with_room(lex->standing, lex->standing_count,
                              &lex->standing_room, sizeof(*lex->standing));
    lex->standing[lex->standing_count++] = number;
}

void
lexicon_add(struct lexicon *lex, const struct memory_row *row)
{
    uint32_t             number = lex->first + lex->count;
    struct signs         signs = signs_of(row->text);
    struct lexicon_item *item;
    struct adding        a;

    assert(number < LEXICON_NONE && lex->words);
    lex->items = with_room(lex->items, lex->count, &lex->items_room,
                           sizeof(*lex->items));
    item = &lex->items[lex->count];
    *item = (struct lexicon_item){
        .seq = row->seq,
        .id = row->id,
        .first_id = row->duplicate_of ? row->duplicate_of : row->id,
        .session_id = row->session_id,
        .occurred_ms = row->occurred_ms,
        .same = mixed(HASH_START + row->role, row->author),
        .tokens = (uint16_t)(row->tokens < UINT16_MAX ? row->tokens
                                                      : UINT16_MAX),
        .role = (uint8_t)row->role,
        .asks = signs.asks,
        .timed = signs.timed,
        .named = signs.named,
        .standing = row->role == ROLE_USER && signs.standing,
    };
    a = (struct adding){ .lex = lex, .item = item, .number = number };
    words_each(lex->words, row->text, add_word, &a);
    add_author(&a, row->author);
    if (item->words == 0) /* symbols only: equal if the bytes are */
        item->same = mixed(item->same, row->text);
    if (item->standing)
        note_standing(lex, number);
    place_item(lex, number, a.length);
}
