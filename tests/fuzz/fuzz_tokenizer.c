/* Tokens are never more than asked for, are in the vocabulary, stand between
 * [CLS] and [SEP], come out the same twice, wherever the text is cut in two,
 * and a lower limit only cuts the end off. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "memory/tokenizer.h"

#include "base/banned.h"

enum { WORDS = 40, MOST = 64 };

static const char *const words[WORDS] = {
    "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "e", "i", "o", "n", "s", "t",
    "the", "and", "##a", "##b", "##c", "##e", "##i", "##o", "##n", "##s",
    "##t", "##ing", "##tion", ".", ",", "!", "#", "[", "]", "'", "1", "2",
    "##1", "##2", "\xE4\xB8\xAD", "\xE3\x81\x82", "##\xD0\xB0", "\xD0\xB0",
};

static uint32_t starts[WORDS + 1];
static char     texts[WORDS * 8];
static uint32_t slots[WORDS * 4];

static void
open_vocabulary(struct pieces *p)
{
    struct str   strs[WORDS];
    struct error err;

    for (size_t i = 0; i < WORDS; i++)
        strs[i] = str_from(words[i]);
    *p = (struct pieces){ .count = WORDS, .starts = starts, .texts = texts,
                          .slot_count = pieces_slot_count(WORDS),
                          .slots = slots };
    if (starts[WORDS] == 0 &&
        !pieces_fill(strs, WORDS, starts, texts, slots))
        abort();
    if (pieces_check(p, starts[WORDS], &err) != OK)
        abort();
}

static void
check_ids(const struct pieces *p, const uint32_t *ids, size_t count,
          size_t max)
{
    if (count < 2 || count > max || ids[0] != p->begin ||
        ids[count - 1] != p->end)
        abort();
    for (size_t i = 1; i + 1 < count; i++)
        if (ids[i] >= WORDS || ids[i] == p->begin || ids[i] == p->end)
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str    text = { (const char *)bytes, len };
    size_t        cut = len ? bytes[0] % len : 0;
    size_t        max = len ? 2 + bytes[len - 1] % 16 : 2;
    bool          lowercase = len % 2;
    struct str    parts[] = { str_slice(text, 0, cut),
                              str_slice(text, cut, len) };
    uint32_t      ids[MOST], again[MOST];
    size_t        count, shorter;
    struct pieces p;

    open_vocabulary(&p);
    count = tokenizer_run(&p, lowercase, &text, 1, ids, MOST);
    check_ids(&p, ids, count, MOST);
    /* A code point that is cut in two is two bad bytes. */
    if (cut == 0 || (bytes[cut] & 0xC0) != 0x80) {
        if (tokenizer_run(&p, lowercase, parts, 2, again, MOST) != count ||
            memcmp(ids, again, count * sizeof(*ids)) != 0)
            abort();
    }
    shorter = tokenizer_run(&p, lowercase, &text, 1, again, max);
    check_ids(&p, again, shorter, max);
    if (memcmp(ids, again, (shorter - 1) * sizeof(*ids)) != 0)
        abort();
    return 0;
}
