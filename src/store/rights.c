/* The words of the rights. */
#include "store/rights.h"

#include "base/error.h"

#include "base/banned.h"

static const struct {
    const char *word;
    enum right  right;
} rows[] = {
    { "chat", RIGHT_CHAT },
    { "memory:read", RIGHT_READ },
    { "memory:write", RIGHT_WRITE },
    { "admin", RIGHT_ADMIN },
};

bool
rights_have(int rights, enum right needed)
{
    return ((int)needed & RIGHTS_ALL & ~rights) == 0;
}

const char *
rights_word(size_t i, enum right *right)
{
    if (i >= COUNT(rows))
        return NULL;
    *right = rows[i].right;
    return rows[i].word;
}

bool
rights_add_word(int *rights, struct str word)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_equal(word, str_from(rows[i].word))) {
            *rights |= (int)rows[i].right;
            return true;
        }
    return false;
}

int
rights_read(struct str words)
{
    struct str word;
    int        rights = 0;

    words = str_trim(words);
    if (words.len == 0)
        return RIGHTS_ALL;
    while (words.len) {
        (void)str_cut(words, ' ', &word, &words); /* the last has no blank */
        (void)rights_add_word(&rights, word);     /* of a newer version */
    }
    return rights;
}

struct str
rights_words(struct arena *a, int rights)
{
    struct str words = STR("");

    if ((rights & RIGHTS_ALL) == RIGHTS_ALL)
        return words;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rights & (int)rows[i].right)
            words = arena_printf(a, "%.*s%s%s", STR_ARG(words),
                                 words.len ? " " : "", rows[i].word);
    return words.len ? words : STR("none");
}
