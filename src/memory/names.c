/* Leaving out words that are names of authors. */
#include "memory/names.h"

#include "base/buf.h"
#include "memory/words.h"

#include "base/banned.h"

enum { WORDS_LEFT_MIN = 2 };

/* What the tokeniser says of one run of letters. */
struct run {
    const struct index *index;
    bool                name;     /* one of its words is */
    bool                content;
};

static bool
is_name(const struct lexicon *lex, uint32_t term)
{
    for (uint32_t i = 0; i < lexicon_author_count(lex); i++) {
        struct lexicon_author names = lexicon_author(lex, i);

        for (size_t n = 0; n < names.count; n++)
            if (names.terms[n] == term)
                return true;
    }
    return false;
}

static void
look(void *owner, const struct word *word)
{
    struct run *run = owner;
    uint32_t    terms[INDEX_PARTS];

    run->content = run->content || word->kind == WORD_CONTENT;
    if (word->kind == WORD_STOP ||
        index_term(run->index, word->text, terms) == 0)
        return;
    for (size_t i = 0; i < INDEX_PARTS; i++)
        if (terms[i] != TERMS_NONE)
            run->name = run->name ||
                        is_name(run->index->parts[i].lex, terms[i]);
}

static bool
has_authors(const struct index *ix)
{
    for (size_t i = 0; i < INDEX_PARTS; i++)
        if (ix->parts[i].lex && lexicon_author_count(ix->parts[i].lex))
            return true;
    return false;
}

struct str
names_remove(const struct index *ix, struct words *words, struct arena *a,
             struct str question)
{
    struct buf *b = buf_new(a, question.len + 1);
    struct str  rest = question, part;
    size_t      left = 0, removed = 0;

    if (!has_authors(ix))
        return question;
    while (rest.len) {
        struct run run = { .index = ix };

        (void)str_cut(rest, ' ', &part, &rest); /* the last has no blank */
        words_each(words, part, look, &run);
        removed += run.name;
        if (run.name)
            continue;
        left += run.content;
        if (b->len)
            buf_add_byte(b, ' ');
        buf_add(b, part);
    }
    return removed && left >= WORDS_LEFT_MIN ? buf_str(b) : question;
}
