/* The loop of the learner's process. */
#include "turn/learning.h"

#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "platform/clock.h"
#include "store/exchange.h"
#include "store/upkeep.h"

#include "base/banned.h"

enum {
    NICE       = 10,           /* whoever waits for a reply comes first */
    IDLE_MS    = 200,          /* new memories are looked for so often  */
    AWAY_MS    = 1000,         /* the database, while it is away        */
    SPOOL_US   = 1000 * 1000,
    SWEEP_US   = 60 * 1000000,
};

struct learning {
    const struct service *service;
    struct learner       *learner;
    int64_t               spooled_us;  /* when the spool was looked at */
    int64_t               swept_us;
    bool                  away;        /* the database, as was logged  */
};

void
learning_log(void *owner, const struct learn_news *news)
{
    static const struct {
        enum log_level level;
        const char    *name;
    } rows[] = {
        [LEARN_ADOPTED] = { LOG_DEBUG, "vault_adopted" },
        [LEARN_EMBEDDED] = { LOG_DEBUG, "vault_embedded" },
        [LEARN_REFUSED] = { LOG_WARN, "memory_refused" },
        [LEARN_BUILT] = { LOG_INFO, "vault_built" },
        [LEARN_REMOVED] = { LOG_INFO, "vault_removed" },
        [LEARN_FAILED] = { LOG_WARN, "learner" },
    };
    struct log_line line;

    (void)owner; /* the log is one for all */
    log_begin(&line, rows[news->event].level, rows[news->event].name);
    if (news->vault_id)
        log_int(&line, "vault", news->vault_id);
    if (news->seq)
        log_int(&line, "seq", news->seq);
    if (news->count)
        log_int(&line, "count", news->count);
    if (news->error)
        log_str(&line, "text", str_from(news->error->text));
    log_end(&line);
}

/* Turns that were spooled while the database was away, or that a process left
 * behind. */
static void
replay_spool(const struct service *service)
{
    struct error err;
    size_t       saved = 0, bad = 0;
    enum status  st;

    st = spool_replay(service->db, service->conf->state_dir, &saved, &bad,
                      &err);
    if (saved || bad)
        log_text(bad ? LOG_ERROR : LOG_INFO, "spool",
                 "%zu turns stored, %zu unreadable ones set aside", saved, bad);
    if (st != OK && st != ERR_STORE)
        log_error(LOG_ERROR, "spool", &err);
}

/* What is due with rows, and what is left over on disk.  While the database is
 * away there is nothing to sweep. */
static void
sweep(struct learning *g)
{
    const struct service *s = g->service;
    struct upkeep_done    done;
    struct error          err;
    enum status           st = upkeep_run(s->db, s->conf, clock_now_ms(),
                                          &done, &err);

    if (st != OK && !g->away)
        log_error(LOG_WARN, "upkeep", &err);
    if (done.days || done.deleted || done.events)
        log_text(LOG_INFO, "upkeep", "%zu days of usage rolled up, %zu "
                 "memories and %zu events of usage past their time deleted",
                 done.days, done.deleted, done.events);
    if (st == OK && learn_sweep(g->learner, &err) != OK &&
        err.status != ERR_BUSY)
        log_error(LOG_WARN, "sweep", &err);
}

/* True when it is time: then *last is now. */
static bool
is_time(int64_t *last_us, int64_t every_us)
{
    int64_t now_us = clock_tick_us();

    if (now_us - *last_us < every_us)
        return false;
    *last_us = now_us;
    return true;
}

/* How long to wait before the next round. */
static int
learn(struct learning *g)
{
    struct learn_round round;
    struct error       err;
    enum status        st = learn_some(g->learner, &round, &err);

    if (st == ERR_STORE && !g->away)
        log_error(LOG_WARN, "learner", &err);
    g->away = st == ERR_STORE;
    if (g->away)
        return AWAY_MS;
    if (st != OK && st != ERR_BUSY)
        log_error(LOG_ERROR, "learner", &err);
    if (st == OK && (round.rows || round.built || round.adopted))
        return 0;
    return IDLE_MS;
}

void
learning_run(const struct service *s, int stop_fd)
{
    struct learn_setup setup = {
        .conf = s->conf,
        .db = s->db,
        .http = s->http,
        .embedder = s->embedder,
        .stop_fd = stop_fd,
        .note = learning_log,
    };
    struct learning g = { .service = s, .learner = learn_open(&setup),
                          .swept_us = clock_tick_us() };
    struct pollfd   stop = { stop_fd, POLLIN, 0 };
    int             pause_ms;

    if (nice(NICE) == -1)
        log_text(LOG_DEBUG, "learner", "its priority stays as it is");
    do {
        service_note_embedding(s);
        if (is_time(&g.spooled_us, SPOOL_US))
            replay_spool(s);
        pause_ms = learn(&g);
        if (is_time(&g.swept_us, SWEEP_US))
            sweep(&g);
    } while (poll(&stop, 1, pause_ms) <= 0);
    learn_close(g.learner);
}
