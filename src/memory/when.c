/* From phrases of time to ranges. */
#include "memory/when.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "memory/calendar.h"
#include "memory/fold.h"
#include "memory/timephrase.h"

#include "base/banned.h"

#define MINUTE_MS INT64_C(60000)

enum {
    OFFSET_MAX_MINUTES = 1440,
    YEARS_MAX = 9000,  /* around 1970; nobody asks outside */
    COUNT_MAX = 5000,  /* units before something */
};

/* What is being filled. */
struct asking {
    const struct timetext *text;
    struct period_now      now;
    int64_t                offset_ms;
    struct when_range     *ranges;
    size_t                 count;
};

static void
push(struct asking *a, int64_t from, int64_t to, bool rough)
{
    struct when_range *r = &a->ranges[a->count];

    if (a->count == WHEN_RANGES_MAX || from > a->now.ms || from >= to)
        return;
    *r = (struct when_range){
        .from_ms = from == WHEN_EVER_MS ? from : from - a->offset_ms,
        .to_ms = to - a->offset_ms,
        .strength = rough ? WHEN_VAGUE : WHEN_STRONG,
    };
    for (size_t i = 0; i < a->count; i++)
        if (a->ranges[i].from_ms == r->from_ms &&
            a->ranges[i].to_ms == r->to_ms)
            return;
    a->count++;
}

static enum time_unit
unit_of(const struct timetoken *t)
{
    return (enum time_unit)(t->value & ~TIME_PLURAL);
}

static size_t
skip_fill(const struct asking *a, size_t at)
{
    while (a->text->tokens[at].kind == TIME_FILL)
        at++;
    return at;
}

/* A time behind a word like "since", with articles between. */
static bool
bound_at(const struct asking *a, size_t at, struct timephrase *found)
{
    const struct timetoken *tokens = a->text->tokens;

    while (tokens[at].kind == TIME_FILL || tokens[at].kind == TIME_IN ||
           tokens[at].kind == TIME_FROM || tokens[at].kind == TIME_TO)
        at++;
    return timephrase_at(a->text, at, &a->now, true, found);
}

/* "since Monday", "before March", "after 2021", "until yesterday". */
static bool
read_half(struct asking *a, size_t *at)
{
    enum timeword_kind kind = a->text->tokens[*at].kind;
    struct timephrase  p;

    if (kind != TIME_SINCE && kind != TIME_BEFORE && kind != TIME_AFTER &&
        kind != TIME_UNTIL)
        return false;
    /* German "vor 3 Tagen" is no bound. */
    if (timephrase_at(a->text, *at, &a->now, false, &p) ||
        !bound_at(a, *at + 1, &p))
        return false;
    for (size_t i = 0; i < p.count; i++) {
        const struct period *l = &p.list[i];

        if (kind == TIME_SINCE)
            push(a, l->from_ms, a->now.ms + 1, l->rough);
        else if (kind == TIME_AFTER)
            push(a, l->to_ms, a->now.ms + 1, l->rough);
        else
            push(a, WHEN_EVER_MS,
                 kind == TIME_BEFORE ? l->from_ms : l->to_ms, l->rough);
    }
    *at = p.next;
    return true;
}

/* The first time of two, "5" of "between 5 and 7 May" too. */
static bool
first_of_two(const struct asking *a, size_t at, struct timephrase *first,
             bool *day_only)
{
    const struct timetoken *t;

    *day_only = false;
    if (bound_at(a, at, first))
        return true;
    at = skip_fill(a, at);
    t = &a->text->tokens[at];
    if (t->kind != TIME_NUMBER || t->value < 1 || t->value > 31)
        return false;
    *day_only = true;
    first->next = at + 1;
    first->count = 0;
    return true;
}

/* The period from the beginning of one to the end of the other. */
static void
push_between(struct asking *a, struct period first, struct period last)
{
    if (first.from_ms > last.from_ms &&
        (first.cycle_months || first.cycle_days))
        first = period_before(&first);
    if (first.from_ms > last.from_ms) {
        struct period other = first;

        first = last;
        last = other;
    }
    push(a, first.from_ms, last.to_ms, first.rough || last.rough);
}

