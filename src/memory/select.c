/* Choosing among the ranked. */
#include "memory/select.h"

#include <math.h>

#include "memory/dot.h"
#include "memory/facts.h"
#include "memory/passage.h"

#include "base/banned.h"

static const char *const fate_names[] = {
    [FATE_CHOSEN] = "chosen",
    [FATE_IRRELEVANT] = "irrelevant",
    [FATE_REPEATED] = "repeated",
    [FATE_LIMIT] = "limit",
    [FATE_BUDGET] = "budget",
    [FATE_GONE] = "gone",
};

const char *
select_fate_name(enum fate fate)
{
    return fate_names[fate];
}

static bool
is_later(const struct lexicon_item *l, const struct lexicon_item *r)
{
    return l->occurred_ms != r->occurred_ms ? l->occurred_ms > r->occurred_ms
                                            : l->id > r->id;
}

/* Of two that say the same the newer wording stays, at the better place. */
static void
merge(struct pick *better, struct pick *worse)
{
    if (is_later(&worse->item, &better->item)) {
        struct lexicon_item      item = better->item;
        const struct memory_row *row = better->row;
        enum window              window = better->window;
        size_t                   tokens = better->tokens;

        better->item = worse->item;
        better->row = worse->row;
        better->window = worse->window;
        better->tokens = worse->tokens;
        worse->item = item;
        worse->row = row;
        worse->window = window;
        worse->tokens = tokens;
    }
    worse->fate = FATE_REPEATED;
    worse->other_id = better->item.id;
}

/* The better pick that says the same to the letter, or NULL. */
static struct pick *
find_same(struct pick *picks, const struct pick *p)
{
    for (struct pick *better = picks; better < p; better++)
        if (better->fate == FATE_CHOSEN &&
            (better->item.first_id == p->item.first_id ||
             better->item.same == p->item.same))
            return better;
    return NULL;
}

/* How many more may be in the running. */
struct running {
    size_t all;
    size_t windows[WINDOW_COUNT];
};

static struct running
running_of(const struct select_query *q)
{
    struct running r = { .all = q->limit + SELECT_SPARE };

    for (size_t i = 0; i < WINDOW_COUNT; i++)
        r.windows[i] = windows_share(&q->windows, q->limit) +
                       SELECT_SPARE_EACH;
    return r;
}

static bool
take_place(size_t *places)
{
    return *places > 0 && (*places)-- > 0;
}

struct pick *
select_begin(const struct index *ix, struct arena *a,
             const struct select_query *q, const struct ranked *ranked,
             size_t count)
{
    struct pick   *picks = arena_array(a, struct pick, count);
    struct running running = running_of(q);

    for (size_t i = 0; i < count; i++) {
        struct pick *p = &picks[i], *same;
        bool         in_all, in_window;

        p->ranked = ranked[i];
        p->item = *index_item(ix, ranked[i].item);
        p->window = windows_find(&q->windows, p->item.occurred_ms);
        p->fate = ranked[i].relevant || (q->related_too && ranked[i].related)
                      ? FATE_CHOSEN : FATE_IRRELEVANT;
        if (p->fate != FATE_CHOSEN)
            continue;
        if ((same = find_same(picks, p)) != NULL) {
            merge(same, p);
            continue;
        }
        in_all = take_place(&running.all);
        in_window = take_place(&running.windows[p->window]);
        if (!in_all && !in_window)
            p->fate = FATE_LIMIT;
    }
    return picks;
}

/* Whether the vector is that of the text alone. */
static bool
is_own_text(const struct lexicon_item *it)
{
    return it->author == LEXICON_NONE || it->words >= PASSAGE_SHORT_WORDS;
}

static const float *
own_vector(const struct index *ix, const struct pick *p)
{
    return is_own_text(&p->item) ? index_vector(ix, p->ranked.item) : NULL;
}

struct likeness
select_likeness(const struct index *ix, struct arena *a,
                const struct pick *picks, size_t count)
{
    const float   **vectors = arena_array(a, const float *, SELECT_COMPARED);
    struct likeness l = { NULL, 0 };
    float          *cosines;

    for (size_t i = 0; i < count && l.count < SELECT_COMPARED; i++)
        if (picks[i].fate == FATE_CHOSEN)
            vectors[l.count++] = own_vector(ix, &picks[i]);
    cosines = arena_array(a, float, l.count * l.count);
    for (size_t i = 0; i < l.count; i++)
        for (size_t k = 0; k < i; k++)
            cosines[i * l.count + k] = cosines[k * l.count + i] =
                vectors[i] && vectors[k]
                    ? dot_product(vectors[i], vectors[k], ix->dimensions)
                    : NAN;
    l.cosines = cosines;
    return l;
}

/* Those that are still in the running and were compared. */
struct compared {
    struct pick           *picks[SELECT_COMPARED];
    struct facts          *facts;
    const struct likeness *likeness;
    size_t                 count;
};

static float
cosine_of(const struct compared *c, size_t i, size_t k)
{
    return c->likeness->cosines[i * c->likeness->count + k];
}

