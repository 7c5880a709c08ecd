/* A text gives the same words in a fresh tokeniser and in one that has seen
 * other texts; none is empty or too long, and well-formed texts give
 * well-formed words. */
#include <stdlib.h>

#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "memory/words.h"

#include "base/banned.h"

/* A byte gives at most so many bytes of words; see the wholes of paths. */
enum { OUT_MAX_BYTES = 1 << 26 };

struct seen {
    struct buf words;
    bool       well_formed;  /* the text is */
    bool       any;
};

static void
see(void *owner, const struct word *word)
{
    struct seen *s = owner;

    if (word->text.len == 0 || word->text.len > WORD_MAX_BYTES ||
        (word->form && !s->any) ||
        (s->well_formed && !utf8_valid(word->text)))
        abort();
    s->any = true;
    buf_add(&s->words, word->text);
    buf_add_byte(&s->words, (char)('0' + word->kind * 2 + word->form));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct words *used;
    struct words        *fresh = words_new();
    struct str           text = { (const char *)bytes, len };
    struct seen          first = { .words = BUF_INIT(OUT_MAX_BYTES),
                                   .well_formed = utf8_valid(text) };
    struct seen          second = first;

    if (!used)
        used = words_new();
    words_each(used, text, see, &first);
    words_each(fresh, text, see, &second);
    if (first.words.full ||
        !str_equal(buf_str(&first.words), buf_str(&second.words)))
        abort();
    words_free(fresh);
    buf_release(&first.words);
    buf_release(&second.words);
    return 0;
}
