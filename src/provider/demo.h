/*
 * The provider that needs no network and no key: it repeats the memory that it
 * was given, so that a newcomer sees the whole path.  It never pretends to be
 * a model.
 */
#ifndef PROVIDER_DEMO_H
#define PROVIDER_DEMO_H

#include "platform/http.h"

struct demo_call {
    struct str body;      /* a chat completion request as it goes up          */
    struct str memories;  /* what was recalled, a line each, "" for nothing   */
    struct str id;        /* of the request                                   */
    int64_t    now_ms;
};

/* Answers through the same events as a provider would.  Errors: what an event
 * returned. */
enum status demo_run(struct arena *a, const struct demo_call *call,
                     const struct http_events *events,
                     struct http_outcome *outcome,
                     struct error *err) MUST_CHECK;

#endif
