/*
 * The endpoint for embeddings that the configuration names: POST
 * /v1/embeddings in OpenAI's dialect.
 *
 * One that fails is left alone for a while (breaker.h); whoever asks meanwhile
 * is told at once.  The address comes from the configuration alone; errors
 * repeat neither it nor the key nor a text.  Any thread may call; no lock is
 * held during a call.
 */
#ifndef MEMORY_ENDPOINT_H
#define MEMORY_ENDPOINT_H

#include "base/arena.h"
#include "platform/conf.h"

enum { ENDPOINT_REASON_BYTES = 200 };

struct endpoint;
struct http;

/* The texts of one call, with their prefixes. */
struct endpoint_batch {
    struct str        model;
    const struct str *texts;
    size_t            count;        /* at least 1 */
    size_t            dimensions;   /* 0: not known, and found out */
    int64_t           deadline_us;  /* embedding_timeout_ms may end it before */
};

/* Whether address and key can be used.  Errors: ERR_CONFIG. */
enum status endpoint_check(const struct conf *conf,
                           struct error *err) MUST_CHECK;

/* Both are borrowed. */
struct endpoint *endpoint_open(const struct conf *conf, struct http *http);
void endpoint_close(struct endpoint *e);

/* Whether it is left alone now and what the last failure was.  Returns how
 * often *down changed. */
unsigned endpoint_look(struct endpoint *e, bool *down,
                       char reason[ENDPOINT_REASON_BYTES]);

/*
 * The vectors of a batch, of length 1.
 *
 * rows    room for b->count rows of b->dimensions floats, of
 *         EMBED_DIMENSIONS_MAX when that is 0
 * Errors  ERR_INPUT: the endpoint works, but does not take these texts;
 *         ERR_UPSTREAM, ERR_TIMEOUT
 */
enum status endpoint_ask(struct endpoint *e, struct endpoint_batch *b,
                         float *rows, struct error *err) MUST_CHECK;

#endif
