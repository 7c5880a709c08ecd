/*
 * Vectors of texts: by the encoder here, by an endpoint that speaks OpenAI's
 * embeddings dialect, or none at all (option `embedding`).
 *
 * Vectors have length 1.  A backend that cannot be used now is no error at
 * the start: recall goes by words alone, embed_state() says why, and what
 * comes back later is taken up by itself.  Locks are held inside only, and
 * none while an endpoint is asked or a text is encoded.  Any thread may call.
 */
#ifndef MEMORY_EMBED_H
#define MEMORY_EMBED_H

#include "base/arena.h"
#include "platform/conf.h"

struct embedder;  /* one per process */
struct http;

/* Most floats of a vector. */
enum { EMBED_DIMENSIONS_MAX = 4096 };

/*
 * What is known of the model that made a question's vector: above all the mean
 * vectors of many questions and passages that have nothing to do with each
 * other (centre.h).  Two texts are near when their vectors, less these, are.
 */
struct embed_centre {
    size_t       dimensions;
    const float *question;  /* NULL, both: not known (yet) */
    const float *passage;   /* good until embed_close() */
    bool         english;   /* it understands nothing else */
};

/* Whether the options of embeddings fit together.  Errors: ERR_CONFIG. */
enum status embed_check(const struct conf *conf, struct error *err) MUST_CHECK;

/*
 * Opens the backend that the configuration names; asks no endpoint yet.
 *
 * conf, http  borrowed for the embedder's life; http may be NULL unless the
 *             backend is "http"
 * Errors      ERR_CONFIG.  A missing or damaged model is none: words only
 */
enum status embed_open(const struct conf *conf, struct http *http,
                       struct embedder **embedder,
                       struct error *err) MUST_CHECK;
void embed_close(struct embedder *e);

/* "local", "http" or "none". */
const char *embed_backend(const struct embedder *e);

/* The model that passages are embedded with, good until embed_close(); ""
 * when there is none now: words only. */
struct str embed_model(struct embedder *e);

/* Floats of its vectors, 1..EMBED_DIMENSIONS_MAX; 0 while it is not known:
 * embed_prepare() finds out. */
size_t embed_dimensions(struct embedder *e);

/* True when a question would be embedded now. */
bool embed_ready(struct embedder *e);

/* One sentence for people about all that: what works, or why it does not and
 * what to do; owned by `a`.  Names no address. */
struct str embed_state(struct embedder *e, struct arena *a);

/* True when the sentence is another one than when this was last true: once
 * after the opening, then after each change.  For the log. */
bool embed_changed(struct embedder *e);

/*
 * Makes sure that embed_dimensions() and the model's centre are known; may ask
 * the endpoint.
 * Errors  ERR_NOT_FOUND (no model: words only), ERR_UPSTREAM, ERR_TIMEOUT
 */
enum status embed_prepare(struct embedder *e, struct error *err) MUST_CHECK;

/*
 * The vector of a question.  Recent ones are remembered, and of equal ones at
 * the same time one is computed.
 *
 * model        that of the vault: the configured one or another that is in the
 *              model folder (or that the endpoint knows)
 * deadline_us  as clock_tick_us() counts
 * vector       room for EMBED_DIMENSIONS_MAX floats, centre->dimensions of
 *              them written
 * centre       may not be NULL.  Of an endpoint it is known after some
 *              questions, which carry sentences along for it
 * Errors       ERR_TIMEOUT; ERR_NOT_FOUND: there is no such model here, go by
 *              words; ERR_UPSTREAM: the endpoint is not usable now (at once
 *              while it is known to be down), or refuses the text
 */
enum status embed_question(struct embedder *e, struct str model,
                           struct str text, int64_t deadline_us,
                           float *vector, struct embed_centre *centre,
                           struct error *err) MUST_CHECK;

/*
 * The vectors of memories, under the model embed_model().
 *
 * vectors  count rows of embed_dimensions() floats, which must be known
 * refused  [count]: true where the endpoint takes others but not this text; its
 *          row is zero and it will never have a vector.  Local encoding
 *          refuses nothing
 * Errors   ERR_NOT_FOUND, ERR_UPSTREAM, ERR_TIMEOUT: none of the rows counts
 */
enum status embed_passages(struct embedder *e, const struct str *texts,
                           size_t count, float *vectors, bool *refused,
                           struct error *err) MUST_CHECK;

#endif
