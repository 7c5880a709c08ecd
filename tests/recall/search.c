/* Models and the learner, for a bench. */
#include "recall/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "memory/learn.h"
#include "memory/rank.h"

#include "base/banned.h"

struct search {
    enum search_mode mode;
    struct http     *http;
    struct embedder *embedder;
    struct learner  *learner;
};

static const char *const names[] = {
    [SEARCH_HYBRID] = "hybrid", [SEARCH_WORDS] = "words",
    [SEARCH_VECTORS] = "vectors",
};

/* The cosine, and nothing else. */
static const double vectors_alone[FEATURE_COUNT] = { [FEATURE_SIMILAR] = 1 };

bool
search_find(struct str name, enum search_mode *mode)
{
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_equal(name, str_from(names[i]))) {
            *mode = (enum search_mode)i;
            return true;
        }
    return false;
}

const char *
search_name(enum search_mode mode)
{
    return names[mode];
}

static void
note(void *owner, const struct learn_news *news)
{
    (void)owner;
    if (news->event == LEARN_FAILED)
        (void)fprintf(stderr, "learner: %s\n", news->error->text);
}

static enum status
open_learner(struct search *s, const struct conf *conf, struct db *db,
             struct error *err)
{
    struct learn_setup setup = { .conf = conf, .db = db, .stop_fd = -1,
                                 .hurry = true, .note = note };
    enum status        st = http_open(&s->http, err);

    if (st != OK)
        return st;
    if ((st = embed_open(conf, s->http, &s->embedder, err)) != OK) {
        http_close(s->http);
        return st;
    }
    setup.http = s->http;
    setup.embedder = s->embedder;
    s->learner = learn_open(&setup);
    return OK;
}

enum status
search_open(enum search_mode wanted, const struct conf *conf, struct db *db,
            struct search **s, struct error *err)
{
    struct search *new = alloc_array_or_die(1, sizeof(*new));
    enum status    st = wanted == SEARCH_WORDS ? OK
                                               : open_learner(new, conf, db,
                                                              err);

    new->mode = wanted;
    if (st == OK && wanted != SEARCH_WORDS &&
        embed_prepare(new->embedder, err) != OK) {
        new->mode = SEARCH_WORDS;
        if (wanted == SEARCH_VECTORS)
            st = ERR_NOT_FOUND;
    }
    if (st == OK && new->mode == SEARCH_VECTORS)
        rank_set_weights(vectors_alone, vectors_alone);
    *s = new;
    return st;
}

void
search_close(struct search *s)
{
    rank_set_weights(NULL, NULL);
    if (s->learner) {
        learn_close(s->learner);
        embed_close(s->embedder);
        http_close(s->http);
    }
    free(s);
}

enum search_mode
search_mode(const struct search *s)
{
    return s->mode;
}

enum status
search_learn(struct search *s, int64_t vault_id, struct error *err)
{
    struct learn_round round;

    if (s->mode == SEARCH_WORDS)
        return OK;
    return learn_vault(s->learner, vault_id, LEARN_FOLLOW, &round, err);
}

struct embedder *
search_embedder(const struct search *s)
{
    return s->mode == SEARCH_WORDS ? NULL : s->embedder;
}
