/* Embeddings by our own encoder, a few threads at a time. */
#include "memory/embed_backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory/gate.h"
#include "memory/normalise.h"
#include "memory/shelf.h"

#include "base/banned.h"

enum { LOOK_US = 3000000 };  /* between two looks for a model's file */

struct local {
    const struct conf *conf;
    struct centres    *centres;
    struct shelf      *shelf;
    struct gate       *gate;
};

static enum status
local_check(const struct conf *conf, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char  *path;
    enum status  st = shelf_path(&a, conf, str_from(conf->embedding_model),
                                 &path, err);

    arena_release(&a);
    return st;
}

static size_t
encodes_at_once(const struct conf *conf)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (conf->encode_threads)
        return (size_t)conf->encode_threads;
    return cores > 0 ? (size_t)cores : 1;
}

static enum status
local_open(const struct conf *conf, struct http *http, struct centres *centres,
           void **self, struct error *err)
{
    struct local *l = alloc_array_or_die(1, sizeof(*l));

    (void)http, (void)err;
    l->conf = conf;
    l->centres = centres;
    l->shelf = shelf_new(conf, LOOK_US);
    l->gate = gate_new(encodes_at_once(conf));
    *self = l;
    return OK;
}

static void
local_close(void *self)
{
    struct local *l = self;

    gate_free(l->gate);
    shelf_free(l->shelf);
    free(l);
}

/* The configured model. */
static enum status
borrow(struct local *l, struct shelf_model **model,
       const struct encoder **encoder, struct error *err)
{
    return shelf_borrow(l->shelf, str_from(l->conf->embedding_model), model,
                        encoder, err);
}

static void
local_look(void *self, struct embed_view *view)
{
    struct local         *l = self;
    struct shelf_model   *model;
    const struct encoder *encoder;
    struct error          err;

    *view = (struct embed_view){ .ready = false };
    if (borrow(l, &model, &encoder, &err) == OK) {
        view->ready = true;
        view->model = str_from(l->conf->embedding_model);
        view->dimensions = encoder_dimensions(encoder);
        (void)snprintf(view->sentence, sizeof(view->sentence),
                       "our encoder, model %s, %zu dimensions",
                       l->conf->embedding_model, view->dimensions);
        shelf_return(l->shelf, model);
    } else {
        (void)snprintf(view->sentence, sizeof(view->sentence),
                       "words only: %s", err.text);
    }
    shelf_add_damage(l->shelf, view->sentence, sizeof(view->sentence));
    view->changes = shelf_changes(l->shelf);
}

static enum status
local_prepare(void *self, struct error *err)
{
    struct local         *l = self;
    struct shelf_model   *model;
    const struct encoder *encoder;
    enum status           st = borrow(l, &model, &encoder, err);

    if (st == OK)
        shelf_return(l->shelf, model);
    return st;
}

/* Encodes behind the gate, which somebody has entered; models that do not make
 * their vectors' length 1 exist. */
static void
encode(const struct encoder *encoder, enum encoder_use use,
       const struct str *texts, size_t count, float *rows)
{
    size_t dimensions = encoder_dimensions(encoder);

    encoder_run(encoder, use, texts, count, rows);
    for (size_t i = 0; i < count; i++)
        (void)normalise_row(rows + i * dimensions, dimensions);
}

/* Files do not say which languages a model knows; names of those that know
 * more than English do. */
static bool
is_english(struct str model)
{
    static const char *const marks[] = { "multilingual", "-m3", "m3e",
                                         "labse" };

    for (; model.len; model = str_slice(model, 1, model.len))
        for (size_t i = 0; i < COUNT(marks); i++)
            if (str_starts_nocase(model, str_from(marks[i])))
                return false;
    return true;
}

/* The shelf may close the encoder any time after this question. */
static struct embed_centre
keep_centre(struct local *l, struct str model, const struct encoder *encoder)
{
    struct embed_centre centre = {
        .dimensions = encoder_dimensions(encoder),
        .question = encoder_centre(encoder, ENCODE_QUESTION),
        .passage = encoder_centre(encoder, ENCODE_PASSAGE),
        .english = is_english(model),
    };

    return centres_keep(l->centres, model, &centre);
}

static enum status
local_question(void *self, const struct embed_ask *ask, float *vector,
               struct embed_centre *centre, struct error *err)
{
    struct local         *l = self;
    struct shelf_model   *model;
    const struct encoder *encoder;
    enum status           st = shelf_borrow(l->shelf, ask->model, &model,
                                            &encoder, err);

    if (st != OK)
        return st;
    if (gate_enter(l->gate, ask->deadline_us)) {
        encode(encoder, ENCODE_QUESTION, &ask->text, 1, vector);
        gate_leave(l->gate);
        *centre = keep_centre(l, ask->model, encoder);
    } else {
        st = failed(err, ERR_TIMEOUT, "%zu wait for the encoder",
                    gate_waiting(l->gate));
    }
    shelf_return(l->shelf, model);
    return st;
}

/* The gate is left between batches, so that questions get their turn. */
static enum status
local_passages(void *self, const struct str *texts, size_t count,
               float *vectors, bool *refused, struct error *err)
{
    struct local         *l = self;
    size_t                batch = (size_t)l->conf->embedding_batch, n;
    struct shelf_model   *model;
    const struct encoder *encoder;
    enum status           st = borrow(l, &model, &encoder, err);

    (void)refused; /* nothing is */
    if (st != OK)
        return st;
    for (size_t done = 0; done < count; done += n) {
        n = count - done < batch ? count - done : batch;
        (void)gate_enter(l->gate, GATE_NO_DEADLINE); /* never in vain */
        encode(encoder, ENCODE_PASSAGE, texts + done, n,
               vectors + done * encoder_dimensions(encoder));
        gate_leave(l->gate);
    }
    shelf_return(l->shelf, model);
    return OK;
}

const struct embed_backend embed_local = {
    "local", local_check, local_open, local_close, local_look, local_prepare,
    local_question, local_passages,
};
