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
    uint32_t       term;   /* or TERMS_NONE */
    uint64_t       hash;
    double         rarity;
    double         weight;
    enum word_kind kind;
};

struct asking {
    const struct lexicon *lex;
    struct asked         *list;
    size_t                count;
    size_t                room;
    bool                  after_you;  /* the last word was "you" */
    bool                  to_you;
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
    struct asked   asked = { .kind = word->kind };
    double         items = lexicon_count(a->lex), having = 0;

    if (a->after_you && is_act_of_speech(word->text))
        a->to_you = true;
    a->after_you = str_equal(word->text, STR("you"));
    if (word->kind == WORD_STOP || a->count == a->room)
        return;
    asked.term = lexicon_term(a->lex, word->text);
    asked.hash = hash_more(HASH_START, word->text);
    if (is_asked(a, asked.hash))
        return;
    if (asked.term != TERMS_NONE)
        having = lexicon_postings(a->lex, asked.term)->count;
    asked.rarity = inverse(items, having);
    asked.weight = inverse(items > COUNT_FLOOR ? items : COUNT_FLOOR, having);
    a->list[a->count++] = asked;
}

static int
rarest_first(const void *left, const void *right)
{
    const struct asked *l = left, *r = right;

    if (l->weight != r->weight)
        return l->weight < r->weight ? 1 : -1;
    return (l->hash > r->hash) - (l->hash < r->hash);
}

/* Who is asked about says little of what is asked. */
static void
weaken_names(struct asking *a)
{
    for (uint32_t i = 0; i < lexicon_author_count(a->lex); i++) {
        const struct lexicon_author *names = lexicon_author(a->lex, i);

        for (size_t n = 0; n < names->count; n++)
            for (size_t k = 0; k < a->count; k++)
                if (a->list[k].term == names->terms[n])
                    a->list[k].kind = WORD_WEAK;
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
            a->list[i].weight = 0;
    qsort(a->list, a->count, sizeof(*a->list), rarest_first);
}

struct question
match_question(const struct lexicon *lex, struct str text)
{
    struct asked    list[4 * QUESTION_TERMS_MAX];
    struct asking   a = { .lex = lex, .list = list, .room = COUNT(list) };
    struct words   *words = words_new();
    struct question q = { .count = 0 };

    words_each(words, text, ask_word, &a);
    words_free(words);
    weigh(&a);
    for (size_t i = 0; i < a.count; i++) {
        if (i < WHOLE_TERMS)
            q.whole += list[i].weight;
        if (list[i].term == TERMS_NONE || q.count == QUESTION_TERMS_MAX)
            continue;
        q.terms[q.count] = list[i].term;
        q.rarity[q.count] = list[i].rarity;
        q.weight[q.count++] = list[i].weight;
    }
    q.to_you = a.to_you;
    return q;
}

bool
match_names_author(const struct lexicon *lex, const struct question *q,
                   uint32_t author)
{
    const struct lexicon_author *names = lexicon_author(lex, author);

    for (size_t i = 0; i < names->count; i++)
        for (size_t k = 0; k < q->count; k++)
            if (names->terms[i] == q->terms[k])
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

/* The arrays of one search, one element a memory. */
struct search {
    const struct lexicon       *lex;
    const struct lexicon_place *places;
    const struct match_scope   *scope;
    struct saturation           own_length;
    struct saturation           context_length;
    float                      *own;
    float                      *context;
    float                      *shared;
    uint32_t                   *near;     /* uses here and next door */
    uint32_t                   *touched;  /* memories with near > 0 */
    size_t                      touched_count;
    uint32_t                   *found;    /* memories with context > 0 */
    size_t                      found_count;
};

static void
touch(struct search *s, uint32_t item, uint32_t uses)
{
    if (item == LEXICON_NONE)
        return;
    if (s->near[item] == 0)
        s->touched[s->touched_count++] = item;
    s->near[item] += uses;
}

static bool
is_in_scope(const struct search *s, uint32_t item)
{
    int64_t session;

    if (s->scope->all)
        return true;
    session = lexicon_item(s->lex, item)->session_id;
    return session == s->scope->first || session == s->scope->second;
}

static void
search_own(struct search *s, const struct lexicon_postings *p, float rarity,
           float worth)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct lexicon_posting *at = &p->list[i];
        const struct lexicon_place   *place = &s->places[at->item];
        uint32_t                      uses = at->in_text + at->in_author;

        if (!is_in_scope(s, at->item))
            continue;
        s->own[at->item] += rarity * saturated(&s->own_length, uses,
                                               place->length);
        if (at->in_text)
            s->shared[at->item] += worth;
        touch(s, at->item, uses);
        touch(s, place->previous, uses);
        touch(s, place->next, uses);
    }
}

/* After search_own(): the same term for everybody around. */
static void
search_context(struct search *s, float rarity)
{
    for (size_t i = 0; i < s->touched_count; i++) {
        uint32_t item = s->touched[i];

        if (s->context[item] <= 0)
            s->found[s->found_count++] = item;
        s->context[item] += rarity * saturated(&s->context_length,
                                               s->near[item],
                                               s->places[item].context);
        s->near[item] = 0;
    }
    s->touched_count = 0;
}

static size_t
scope_count(const struct lexicon *lex, const struct match_scope *scope)
{
    size_t count;

    if (scope->all)
        return lexicon_count(lex);
    count = lexicon_session_count(lex, scope->first);
    if (scope->second != scope->first)
        count += lexicon_session_count(lex, scope->second);
    return count;
}

static struct moments
moments_of(double sum, double squares, size_t count)
{
    double mean = count ? sum / (double)count : 0;
    double variance = count ? squares / (double)count - mean * mean : 0;

    return (struct moments){ mean, variance > 0 ? sqrt(variance) : 0 };
}

static struct matches
gather(const struct search *s, struct arena *a, size_t scope_items)
{
    struct matches m = { .count = s->found_count, .shared = s->shared };
    double         own = 0, own2 = 0, context = 0, context2 = 0;

    m.list = arena_array(a, struct match, m.count);
    for (size_t i = 0; i < m.count; i++) {
        uint32_t item = s->found[i];
        double   o = (double)s->own[item], c = (double)s->context[item];

        m.list[i] = (struct match){ item, o, c, (double)s->shared[item] };
        own += o;
        own2 += o * o;
        context += c;
        context2 += c * c;
    }
    /* Memories without any of the words count as zeros. */
    m.own = moments_of(own, own2, scope_items);
    m.context = moments_of(context, context2, scope_items);
    return m;
}

struct matches
match_find(const struct lexicon *lex, struct arena *a,
           const struct question *q, const struct match_scope *scope)
{
    size_t        count = lexicon_count(lex);
    struct search s = {
        .lex = lex,
        .places = lexicon_places(lex),
        .scope = scope,
        .own_length = saturation_of(lexicon_mean_length(lex)),
        .context_length = saturation_of(lexicon_mean_context(lex)),
        .own = arena_array(a, float, count),
        .context = arena_array(a, float, count),
        .shared = arena_array(a, float, count),
        .near = arena_array(a, uint32_t, count),
        .touched = arena_array(a, uint32_t, count),
        .found = arena_array(a, uint32_t, count),
    };

    for (size_t i = 0; i < q->count; i++) {
        float rarity = (float)q->rarity[i];

        search_own(&s, lexicon_postings(lex, q->terms[i]), rarity,
                   (float)(q->weight[i] / q->whole));
        search_context(&s, rarity);
    }
    return gather(&s, a, scope_count(lex, scope));
}
