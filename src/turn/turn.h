/*
 * One request with memory, from its key to its remembering.  READ turn.c
 * FIRST: its table of stages is the product.
 *
 * The fields are grouped by the stage that writes them and read-only
 * afterwards.  Layers below never see this struct.
 */
#ifndef TURN_TURN_H
#define TURN_TURN_H

#include "base/log.h"
#include "provider/dialect.h"
#include "store/injection.h"
#include "turn/admission.h"
#include "turn/options.h"
#include "web/reply.h"

/* The rows of the table in turn.c. */
enum turn_stage {
    STAGE_AUTHENTICATE, STAGE_PLAN, STAGE_RECALL, STAGE_INJECT, STAGE_FORWARD,
    STAGE_CAPTURE, STAGE_REMEMBER,
    TURN_STAGES
};

enum memory_status {
    MEMORY_HIT,      /* memories were added                         */
    MEMORY_EMPTY,    /* nothing relevant is remembered              */
    MEMORY_OFF,      /* the caller wants none                       */
    MEMORY_SKIPPED,  /* there was nothing to recall for             */
    MEMORY_TIMEOUT,  /* recall took too long                        */
    MEMORY_ERROR,    /* recall failed                               */
};

/* What did not fit into the model's context window. */
struct window_cut {
    size_t memories[WINDOW_COUNT];
    size_t tokens;
};

enum turn_kind {
    TURN_CHAT,   /* recalls and stores                                  */
    TURN_COUNT,  /* counts tokens: recalls, because that counts too     */
    TURN_PASS,   /* no memory: embeddings, audio, images ...            */
};

struct turn {
    /* given */
    const struct service *service;
    const struct dialect *dialect;
    enum turn_kind        kind;
    struct str            path_model;    /* where the path names it, or ""   */
    struct str            url_end;       /* behind the provider's address: for
                                            TURN_PASS the operation          */
    struct arena         *arena;
    struct request       *request;
    struct reply         *reply;
    struct admission     *admission;
    struct str            request_id;
    int64_t               now_ms;
    int64_t               start_us;      /* clock_tick_us() */

    /* authenticate */
    struct credentials    credentials;
    struct key_access     access;
    bool                  graced;
    bool                  authenticated;

    /* plan */
    struct prompt         prompt;
    struct options        options;
    struct route          route;
    struct str            url;
    struct str            provider_key;
    struct str            body;          /* what goes up: without our fields;
                                            inject adds memory to it         */
    struct str            fallbacks;     /* yet to be tried; ptr NULL: all   */
    struct str            fallback;      /* the one that is tried, or ""     */
    bool                  withhold_usage; /* the client did not ask for it   */

    /* recall */
    struct recall_answer  found;         /* inject cuts its hits to fit      */
    bool                  kept;          /* from an earlier request of the
                                            loop: then memories, not hits    */
    enum memory_status    memory_status;

    /* inject */
    struct window_cut     cut;           /* from the hits                    */
    struct injection      memories;      /* what was added                   */

    /* forward */
    struct http_outcome   outcome;
    struct reading        reading;
    bool                  event_stream;  /* the reply is one                 */
    bool                  debug;         /* it tells what was done           */
    bool                  complete;      /* it came to its end               */
    bool                  raised;        /* in the map of pending turns      */
    struct note          *note;          /* of it, up to its commit          */
    size_t                noted_bytes;   /* of the reply's text then         */

    /* capture */
    struct exchange       exchange;

    /* the trace: time of each stage that ran, else -1 */
    int64_t               stage_ms[TURN_STAGES];
    int64_t               stage_us[TURN_STAGES];
};

/*
 * Serves the request to the end, also its error reply, and remembers it.
 * Adds what happened to the access line.
 */
void turn_run(struct turn *t, struct log_line *access);

/* "authenticate", "plan" ... */
const char *turn_stage_name(enum turn_stage stage);

/* "hit", "empty" ... */
const char *turn_memory_status_name(enum memory_status status);

#endif
