/*
 * Embeddings by an endpoint.
 *
 * What is to be known of a model (dimensions, centre.h) is asked for together
 * with the first questions, so that it costs no call of its own: somebody
 * waits.  Who writes memories has the time to ask for all of it at once.
 */
#include "memory/embed_backend.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/centre.h"
#include "memory/endpoint.h"

#include "base/banned.h"

enum {
    CARRY_MAX = 8,   /* pairs of centre.h that one question takes along */
    ALONE     = 30,  /* questions that take none after one was late     */
};

struct remote {
    const struct conf *conf;
    struct centres    *centres;
    struct endpoint   *endpoint;
    atomic_int         alone;   /* so many questions take no sentences along */
};

static enum status
http_check(const struct conf *conf, struct error *err)
{
    size_t len = str_from(conf->embedding_model).len;

    if (len == 0 || len > MODEL_NAME_MAX_BYTES)
        return failed(err, ERR_CONFIG, "embedding_model must have 1 to %d "
                      "bytes", MODEL_NAME_MAX_BYTES);
    return endpoint_check(conf, err);
}

static enum status
http_open(const struct conf *conf, struct http *http, struct centres *centres,
          void **self, struct error *err)
{
    struct remote *r = alloc_array_or_die(1, sizeof(*r));

    (void)err;
    r->conf = conf;
    r->centres = centres;
    r->endpoint = endpoint_open(conf, http);
    *self = r;
    return OK;
}

static void
http_close(void *self)
{
    struct remote *r = self;

    endpoint_close(r->endpoint);
    free(r);
}

/* Asking. */

static struct str
prefixed(struct arena *a, const char *prefix, struct str text)
{
    return *prefix ? arena_printf(a, "%s %.*s", prefix, STR_ARG(text)) : text;
}

/* endpoint_ask() for more texts than may go into one call. */
static enum status
ask_all(struct remote *r, struct endpoint_batch *all, float *rows,
        struct error *err)
{
    struct endpoint_batch some = *all;
    size_t                most = (size_t)r->conf->embedding_batch;
    enum status           st = OK;

    for (size_t done = 0; st == OK && done < all->count; done += some.count) {
        some.texts = all->texts + done;
        some.count = all->count - done < most ? all->count - done : most;
        st = endpoint_ask(r->endpoint, &some, rows + done * some.dimensions,
                          err);
    }
    all->dimensions = some.dimensions;
    return st;
}

/* Of another pair, so that the means of a part of them have no topic in
 * common, which would bring every question near every passage. */
static const char *
other_passage(size_t pair)
{
    return centre_pairs[(pair + CENTRE_PAIRS / 2) % CENTRE_PAIRS].passage;
}

/* The question, unless vector is NULL, and behind it the next sentences of
 * centre.h, so many pairs or as many as are left. */
static enum status
ask_with_pairs(struct remote *r, struct arena *a,
               const struct embed_ask *question, size_t pairs, float *vector,
               struct embed_centre *centre, struct error *err)
{
    const char           *query = r->conf->embedding_query_prefix;
    const char           *passage = r->conf->embedding_passage_prefix;
    struct centres_part   part = {
        .first = centres_measured(r->centres, question->model) };
    struct str            texts[1 + 2 * CENTRE_PAIRS];
    struct endpoint_batch b = { question->model, texts, vector ? 1 : 0,
                                centre->dimensions, question->deadline_us };
    float                *rows;
    enum status           st;

    part.count = pairs < CENTRE_PAIRS - part.first
                     ? pairs : CENTRE_PAIRS - part.first;
    texts[0] = prefixed(a, query, question->text);
    for (size_t i = 0; i < part.count; i++)
        texts[b.count++] = prefixed(
            a, query, str_from(centre_pairs[part.first + i].question));
    for (size_t i = 0; i < part.count; i++)
        texts[b.count++] = prefixed(
            a, passage, str_from(other_passage(part.first + i)));
    rows = arena_array(a, float, COUNT(texts) * EMBED_DIMENSIONS_MAX);
    if ((st = ask_all(r, &b, rows, err)) != OK)
        return st;
    if (vector)
        memcpy(vector, rows, b.dimensions * sizeof(*vector));
    part.dimensions = b.dimensions;
    part.rows = rows + (vector ? b.dimensions : 0);
    *centre = centres_measure(r->centres, question->model, &part);
    return OK;
}

/* One text of a batch that was refused. */
static enum status
ask_one(struct remote *r, struct endpoint_batch *one, float *row,
        bool *refused, struct error *err)
{
    struct error why;
    enum status  st = endpoint_ask(r->endpoint, one, row, &why);

    *refused = st == ERR_INPUT;
    if (*refused) {
        memset(row, 0, one->dimensions * sizeof(*row));
        return OK;
    }
    if (st != OK)
        *err = why;
    return st;
}

/* Finds out which texts of a refused batch the endpoint does not take.  It is
 * to blame itself when it does not take a harmless one either. */
