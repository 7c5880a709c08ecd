/* What a key may give. */
#include "api/key_grant.h"

#include "base/banned.h"

/* Of these 0 is no limit, and less is less. */
static const struct {
    enum keys_number number;
    const char      *name;
} limits[] = {
    { KEYS_REQUESTS_10S, "requests_per_10s" },
    { KEYS_REQUESTS_60S, "requests_per_minute" },
    { KEYS_CONCURRENT, "concurrent_requests" },
    { KEYS_TOKENS_PER_MONTH, "tokens_per_month" },
    { KEYS_MEMORIES_MOST, "memories_most" },
};

void
key_grant_default(const struct keys_settings *giver, int rights,
                  struct keys_settings *settings)
{
    settings->rights = rights & giver->rights;
    if (settings->rights == 0)
        settings->rights = giver->rights; /* that of managing keys, alone */
    settings->models = giver->models;
    for (size_t i = 0; i < COUNT(limits); i++)
        settings->numbers[limits[i].number] =
            giver->numbers[limits[i].number];
}

static enum status
check_rights(const struct keys_settings *giver, int before, int after,
             struct error *err)
{
    int         more = after & ~before & ~giver->rights;
    enum right  right;
    const char *word;

    for (size_t i = 0; (word = rights_word(i, &right)) != NULL; i++)
        if (more & (int)right)
            return refused(err, ERR_FORBIDDEN, "missing_scope",
                           "Use a key that has the scope itself.",
                           "This key cannot give the scope %s", word);
    return OK;
}

/* Whether all models of a word, which may end in *, are among the words. */
static bool
is_among(struct str words, struct str wanted)
{
    struct str word;

    while (words.len) {
        (void)str_cut(words, ' ', &word, &words); /* the last has no blank */
        if (str_equal_nocase(word, wanted) ||
            (str_ends(word, STR("*")) &&
             str_starts_nocase(wanted, str_slice(word, 0, word.len - 1))))
            return true;
    }
    return false;
}

static enum status
check_models(const struct keys_settings *giver, struct str words,
             struct error *err)
{
    static const char hint[] = "Name some of the models that this key may "
                               "call itself.";
    struct str word;

    if (giver->models.len == 0)
        return OK;
    if (words.len == 0)
        return refused(err, ERR_FORBIDDEN, "model_not_allowed", hint,
                       "This key cannot give all models");
    while (words.len) {
        (void)str_cut(words, ' ', &word, &words); /* the last has no blank */
        if (word.len && !is_among(giver->models, word))
            return refused(err, ERR_FORBIDDEN, "model_not_allowed", hint,
                           "This key cannot give the model %.*s",
                           STR_ARG(str_slice(word, 0, 100)));
    }
    return OK;
}

static enum status
check_limit(int64_t own, int64_t given, const char *name, struct error *err)
{
    if (own <= 0 || (given > 0 && given <= own))
        return OK;
    return refused(err, ERR_FORBIDDEN, "limit_exceeded",
                   "Send no more than this key has itself.",
                   "This key cannot give a %s of more than %lld", name,
                   (long long)own);
}

enum status
key_grant_check(const struct keys_settings *giver,
                const struct keys_settings *before,
                const struct keys_settings *after, struct error *err)
{
    enum status st = check_rights(giver, before ? before->rights : 0,
                                  after->rights, err);

    if (st == OK && !(before && str_equal(before->models, after->models)))
        st = check_models(giver, after->models, err);
    for (size_t i = 0; st == OK && i < COUNT(limits); i++) {
        enum keys_number n = limits[i].number;

        if (!before || before->numbers[n] != after->numbers[n])
            st = check_limit(giver->numbers[n], after->numbers[n],
                             limits[i].name, err);
    }
    return st;
}
