/*
 * What a backend of embeddings does for embed.c, which checks arguments,
 * shortens texts and remembers recent questions.
 *
 * Contracts are those of embed.h; any thread may call.
 */
#ifndef MEMORY_EMBED_BACKEND_H
#define MEMORY_EMBED_BACKEND_H

#include "memory/centres.h"
#include "memory/embed.h"

/* What can be said about a backend at a moment. */
struct embed_view {
    struct str model;       /* "": words only */
    size_t     dimensions;  /* 0: not known yet */
    bool       ready;
    unsigned   changes;     /* of the sentence, since the opening */
    char       sentence[1024];
};

/* A question, shortened. */
struct embed_ask {
    struct str model;
    struct str text;
    int64_t    deadline_us;
};

struct embed_backend {
    const char *name;
    enum status (*check)(const struct conf *conf, struct error *err);
    /* *self may stay NULL.  `centres` lives longer. */
    enum status (*open)(const struct conf *conf, struct http *http,
                        struct centres *centres, void **self,
                        struct error *err);
    void (*close)(void *self);
    /* Brings what is known up to date, without asking anybody. */
    void (*look)(void *self, struct embed_view *view);
    enum status (*prepare)(void *self, struct error *err);
    enum status (*question)(void *self, const struct embed_ask *ask,
                            float *vector, struct embed_centre *centre,
                            struct error *err);
    enum status (*passages)(void *self, const struct str *texts, size_t count,
                            float *vectors, bool *refused, struct error *err);
};

extern const struct embed_backend embed_local;
extern const struct embed_backend embed_http;

#endif