static enum status
ask_singly(struct remote *r, const struct endpoint_batch *all, float *rows,
           bool *refused, struct error *err)
{
    struct str            harmless = str_from(centre_pairs[0].passage);
    struct endpoint_batch one = *all;
    enum status           st;

    one.texts = &harmless;
    one.count = 1;
    st = ask_one(r, &one, rows, refused, err);
    if (st == OK && *refused)
        return failed(err, ERR_UPSTREAM, "the endpoint refuses harmless texts");
    for (size_t i = 0; st == OK && i < all->count; i++) {
        one.texts = &all->texts[i];
        st = ask_one(r, &one, rows + i * all->dimensions, &refused[i], err);
    }
    return st;
}

/* As many passages as may go into one call. */
static enum status
ask_passages(struct remote *r, struct endpoint_batch *b, float *rows,
             bool *refused, struct error *err)
{
    struct arena          a = ARENA_INIT;
    struct str           *texts = arena_array(&a, struct str, b->count);
    struct endpoint_batch full = *b;
    struct error          why;
    enum status           st;

    for (size_t i = 0; i < b->count; i++)
        texts[i] = prefixed(&a, r->conf->embedding_passage_prefix,
                            b->texts[i]);
    full.texts = texts;
    st = endpoint_ask(r->endpoint, &full, rows, &why);
    if (st == ERR_INPUT)
        st = ask_singly(r, &full, rows, refused, err);
    else if (st != OK)
        *err = why;
    arena_release(&a);
    return st;
}

/* What embed.c calls. */

static void
http_look(void *self, struct embed_view *view)
{
    struct remote *r = self;
    const char    *name = r->conf->embedding_model;
    char           reason[ENDPOINT_REASON_BYTES];
    bool           down;

    *view = (struct embed_view){ .model = str_from(name) };
    view->changes = endpoint_look(r->endpoint, &down, reason);
    view->ready = !down;
    view->dimensions = centres_find(r->centres, view->model).dimensions;
    view->changes += view->dimensions > 0;
    if (down)
        (void)snprintf(view->sentence, sizeof(view->sentence), "words only: "
                       "the endpoint for embeddings cannot be used (%s); it "
                       "is tried again every few seconds", reason);
    else if (view->dimensions)
        (void)snprintf(view->sentence, sizeof(view->sentence), "an endpoint, "
                       "model %s, %zu dimensions", name, view->dimensions);
    else
        (void)snprintf(view->sentence, sizeof(view->sentence), "an endpoint, "
                       "model %s, not asked yet", name);
    if (view->dimensions == 0)
        view->dimensions = (size_t)r->conf->embedding_dimensions;
}

/* To the end. */
static bool
is_measured(struct remote *r, struct str model)
{
    return centres_measured(r->centres, model) == CENTRE_PAIRS;
}

static enum status
http_prepare(void *self, struct error *err)
{
    struct remote      *r = self;
    struct arena        a = ARENA_INIT;
    struct embed_ask    nothing = { str_from(r->conf->embedding_model),
                                    STR_NONE, INT64_MAX };
    struct embed_centre centre = centres_find(r->centres, nothing.model);
    enum status         st = OK;

    if (!is_measured(r, nothing.model))
        st = ask_with_pairs(r, &a, &nothing, CENTRE_PAIRS, NULL, &centre, err);
    arena_release(&a);
    return st == ERR_INPUT ? failed(err, ERR_UPSTREAM, "the endpoint refuses "
                                    "harmless texts") : st;
}

/* How many pairs a question takes along: what one call has room for, but one
 * at least.  None for a while after one came too late with them. */
static size_t
pairs_to_carry(struct remote *r, struct str model)
{
    size_t room = ((size_t)r->conf->embedding_batch - 1) / 2;

    if (is_measured(r, model) || atomic_fetch_sub(&r->alone, 1) > 0)
        return 0;
    if (room == 0)
        return 1;
    return room < CARRY_MAX ? room : CARRY_MAX;
}

static enum status
http_question(void *self, const struct embed_ask *question, float *vector,
              struct embed_centre *centre, struct error *err)
{
    struct remote      *r = self;
    struct arena        a = ARENA_INIT;
    struct embed_centre known = centres_find(r->centres, question->model);
    size_t              pairs = pairs_to_carry(r, question->model);
    enum status         st = ask_with_pairs(r, &a, question, pairs, vector,
                                            &known, err);

    if (st == OK)
        *centre = known;
    else if (st == ERR_TIMEOUT && pairs)
        atomic_store(&r->alone, ALONE);
    arena_release(&a);
    return st == ERR_INPUT ? failed(err, ERR_UPSTREAM, "the endpoint refuses "
                                    "this question") : st;
}

static enum status
http_passages(void *self, const struct str *texts, size_t count,
              float *vectors, bool *refused, struct error *err)
{
    struct remote        *r = self;
    size_t                most = (size_t)r->conf->embedding_batch;
    struct endpoint_batch b = { .model = str_from(r->conf->embedding_model),
                                .deadline_us = INT64_MAX };
    enum status           st = http_prepare(r, err);

    b.dimensions = centres_find(r->centres, b.model).dimensions;
    for (size_t done = 0; st == OK && done < count; done += b.count) {
        b.texts = texts + done;
        b.count = count - done < most ? count - done : most;
        st = ask_passages(r, &b, vectors + done * b.dimensions,
                          refused + done, err);
    }
    return st;
}

const struct embed_backend embed_http = {
    "http", http_check, http_open, http_close, http_look, http_prepare,
    http_question, http_passages,
};
