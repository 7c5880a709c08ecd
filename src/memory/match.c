/* BM25 over the postings of a question's words. */
#include "memory/match.h"

#include <math.h>
#include <stdlib.h>

#include "memory/hash.h"
#include "memory/words.h"

#include "base/banned.h"

/* Robertson and others, TREC-3: the usual constants; measured on LoCoMo. */
static const double K1 = 1.2;
static const double B = .75;

/* A vault of few memories says little about how rare a word is. */
static const double COUNT_FLOOR = 100;

/* Nobody's memory shares all of a long question: its rarest words count. */
enum { WHOLE_TERMS = 5 };

/* A word of the question. */
struct asked {
    struct question_term term;
    size_t               having;  /* memories that have it */
    uint64_t             hash;
    enum word_kind       kind;
    bool                 form;    /* of another one of the list */
};

struct asking {
    const struct index *index;
    struct asked       *list;
    size_t              count;
    size_t              room;
    bool                after_you;  /* the last word was "you" */
    bool                to_you;
};

static double
inverse(double items, double having)
{
    return log(1 + (items - having + .5) / (having + .5));
}

static bool
is_asked(const struct asking *a, uint64_t hash)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->list[i].hash == hash)
            return true;
    return false;
}

/* "you said", "you recommended". */
static bool
is_act_of_speech(struct str stem)
{
    static const char *const acts[] = { "say", "tell", "recommend", "suggest",
                                        "advis", "propos", "explain",
                                        "mention", "answer" };

    for (size_t i = 0; i < COUNT(acts); i++)
        if (str_equal(stem, str_from(acts[i])))
            return true;
    return false;
}

static void
ask_word(void *owner, const struct word *word)
{
    struct asking *a = owner;
    struct asked   asked = { .kind = word->kind, .form = word->form };
    double         items = index_count(a->index), having;

    if (a->after_you && is_act_of_speech(word->text))
        a->to_you = true;
    a->after_you = str_equal(word->text, STR("you"));
    asked.hash = hash_more(HASH_START, word->text);
    if (word->kind == WORD_STOP || a->count == a->room ||
        is_asked(a, asked.hash))
        return;
    asked.having = index_term(a->index, word->text, asked.term.numbers);
    having = (double)asked.having;
    asked.term.rarity = inverse(items, having);
    asked.term.weight = inverse(items > COUNT_FLOOR ? items : COUNT_FLOOR,
                                having);
    a->list[a->count++] = asked;
}

static int
rarest_first(const void *left, const void *right)
{
    const struct asked *l = left, *r = right;

    if (l->term.weight != r->term.weight)
        return l->term.weight < r->term.weight ? 1 : -1;
    return (l->hash > r->hash) - (l->hash < r->hash);
}

static void
weaken(struct asking *a, size_t part, uint32_t term)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->list[i].term.numbers[part] == term)
            a->list[i].kind = WORD_WEAK;
}

/* Who is asked about says little of what is asked. */
static void
weaken_names(struct asking *a)
{
    for (size_t part = 0; part < INDEX_PARTS; part++) {
        const struct lexicon *lex = a->index->parts[part].lex;
        uint32_t              count = lex ? lexicon_author_count(lex) : 0;

        for (uint32_t i = 0; i < count; i++) {
            struct lexicon_author names = lexicon_author(lex, i);

            for (size_t n = 0; n < names.count; n++)
                weaken(a, part, names.terms[n]);
        }
    }
}

/* Weak words are worth something only where there are no others. */
static void
weigh(struct asking *a)
{
    bool content = false;

    weaken_names(a);
    for (size_t i = 0; i < a->count; i++)
        content = content || a->list[i].kind == WORD_CONTENT;
    for (size_t i = 0; i < a->count; i++)
        if (content && a->list[i].kind == WORD_WEAK)
            a->list[i].term.weight = 0;
    qsort(a->list, a->count, sizeof(*a->list), rarest_first);
}

struct question
match_question(const struct index *ix, struct words *words, struct str text)
{
    struct asked    list[4 * QUESTION_TERMS_MAX];
    struct asking   a = { .index = ix, .list = list, .room = COUNT(list) };
    struct question q = { .count = 0 };
    size_t          counted = 0;

    words_each(words, text, ask_word, &a);
    q.foreign = words_were_foreign(words);
    weigh(&a);
    for (size_t i = 0; i < a.count; i++) {
        q.content += !list[i].form && list[i].kind == WORD_CONTENT;
        if (!list[i].form && counted++ < WHOLE_TERMS)
            q.whole += list[i].term.weight;
        if (list[i].having > 0 && q.count < QUESTION_TERMS_MAX)
            q.terms[q.count++] = list[i].term;
    }
    q.to_you = a.to_you;
    return q;
}

bool
match_names_author(const struct index *ix, const struct question *q,
                   size_t part, uint32_t author)
{
    struct lexicon_author names = lexicon_author(ix->parts[part].lex, author);

    for (size_t i = 0; i < names.count; i++)
        for (size_t k = 0; k < q->count; k++)
            if (names.terms[i] == q->terms[k].numbers[part])
                return true;
    return false;
}

/* Uses of a word in a text of some length, saturated: BM25 without rarity. */
struct saturation {
    float base;
    float slope;
};

static struct saturation
saturation_of(double mean_length)
{
    return (struct saturation){ (float)(K1 * (1 - B)),
                                (float)(K1 * B / mean_length) };
}

static float
saturated(const struct saturation *s, uint32_t uses, uint32_t length)
{
    float n = (float)uses;

    return n * (float)(K1 + 1) / (n + s->base + s->slope * (float)length);
}

