/* Signs and facts of any text: the same every time, and a text repeats itself
 * or says nothing. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "memory/facts.h"
#include "memory/signs.h"
#include "memory/words.h"

#include "base/banned.h"

static void
check_signs(struct str text)
{
    struct signs s = signs_of(text);
    struct asks  a = signs_asks(text);

    if (s.asks != (str_find_byte(text, '?') != STR_NOWHERE))
        abort();
    if (text.len == 0 && (s.timed || s.named || s.standing || a.when ||
                          a.which || a.about_us))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct words *words;
    struct str           text = { (const char *)bytes, len };
    struct facts         first, second;

    if (!words)
        words = words_new();
    check_signs(text);
    facts_read(words, text, &first);
    facts_read(words, text, &second);
    if (memcmp(&first, &second, sizeof(first)) != 0 ||
        first.value_count > FACTS_VALUES_MAX ||
        first.word_count > FACTS_WORDS_MAX)
        abort();
    if (facts_repeat(&first, &second, 1) != (first.word_count > 0))
        abort();
    return 0;
}
