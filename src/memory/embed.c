/* One backend behind a list of recent questions. */
#include "memory/embed.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "memory/embed_backend.h"
#include "memory/recent.h"

#include "base/banned.h"

/* Recent questions; longer texts than TEXT_MAX_BYTES are cut: encoders read
 * some hundred tokens, endpoints some thousand. */
enum { RECENT_MAX = 256, TEXT_MAX_BYTES = QUERY_MAX_BYTES };

struct embedder {
    const struct embed_backend *backend;
    void                       *self;
    struct centres             *centres;
    struct recent              *recent;
    atomic_uint                 seen;   /* view.changes + 1 when last told */
};

/* Words only, because the configuration says so. */

static enum status
none_check(const struct conf *conf, struct error *err)
{
    (void)conf, (void)err;
    return OK;
}

static enum status
none_open(const struct conf *conf, struct http *http, struct centres *centres,
          void **self, struct error *err)
{
    (void)conf, (void)http, (void)centres, (void)self, (void)err;
    return OK;
}

static void
none_close(void *self)
{
    (void)self;
}

static void
none_look(void *self, struct embed_view *view)
{
    (void)self;
    *view = (struct embed_view){
        .sentence = "words only, as configured (embedding = none)" };
}

static enum status
none_prepare(void *self, struct error *err)
{
    (void)self;
    return failed(err, ERR_NOT_FOUND, "embedding = none");
}

static enum status
none_question(void *self, const struct embed_ask *ask, float *vector,
              struct embed_centre *centre, struct error *err)
{
    (void)ask, (void)vector, (void)centre;
    return none_prepare(self, err);
}

static enum status
none_passages(void *self, const struct str *texts, size_t count,
              float *vectors, bool *refused, struct error *err)
{
    (void)texts, (void)count, (void)vectors, (void)refused;
    return none_prepare(self, err);
}

static const struct embed_backend embed_none = {
    "none", none_check, none_open, none_close, none_look, none_prepare,
    none_question, none_passages,
};

static const struct embed_backend *const backends[] = {
    [EMBED_LOCAL] = &embed_local,
    [EMBED_HTTP] = &embed_http,
    [EMBED_NONE] = &embed_none,
};

enum status
embed_check(const struct conf *conf, struct error *err)
{
    return backends[conf->embedding]->check(conf, err);
}

enum status
embed_open(const struct conf *conf, struct http *http,
           struct embedder **embedder, struct error *err)
{
    const struct embed_backend *backend = backends[conf->embedding];
    void                       *self = NULL;
    enum status                 st = backend->check(conf, err);
    struct centres             *centres;
    struct embedder            *e;

    if (st != OK)
        return st;
    centres = centres_new();
    if ((st = backend->open(conf, http, centres, &self, err)) != OK) {
        centres_free(centres);
        return st;
    }
    e = alloc_array_or_die(1, sizeof(*e));
    e->backend = backend;
    e->self = self;
    e->centres = centres;
    e->recent = recent_new(RECENT_MAX);
    *embedder = e;
    return OK;
}

void
embed_close(struct embedder *e)
{
    recent_free(e->recent);
    e->backend->close(e->self);
    centres_free(e->centres);
    free(e);
}

const char *
embed_backend(const struct embedder *e)
{
    return e->backend->name;
}

struct str
embed_model(struct embedder *e)
{
    struct embed_view view;

    e->backend->look(e->self, &view);
    return view.model;
}

size_t
embed_dimensions(struct embedder *e)
{
    struct embed_view view;

    e->backend->look(e->self, &view);
    return view.dimensions;
}

bool
embed_ready(struct embedder *e)
{
    struct embed_view view;

    e->backend->look(e->self, &view);
    return view.ready;
}

struct str
embed_state(struct embedder *e, struct arena *a)
{
    struct embed_view view;

    e->backend->look(e->self, &view);
    return arena_copy(a, str_from(view.sentence));
}

bool
embed_changed(struct embedder *e)
{
    struct embed_view view;

    e->backend->look(e->self, &view);
    return atomic_exchange(&e->seen, view.changes + 1) != view.changes + 1;
}

enum status
embed_prepare(struct embedder *e, struct error *err)
{
    return e->backend->prepare(e->self, err);
}

/* What was not known yet when a recent question was embedded. */
static void
complete(struct embedder *e, struct str model, struct embed_centre *centre)
{
    struct embed_centre now = centres_find(e->centres, model);

    if (now.dimensions == centre->dimensions)
        *centre = now;
}

enum status
embed_question(struct embedder *e, struct str model, struct str text,
               int64_t deadline_us, float *vector, struct embed_centre *centre,
               struct error *err)
{
    struct embed_ask     ask = { model, utf8_prefix(text, TEXT_MAX_BYTES),
                                 deadline_us };
    struct recent_entry *entry;
    enum status          st;

    switch (recent_ask(e->recent, model, ask.text, deadline_us, vector,
                       centre, &entry)) {
    case RECENT_KNOWN:
        complete(e, model, centre);
        return OK;
    case RECENT_LATE:
        return failed(err, ERR_TIMEOUT, "another request embeds it still");
    case RECENT_OURS:
        break;
    }
    st = e->backend->question(e->self, &ask, vector, centre, err);
    if (st == OK)
        recent_give(e->recent, entry, vector, centre);
    else
        recent_give_up(e->recent, entry);
    return st;
}

enum status
embed_passages(struct embedder *e, const struct str *texts, size_t count,
               float *vectors, bool *refused, struct error *err)
{
    struct str *cut = alloc_array_or_die(count ? count : 1, sizeof(*cut));
    enum status st;

    for (size_t i = 0; i < count; i++)
        cut[i] = utf8_prefix(texts[i], TEXT_MAX_BYTES);
    memset(refused, 0, count * sizeof(*refused));
    st = e->backend->passages(e->self, cut, count, vectors, refused, err);
    free(cut);
    return st;
}
