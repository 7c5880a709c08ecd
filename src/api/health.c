/* GET /health: alive; with ?deep=1 also whether memory works. */
#include "api/endpoints.h"

#include "base/buf.h"
#include "platform/clock.h"
#include "platform/json.h"
#include "store/exchange.h"

#include "base/banned.h"

void
health_get(struct call *c)
{
    struct buf  *b = buf_new(c->request->arena, 4096);
    bool         deep = request_has_query(c->request, "deep");
    bool         good = true;
    struct error err, ignored;

    if (deep && service_check_store(c->service, &err) != OK) {
        good = false;
        log_error(LOG_WARN, "health", &err);
    }
    buf_printf(b, "{\"status\":\"%s\",\"timestamp\":\"%.*s\"",
               good ? "healthy" : "unhealthy",
               STR_ARG(clock_iso(c->request->arena, c->now_ms)));
    if (deep)
        buf_printf(b, ",\"database\":\"%s\",\"spooled\":%zu,"
                   "\"recall\":\"words\"", good ? "ok" : "unreachable",
                   spool_count(c->service->conf->state_dir));
    buf_add(b, STR("}"));
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, good ? 200 : 503, "application/json",
                             buf_str(b), &ignored));
}
