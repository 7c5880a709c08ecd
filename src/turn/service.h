/*
 * What all requests of a process share.  Made by main.c before the first
 * thread; each part says itself which threads may use it.
 */
#ifndef TURN_SERVICE_H
#define TURN_SERVICE_H

#include "memory/embed.h"
#include "memory/recall.h"
#include "platform/crypto.h"
#include "platform/http.h"
#include "platform/meters.h"
#include "provider/providers.h"
#include "store/limiter.h"
#include "store/notes.h"
#include "store/pending.h"
#include "turn/grace.h"

struct service {
    const struct conf *conf;
    struct providers   providers;
    struct key_ring    ring;
    struct db         *db;
    struct http       *http;
    struct recall     *recall;
    struct embedder   *embedder;
    struct pending    *pending;
    struct notes      *notes;
    struct limiter    *limiter;
    struct meters     *meters;    /* NULL: nothing is counted */
    struct grace      *grace;
};

/*
 * Opens all of it for this process; the database may be away.  `a` and `conf`
 * must outlive the service.
 *
 * start    as limiter_open() wants it
 * Errors   ERR_CONFIG, ERR_INTERNAL
 */
enum status service_open(struct service *s, struct arena *a,
                         const struct conf *conf, uint32_t start,
                         struct error *err) MUST_CHECK;
void service_close(struct service *s);

/* Whether the database is there and fits this program: for the log at start.
 * Errors: ERR_STORE. */
enum status service_check_store(const struct service *s,
                                struct error *err) MUST_CHECK;

/* Logs what is to be said about embeddings, when it is news: at the start, and
 * when a model came or an endpoint went.  Any thread. */
void service_note_embedding(const struct service *s);

#endif
