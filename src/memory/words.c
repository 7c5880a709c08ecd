/*
 * The tokeniser.
 *
 * Detection of a language may fail, above all on short questions, so it never
 * decides which term a word gives: that is its English stem, in every text.
 * Where another language is detected, its stem is given as another form
 * beside it.  The same word therefore always meets itself, and other forms of
 * it meet where one of the two texts tells its language.
 */
#include "memory/words.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "memory/dense.h"
#include "memory/fold.h"
#include "memory/language.h"
#include "memory/phone.h"
#include "memory/run.h"
#include "memory/stems.h"

#include "base/banned.h"

enum { WAITING_MAX = 64 };  /* words; longer sentences are cut */

/* A word that waits for its sentence to end. */
struct waiting {
    uint8_t  len;
    uint8_t  stem_len;
    uint8_t  kind;
    uint32_t stop_in;
    uint32_t votes;
    char     text[WORD_MAX_BYTES];
    char     stem[WORD_MAX_BYTES];
};

struct words {
    struct stems         *stems;
    struct run            run;
    struct language_votes votes;
    struct waiting        waiting[WAITING_MAX];
    size_t                count;
    bool                  foreign;   /* something was not English */
    const char           *phone_end; /* of the last one in the text */
    word_fn              *fn;
    void                 *owner;
};

struct words *
words_new(void)
{
    struct words *w = alloc_array_or_die(1, sizeof(*w));

    w->stems = stems_new();
    return w;
}

void
words_free(struct words *w)
{
    if (!w)
        return;
    stems_free(w->stems);
    free(w);
}

static void
give(struct words *w, struct str text, enum word_kind kind, bool form)
{
    struct word word = { text, kind, form };

    w->fn(w->owner, &word);
}

/* The stems in other languages, where they differ from those given. */
static void
give_forms(struct words *w, const struct waiting *wait, enum word_kind kind,
           uint32_t languages)
{
    char       given[1 + LANGUAGE_WINNERS_MAX][WORD_MAX_BYTES];
    struct str known[1 + LANGUAGE_WINNERS_MAX];
    size_t     count = 1;

    known[0] = (struct str){ wait->stem, wait->stem_len };
    for (size_t i = 1; i < LANGUAGE_LATIN_COUNT; i++) {
        struct str text;
        bool       is_known = false;

        if (!(languages & LANGUAGE_BIT(i)))
            continue;
        text = stems_find(w->stems, (struct str){ wait->text, wait->len },
                          (enum language)i).text;
        for (size_t k = 0; k < count; k++)
            is_known = is_known || str_equal(known[k], text);
        if (is_known)
            continue;
        memcpy(given[count], text.ptr, text.len);
        known[count] = (struct str){ given[count], text.len };
        give(w, known[count++], kind, true);
    }
}

static void
give_waiting(struct words *w, const struct waiting *wait, uint32_t languages,
             bool sure)
{
    enum word_kind kind = (enum word_kind)wait->kind;

    /* What is told by one word only may be a name: "Ella", "van der Berg". */
    if (wait->stop_in & languages && sure)
        kind = WORD_STOP;
    else if (kind == WORD_CONTENT && (wait->stop_in & languages ||
                                      wait->votes))
        kind = WORD_WEAK;
    give(w, (struct str){ wait->stem, wait->stem_len }, kind, false);
    if (languages && kind != WORD_STOP &&
        stems_differ((struct str){ wait->text, wait->len }))
        give_forms(w, wait, kind, languages);
}

/* Gives what waits; what its language was counts half for what follows. */
static void
give_all(struct words *w)
{
    uint32_t languages = language_winners(&w->votes);
    bool     sure = language_is_sure(&w->votes, languages);

    for (size_t i = 0; i < w->count; i++)
        give_waiting(w, &w->waiting[i], languages, sure);
    w->foreign = w->foreign || (languages && sure);
    w->count = 0;
    language_halve(&w->votes);
}