/* "between May and July", "from Monday to Friday", "5-7 May". */
static bool
read_between(struct asking *a, size_t *at)
{
    enum timeword_kind kind = a->text->tokens[*at].kind, joint;
    struct timephrase  first, last;
    struct period      from;
    bool               day_only;

    if (kind != TIME_BETWEEN && kind != TIME_FROM && kind != TIME_NUMBER)
        return false;
    if (!first_of_two(a, *at + (kind != TIME_NUMBER), &first, &day_only))
        return false;
    joint = a->text->tokens[first.next].kind;
    if (joint != TIME_TO && joint != TIME_UNTIL &&
        (joint != TIME_AND || kind != TIME_BETWEEN))
        return false;
    if (!bound_at(a, first.next + 1, &last))
        return false;
    from = day_only ? last.list[0] : first.list[0];
    if (day_only) {
        struct calendar_date d =
            calendar_date(period_now(from.from_ms).day);

        from = period_days(calendar_day(d.year, d.month,
                                        a->text->tokens[first.next - 1].value),
                           1);
    }
    push_between(a, from, last.list[0]);
    *at = last.next;
    return true;
}

/* What stands as far on the other side of the middle of a day. */
static struct period
mirrored(struct period p, int64_t day)
{
    int64_t twice = 2 * period_days(day, 0).from_ms + 1440 * MINUTE_MS;

    return (struct period){ .from_ms = twice - p.to_ms,
                            .to_ms = twice - p.from_ms, .rough = p.rough };
}

/* What "two weeks before" and its kind say of a time. */
static struct period
beside(const struct timetoken *t, int count, enum timeword_kind side,
       const struct period *of)
{
    struct period_now anchor = period_now(of->from_ms);
    struct period     p;

    if (t->kind == TIME_WEEKDAY) {
        anchor.day += side == TIME_AFTER ? 8 : 0;
        return period_weekday(&anchor, t->value);
    }
    p = count ? period_ago(&anchor, count, unit_of(t))
              : period_rolling(&anchor, 1, unit_of(t));
    return side == TIME_AFTER ? mirrored(p, anchor.day) : p;
}

/* "the week before Christmas", "3 days after 5 May", "Sunday before May". */
static bool
read_beside(struct asking *a, size_t *at)
{
    const struct timetoken *t = &a->text->tokens[*at];
    int                     count = 0;
    enum timeword_kind      side;
    struct timephrase       found;
    struct period           p;

    if (t->kind == TIME_LAST)
        t++;
    else if (t->kind == TIME_NUMBER || t->kind == TIME_FEW)
        count = t++->value;
    if ((t->kind != TIME_UNIT && t->kind != TIME_WEEKDAY) ||
        count > COUNT_MAX)
        return false;
    side = t[1].kind;
    if ((side != TIME_BEFORE && side != TIME_AFTER) ||
        !bound_at(a, (size_t)(t + 2 - a->text->tokens), &found))
        return false;
    p = beside(t, count, side, &found.list[0]);
    push(a, p.from_ms, p.to_ms, p.rough);
    *at = found.next;
    return true;
}

static bool
read_plain(struct asking *a, size_t *at)
{
    struct timephrase p;

    if (!timephrase_at(a->text, *at, &a->now, false, &p))
        return false;
    for (size_t i = 0; i < p.count; i++)
        push(a, p.list[i].from_ms, p.list[i].to_ms, p.list[i].rough);
    *at = p.next;
    return true;
}

size_t
when_asked(struct str question, const struct when_now *now,
           struct when_range ranges[WHEN_RANGES_MAX])
{
    int64_t          limit = calendar_day(1970 + YEARS_MAX, 1, 1) * 1440;
    struct asking    a = { .ranges = ranges };
    struct timetext *text;

    if (now->offset_minutes > OFFSET_MAX_MINUTES ||
        now->offset_minutes < -OFFSET_MAX_MINUTES ||
        now->ms / MINUTE_MS > limit || now->ms / MINUTE_MS < -limit)
        return 0;
    a.offset_ms = now->offset_minutes * MINUTE_MS;
    a.now = period_now(now->ms + a.offset_ms);
    a.text = text = timetext_read(question);
    for (size_t at = 0; at < text->count;)
        if (!read_between(&a, &at) && !read_half(&a, &at) &&
            !read_beside(&a, &at) && !read_plain(&a, &at))
            at++;
    free(text);
    return a.count;
}

/* What asks for a time, as words between spaces; "|" is where a sentence
 * begins. */
