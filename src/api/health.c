/*
 * GET /health: alive, always "healthy".
 *
 * With ?deep=1 also whether memory works: "unhealthy" (503) without the
 * database; "degraded" (200) when requests are served, but recall goes by words
 * alone against the configuration, or the state folder cannot be written.
 */
#include "api/endpoints.h"

#include <unistd.h>

#include "base/buf.h"
#include "platform/clock.h"
#include "platform/json.h"
#include "store/exchange.h"

#include "base/banned.h"

enum { BODY_MAX_BYTES = 8 << 10 };

enum health { UNHEALTHY, DEGRADED, HEALTHY };

static bool
check_state_folder(const struct conf *conf)
{
    return access(conf->state_dir, R_OK | W_OK | X_OK) == 0;
}

static bool
check_embedding(const struct service *s)
{
    return s->conf->embedding == EMBED_NONE || embed_ready(s->embedder);
}

static bool
check_database(const struct service *s)
{
    struct error err;

    if (service_check_store(s, &err) == OK)
        return true;
    log_error(LOG_WARN, "health", &err);
    return false;
}

static void
add_embedding(struct buf *b, struct arena *a, struct embedder *e)
{
    bool ready = embed_ready(e);

    buf_printf(b, ",\"recall\":\"%s\",\"embedding\":{\"backend\":\"%s\","
               "\"model\":", ready ? "hybrid" : "words", embed_backend(e));
    json_add_string(b, embed_model(e));
    buf_printf(b, ",\"ready\":%s,\"state\":", ready ? "true" : "false");
    json_add_string(b, embed_state(e, a));
    buf_add(b, STR("}"));
}

/* Looks at everything that memory needs and adds what it found. */
static enum health
examine(struct call *c, struct buf *b)
{
    const struct service *s = c->service;
    bool                  database = check_database(s);
    bool                  folder = check_state_folder(s->conf);

    buf_printf(b, ",\"database\":\"%s\",\"state_folder\":\"%s\","
               "\"spooled\":%zu", database ? "ok" : "unreachable",
               folder ? "ok" : "unusable", spool_count(s->conf->state_dir));
    add_embedding(b, c->request->arena, s->embedder);
    if (!database)
        return UNHEALTHY;
    return folder && check_embedding(s) ? HEALTHY : DEGRADED;
}

void
health_get(struct call *c)
{
    static const char *const words[] = {
        [UNHEALTHY] = "unhealthy",
        [DEGRADED] = "degraded",
        [HEALTHY] = "healthy",
    };
    struct arena *a = c->request->arena;
    struct buf   *parts = buf_new(a, BODY_MAX_BYTES);
    struct buf   *b = buf_new(a, BODY_MAX_BYTES);
    enum health   health = HEALTHY;
    struct error  ignored;

    if (request_has_query(c->request, "deep"))
        health = examine(c, parts);
    buf_printf(b, "{\"status\":\"%s\",\"timestamp\":\"%.*s\"",
               words[health], STR_ARG(clock_iso(a, c->now_ms)));
    buf_add(b, buf_str(parts));
    buf_add(b, STR("}"));
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, health == UNHEALTHY ? 503 : 200,
                             "application/json", buf_str(b), &ignored));
}