/* Keeps a word until its sentence ends. */
static void
hold(struct words *w, struct str word, const struct stem *stem)
{
    struct waiting *wait = &w->waiting[w->count++];

    wait->len = (uint8_t)word.len;
    wait->stem_len = (uint8_t)stem->text.len;
    wait->kind = (uint8_t)stem->kind;
    wait->stop_in = stem->stop_in;
    wait->votes = stem->votes;
    memcpy(wait->text, word.ptr, word.len);
    memcpy(wait->stem, stem->text.ptr, stem->text.len);
    language_vote(&w->votes, stem->votes);
    if (w->count == WAITING_MAX)
        give_all(w);
}

/* A word that is given as it is. */
static void
hold_as_is(struct words *w, struct str word, bool stop)
{
    struct stem stem = { word, stop ? WORD_STOP : WORD_CONTENT, 0, 0 };

    hold(w, word, &stem);
}

/* A word of a run. */
static void
take_word(void *owner, struct str word, bool stop)
{
    struct words *w = owner;
    struct stem   stem;

    word = utf8_prefix(word, WORD_MAX_BYTES);
    if (stop) {
        hold_as_is(w, word, true);
    } else if (word.len) {
        stem = stems_find(w->stems, word, LANGUAGE_ENGLISH);
        hold(w, word, &stem);
    }
}

/* Characters of a script without spaces. */
static void
take_pair(void *owner, struct str pair, bool stop)
{
    hold_as_is(owner, pair, stop);
}

static void
end_run(struct words *w)
{
    run_end(&w->run, take_word, w);
}

/* A telephone number that starts here, as one word, with its area and
 * without.  Its groups follow as words of their own. */
static void
take_phone(struct words *w, struct str text)
{
    char   digits[PHONE_DIGITS_MAX];
    size_t bytes, count;

    if (w->run.count || text.ptr < w->phone_end)
        return;
    count = phone_digits(text, digits, &bytes);
    w->phone_end = text.ptr + bytes;
    if (count)
        hold_as_is(w, (struct str){ digits, count }, false);
    if (count > PHONE_OWN_DIGITS)
        hold_as_is(w, (struct str){ digits + count - PHONE_OWN_DIGITS,
                                    PHONE_OWN_DIGITS }, false);
}

static bool
may_start_phone(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || cp == '+' || cp == '(';
}

static bool
ends_sentence(uint32_t cp)
{
    return cp == '.' || cp == '?' || cp == '!' || cp == '\n';
}

static void
take_mark(struct words *w, uint32_t cp, struct str rest)
{
    if (run_mark(&w->run, cp, rest))
        return;
    end_run(w);
    if (cp >= 0x80)
        language_vote(&w->votes, language_of_letter(cp));
    else if (ends_sentence(cp) && !language_is_open(&w->votes))
        give_all(w);
}

static void
take_letter(struct words *w, uint32_t cp)
{
    language_vote(&w->votes, language_of_letter(cp));
    w->foreign = w->foreign || language_of_script(cp) != LANGUAGE_ENGLISH;
}

void
words_each(struct words *w, struct str text, word_fn *fn, void *owner)
{
    w->fn = fn;
    w->owner = owner;
    w->votes = (struct language_votes){ 0 };
    w->foreign = false;
    w->phone_end = text.ptr;
    while (text.len) {
        struct str rest = text;
        uint32_t   cp = utf8_next(&rest);

        if (may_start_phone(cp))
            take_phone(w, text);
        switch (fold_class(cp)) {
        case FOLD_LETTER:
            if (cp >= 0x80)
                take_letter(w, cp);
            run_letter(&w->run, cp);
            break;
        case FOLD_DENSE:
            end_run(w);
            w->foreign = true;
            rest = dense_each(text, take_pair, w);
            break;
        case FOLD_BREAK:
            take_mark(w, cp, rest);
            break;
        }
        text = rest;
    }
    end_run(w);
    give_all(w);
}

bool
words_were_foreign(const struct words *w)
{
    return w->foreign;
}