static bool
are_comparable(const struct pick *l, const struct pick *r)
{
    return l->fate == FATE_CHOSEN && r->fate == FATE_CHOSEN &&
           l->named == r->named &&
           l->item.role == r->item.role && l->item.asks == r->item.asks &&
           str_equal(l->row->author, r->row->author);
}

static void
merge_pair(struct compared *c, size_t k, size_t i)
{
    const struct memory_row *row = c->picks[k]->row;
    struct facts             facts = c->facts[k];

    merge(c->picks[k], c->picks[i]);
    if (c->picks[k]->row == row)
        return;
    c->facts[k] = c->facts[i];
    c->facts[i] = facts;
}

/* The later of two says what the other one said. */
static bool
repeats(const struct compared *c, size_t k, size_t i)
{
    bool k_is_later = is_later(&c->picks[k]->item, &c->picks[i]->item);

    return facts_repeat(&c->facts[k_is_later ? k : i],
                        &c->facts[k_is_later ? i : k], cosine_of(c, k, i));
}

static void
merge_same(struct compared *c)
{
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < i; k++)
            if (are_comparable(c->picks[k], c->picks[i]) && repeats(c, k, i))
                merge_pair(c, k, i);
}

/* Of two on one subject the older is marked: the later one holds now. */
static void
mark_earlier(struct compared *c)
{
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->count; k++) {
            struct pick *older = c->picks[i], *newer = c->picks[k];

            if (i != k && older->other_id == 0 && !older->item.asks &&
                are_comparable(older, newer) &&
                is_later(&newer->item, &older->item) &&
                facts_supersede(&c->facts[k], &c->facts[i],
                                cosine_of(c, i, k)))
                older->other_id = newer->item.id;
        }
}

static void
read_facts(struct compared *c, struct arena *a, struct words *words)
{
    c->facts = arena_array(a, struct facts, c->count);
    for (size_t i = 0; i < c->count; i++)
        if (c->picks[i]->row)
            facts_read(words, c->picks[i]->row->text, &c->facts[i]);
}

static struct compared
compare(struct arena *a, struct words *words, struct pick *picks, size_t count,
        const struct likeness *likeness)
{
    struct compared c = { .likeness = likeness };

    /* What is gone by now was compared, too: numbers stay as they were. */
    for (size_t i = 0; i < count && c.count < likeness->count; i++)
        if (picks[i].fate == FATE_CHOSEN || picks[i].fate == FATE_GONE)
            c.picks[c.count++] = &picks[i];
    read_facts(&c, a, words);
    return c;
}

/* The room that is left in limit and budget, for all or for a window. */
struct room {
    size_t memories;
    size_t tokens;
};

static bool
fits(struct room *room, const struct pick *p)
{
    if (room->memories == 0 || p->tokens > room->tokens)
        return false;
    room->memories--;
    room->tokens -= p->tokens;
    return true;
}

/* Programs store "name: value" and look it up by name. */
static void
find_named(const struct select_query *q, struct pick *picks, size_t count)
{
    for (size_t i = 0; i < count && q->name.len; i++) {
        struct pick *p = &picks[i];

        p->named = p->fate == FATE_CHOSEN && p->row &&
                   str_starts(p->row->text, q->name) &&
                   str_starts(str_slice(p->row->text, q->name.len,
                                        p->row->text.len), STR(":"));
    }
}

/* The latest of those that have the name and no place, or NULL. */
static struct pick *
latest_named(struct pick *picks, size_t count, const bool *taken)
{
    struct pick *latest = NULL;

    for (size_t i = 0; i < count; i++)
        if (picks[i].named && picks[i].fate == FATE_CHOSEN && !taken[i] &&
            (!latest || is_later(&picks[i].item, &latest->item)))
            latest = &picks[i];
    return latest;
}

/* What has the name first, then each window's share, and what is left for the
 * best of all. */
static void
share_out(const struct select_query *q, struct pick *picks, size_t count,
          bool *taken)
{
    struct room windows[WINDOW_COUNT];
    struct room all = { q->limit, q->token_budget };
    struct pick *named;

    while ((named = latest_named(picks, count, taken)) != NULL &&
           fits(&all, named))
        taken[named - picks] = true;
    for (size_t i = 0; i < WINDOW_COUNT; i++)
        windows[i] = (struct room){
            windows_share(&q->windows, all.memories),
            windows_share(&q->windows, all.tokens),
        };
    for (size_t i = 0; i < count; i++)
        if (picks[i].fate == FATE_CHOSEN && !taken[i] &&
            fits(&windows[picks[i].window], &picks[i]))
            taken[i] = fits(&all, &picks[i]);
    for (size_t i = 0; i < count; i++) {
        if (picks[i].fate != FATE_CHOSEN || taken[i])
            continue;
        if (all.memories == 0)
            picks[i].fate = FATE_LIMIT;
        else if (!fits(&all, &picks[i]))
            picks[i].fate = FATE_BUDGET;
    }
}

void
select_end(struct arena *a, struct words *words,
           const struct select_query *q, struct pick *picks, size_t count,
           const struct likeness *likeness)
{
    struct compared c = compare(a, words, picks, count, likeness);

    find_named(q, picks, count);
    merge_same(&c);
    share_out(q, picks, count, arena_array(a, bool, count));
    mark_earlier(&c);
}
