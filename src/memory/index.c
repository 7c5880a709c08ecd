/* Base and tail as one. */
#include "memory/index.h"

#include "base/banned.h"

static struct index_part
part_of(const struct lexicon *lex)
{
    struct index_part part = { .lex = lex };

    if (!lex)
        return part;
    part.first = lexicon_first(lex);
    part.count = lexicon_count(lex);
    part.places = lexicon_places(lex);
    return part;
}

struct index
index_of(const struct lexicon *base, const struct lexicon *tail)
{
    return (struct index){ .parts = { part_of(base), part_of(tail) } };
}

/* What follows the last memory of a session that the base has. */
static void
cross_border(const struct index *ix, uint32_t item,
             struct lexicon_place *place)
{
    const struct index_part *tail = &ix->parts[INDEX_TAIL];

    place->next = lexicon_after(tail->lex, item);
    if (place->next != LEXICON_NONE)
        place->context += tail->places[place->next - tail->first].length;
}

struct lexicon_place
index_place(const struct index *ix, uint32_t item)
{
    const struct index_part *part = index_part(ix, item);
    struct lexicon_place     place = part->places[item - part->first];

    if (place.next == LEXICON_NONE && part == &ix->parts[INDEX_BASE])
        cross_border(ix, item, &place);
    if (place.previous >= index_count(ix))
        place.previous = LEXICON_NONE;
    if (place.next >= index_count(ix))
        place.next = LEXICON_NONE;
    return place;
}

const float *
index_vector(const struct index *ix, uint32_t item)
{
    uint32_t first = ix->parts[INDEX_TAIL].first;

    if (item < first)
        return ix->vectors ? vectors_at(ix->vectors, item) : NULL;
    return ix->fresh ? vector_list_at(ix->fresh, item - first) : NULL;
}

size_t
index_term(const struct index *ix, struct str word,
           uint32_t terms[INDEX_PARTS])
{
    size_t count = 0;

    for (size_t i = 0; i < INDEX_PARTS; i++) {
        const struct lexicon *lex = ix->parts[i].lex;

        terms[i] = lex ? lexicon_term(lex, word) : TERMS_NONE;
        if (terms[i] != TERMS_NONE)
            count += lexicon_postings(lex, terms[i]).count;
    }
    return count;
}

uint32_t
index_session_count(const struct index *ix, int64_t session_id)
{
    return lexicon_session_count(ix->parts[INDEX_TAIL].lex, session_id);
}

uint32_t
index_session_last(const struct index *ix, int64_t session_id)
{
    return lexicon_session_last(ix->parts[INDEX_TAIL].lex, session_id);
}

static double
mean(const struct index *ix, uint64_t (*total)(const struct lexicon *))
{
    uint64_t sum = total(ix->parts[INDEX_TAIL].lex);

    if (ix->parts[INDEX_BASE].lex)
        sum += total(ix->parts[INDEX_BASE].lex);
    return index_count(ix) ? (double)sum / index_count(ix) : 0;
}

double
index_mean_length(const struct index *ix)
{
    return mean(ix, lexicon_total_length);
}

double
index_mean_context(const struct index *ix)
{
    return mean(ix, lexicon_total_context);
}