/* One search. */
struct search {
    const struct index *index;
    struct scratch     *at;
    struct match_scope  scope;
    struct saturation   own_length;
    struct saturation   context_length;
    size_t              touched;  /* memories with near > 0, in at->touched */
    size_t              found;    /* memories with context > 0, in at->list */
};

static void
touch(struct search *s, uint32_t item, uint32_t uses)
{
    if (item == LEXICON_NONE)
        return;
    if (s->at->near[item] == 0)
        s->at->touched[s->touched++] = item;
    s->at->near[item] += uses;
}

static bool
is_filtered(const struct match_filter *f)
{
    return f->from_ms || f->to_ms || f->role != MATCH_ROLE_ANY;
}

static bool
passes(const struct match_filter *f, const struct lexicon_item *it)
{
    if (it->occurred_ms < f->from_ms ||
        (f->to_ms && it->occurred_ms >= f->to_ms))
        return false;
    switch (f->role) {
    case MATCH_ROLE_USER: return it->role == ROLE_USER;
    case MATCH_ROLE_ASSISTANT: return it->role == ROLE_ASSISTANT;
    case MATCH_ROLE_SYSTEM: return it->role == ROLE_SYSTEM;
    case MATCH_ROLE_ANY: break;
    }
    return true;
}

bool
match_is_in_scope(const struct index *ix, const struct match_scope *scope,
                  uint32_t item)
{
    const struct lexicon_item *it;

    if (!index_is_live(ix, item))
        return false;
    if (scope->all && !is_filtered(&scope->filter))
        return true;
    it = index_item(ix, item);
    return (scope->all || it->session_id == scope->first ||
            it->session_id == scope->second) && passes(&scope->filter, it);
}

static void
search_own(struct search *s, const struct index_part *part,
           struct lexicon_postings p, float rarity, float worth)
{
    struct scratch *at = s->at;

    for (size_t i = 0; i < p.count; i++) {
        uint32_t             item = p.list[i].item;
        uint32_t             uses = p.list[i].in_text + p.list[i].in_author;
        struct lexicon_place place;

        if (item - part->first >= part->count || uses == 0 ||
            !match_is_in_scope(s->index, &s->scope, item))
            continue;
        place = index_place(s->index, item);
        at->own[item] += rarity * saturated(&s->own_length, uses,
                                            place.length);
        if (p.list[i].in_text)
            at->shared[item] += worth;
        touch(s, item, uses);
        touch(s, place.previous, uses);
        touch(s, place.next, uses);
    }
}

/* After search_own(): the same term for everybody around. */
static void
search_context(struct search *s, float rarity)
{
    struct scratch *at = s->at;

    for (size_t i = 0; i < s->touched; i++) {
        uint32_t item = at->touched[i];

        if (at->context[item] <= 0)
            at->list[s->found++] = item;
        at->context[item] += rarity * saturated(
            &s->context_length, at->near[item],
            index_place(s->index, item).context);
        at->near[item] = 0;
    }
    s->touched = 0;
}

static void
search_term(struct search *s, const struct question_term *term, double whole)
{
    for (size_t i = 0; i < INDEX_PARTS; i++) {
        const struct index_part *part = &s->index->parts[i];

        if (term->numbers[i] != TERMS_NONE)
            search_own(s, part, lexicon_postings(part->lex, term->numbers[i]),
                       (float)term->rarity, (float)(term->weight / whole));
    }
    search_context(s, (float)term->rarity);
}

size_t
match_scope_count(const struct index *ix, const struct match_scope *scope)
{
    size_t count;

    if (scope->all)
        return index_count(ix);
    count = index_session_count(ix, scope->first);
    if (scope->second != scope->first)
        count += index_session_count(ix, scope->second);
    return count;
}

static struct moments
moments_of(double sum, double squares, size_t count)
{
    double mean = count ? sum / (double)count : 0;
    double variance = count ? squares / (double)count - mean * mean : 0;

    return (struct moments){ mean, variance > 0 ? sqrt(variance) : 0 };
}

/* Memories without any of the words count as zeros. */
static void
measure(struct matches *m)
{
    double own = 0, own2 = 0, context = 0, context2 = 0;
    size_t count = match_scope_count(m->index, &m->scope);

    for (size_t i = 0; i < m->count; i++) {
        double o = (double)m->scratch->own[m->found[i]];
        double c = (double)m->scratch->context[m->found[i]];

        own += o;
        own2 += o * o;
        context += c;
        context2 += c * c;
    }
    m->own = moments_of(own, own2, count);
    m->context = moments_of(context, context2, count);
}

struct matches
match_find(const struct index *ix, const struct question *q,
           const struct match_scope *scope, struct scratch *scratch)
{
    struct search s = {
        .index = ix,
        .at = scratch,
        .scope = *scope,
        .own_length = saturation_of(index_mean_length(ix)),
        .context_length = saturation_of(index_mean_context(ix)),
    };
    struct matches m = { .index = ix, .scratch = scratch };

    /* What everything is in needs no look at each memory's session. */
    if (match_scope_count(ix, scope) == index_count(ix))
        s.scope.all = true;
    for (size_t i = 0; i < q->count; i++)
        search_term(&s, &q->terms[i], q->whole);
    m.scope = s.scope;
    m.found = scratch->list;
    m.count = s.found;
    measure(&m);
    return m;
}

void
match_done(struct matches *m)
{
    struct scratch *at = m->scratch;

    for (size_t i = 0; i < m->count; i++)
        at->own[m->found[i]] = at->context[m->found[i]] =
            at->shared[m->found[i]] = 0;
}
