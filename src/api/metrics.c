/*
 * GET /metrics: the counters of this node, for Prometheus.
 *
 * The option decides: with `off` there is no such path.  With `loopback` there
 * is one for a scraper on this machine alone: a client whose address is a
 * loopback address, without any header of a proxy in between.  With `open` the
 * administrator says that the web server keeps others out.
 */
#include "api/endpoints.h"

#include "store/backlog.h"
#include "store/exchange.h"
#include "turn/measure.h"

#include "base/banned.h"

enum { BODY_MAX_BYTES = 4 << 20 };

static bool
is_local(const struct request *r)
{
    static const char *const proxies[] = {
        "forwarded", "x-forwarded-for", "x-real-ip", "via",
    };

    for (size_t i = 0; i < COUNT(proxies); i++)
        if (request_header(r, proxies[i]).len)
            return false;
    return str_starts(r->address, STR("127.")) ||
           str_equal(r->address, STR("::1"));
}

static void
add_gauge(struct buf *b, const char *name, int64_t value)
{
    buf_printf(b, "# TYPE %s gauge\n%s %lld\n", name, name, (long long)value);
}

/* What waits for the learner; nothing while the database is away. */
static void
add_backlog(struct call *c, struct buf *b)
{
    const struct service *s = c->service;
    struct db_conn       *conn;
    struct error          err;
    int64_t               vaults, rows;
    enum status           st = db_borrow(s->db, &conn, &err);

    add_gauge(b, "memoryrouter_database_up", st == OK);
    if (st != OK)
        return;
    st = backlog_size(conn, c->request->arena, &vaults, &rows, &err);
    db_return(s->db, conn);
    if (st != OK)
        return;
    add_gauge(b, "memoryrouter_learner_vaults_waiting", vaults);
    add_gauge(b, "memoryrouter_learner_rows_waiting", rows);
}

void
metrics_get(struct call *c)
{
    const struct service *s = c->service;
    struct arena         *a = c->request->arena;
    struct buf           *b = buf_new(a, BODY_MAX_BYTES);
    struct error          ignored;

    if (s->conf->metrics == METRICS_OFF ||
        (s->conf->metrics == METRICS_LOOPBACK && !is_local(c->request))) {
        routes_answer_not_found(c);
        return;
    }
    measure_process(s);
    measure_limits(s);
    meters_print(s->meters, a, b);
    add_backlog(c, b);
    add_gauge(b, "memoryrouter_spooled_turns",
              (int64_t)spool_count(s->conf->state_dir));
    add_gauge(b, "memoryrouter_embedder_ready", embed_ready(s->embedder));
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, 200,
                             "text/plain; version=0.0.4; charset=utf-8",
                             buf_str(b), &ignored));
}