static const char *const asking_words[] = {
    /* English */
    " when did ", " when was ", " when were ", " when will ", "| when is ",
    "| when are ", "| when do ", "| when does ", "| when have ",
    "| when has ", "| when had ", "| when s ", "| when exactly ",
    "| when should ", "| when can ", "| when |", " know when ", " me when ",
    "| since when ", "| until when ", " how long ago ", "| how long has ",
    "| how long have ", "| how long since ", " how long is it since ",
    " how recently ", " minutes ago did ", " hours ago did ",
    " days ago did ", " weeks ago did ", " months ago did ",
    " years ago did ", " what day ", " which day ", " what date ",
    " which date ", " the date of ", " what time ", " what year ",
    " which year ", " what month ", " which month ", " what week ",
    " which week ", " what s the date ",
    /* German, Dutch */
    " wann ", " welchem tag ", " welchen tag ", " welcher tag ",
    " welches datum ", " welchem datum ", " welchem jahr ",
    " welchem monat ", " welcher woche ", " wie viel uhr ", " wieviel uhr ",
    " wie lange ist es her ", " wanneer ", " welke dag ", " welke datum ",
    " welk jaar ", " welke maand ", " hoe laat ", " hoe lang geleden ",
    /* French */
    " quand est ce ", "| quand a ", "| quand ai ", "| quand as ",
    "| quand avez ", "| quand avons ", "| quand etait ", "| quand |",
    " depuis quand ", " quel jour ", " quelle date ", " quelle heure ",
    " quelle annee ", " quel mois ", " quelle semaine ",
    " depuis combien de temps ", " il y a combien de temps ",
    /* Spanish, Portuguese */
    "| cuando fue ", "| cuando |", " desde cuando ", " que dia ",
    " que fecha ", " que hora ", " que ano ", " que mes ", " hace cuanto ",
    "| quando foi ", "| quando e ", "| quando |", " que data ",
    " que horas ", " ha quanto tempo ",
    /* Italian */
    "| quando ho ", "| quando hai ", "| quando ha ", "| quando abbiamo ",
    "| quando sono ", "| quando siamo ", "| quando si ", "| quando era ",
    " che giorno ", " che data ", " che ora ", " che anno ", " che mese ",
    " quanto tempo fa ", " da quanto tempo ",
    /* Scripts of their own */
    " когда ", " коли ", " ποτε ", " متي ", " מתי ",
};

/* The same where words have no spaces or an accent tells them apart. */
static const char *const asking_signs[] = {
    "cuándo", "Cuándo", "¿cuando", "¿Cuando", "什么时候", "什麼時候", "何时",
    "哪天", "哪一天", "几点", "いつ", "何日", "何時", "언제",
};

enum { QUESTION_MAX_BYTES = 1 << 16 }; /* folded; the rest is not read */

static void
add_folded(struct buf *b, uint32_t cp)
{
    uint32_t points[FOLD_POINTS_MAX];
    size_t   count = fold_point(cp, points);

    for (size_t i = 0; i < count; i++)
        utf8_add(b, points[i]);
}

/* Words between single spaces, "|" at the ends of sentences. */
static void
add_words(struct buf *b, struct str text)
{
    buf_add(b, STR("| "));
    while (text.len) {
        uint32_t cp = utf8_next(&text);
        bool     spaced = buf_str(b).ptr[b->len - 1] == ' ';

        if (fold_class(cp) == FOLD_LETTER)
            add_folded(b, cp);
        else if (!spaced)
            buf_add_byte(b, ' ');
        if (cp < 0x80 && cp && strchr(".?!\n:,", (int)cp))
            buf_add(b, STR("| "));
    }
    buf_add(b, STR(" | "));
}

bool
when_is_asked_for(struct str question)
{
    struct buf b = BUF_INIT(QUESTION_MAX_BYTES);
    bool       asked = false;

    add_words(&b, question);
    for (size_t i = 0; i < COUNT(asking_words) && !asked; i++)
        asked = str_find(buf_str(&b), str_from(asking_words[i])) !=
                STR_NOWHERE;
    for (size_t i = 0; i < COUNT(asking_signs) && !asked; i++)
        asked = str_find(question, str_from(asking_signs[i])) != STR_NOWHERE;
    buf_release(&b);
    return asked;
}
