/* Opening and closing what all requests of a process share. */
#include "turn/service.h"

#include <unistd.h>

#include "base/log.h"
#include "store/migrate.h"

#include "base/banned.h"

/* More searches at once than there are cores only delay each other. */
static size_t
searches_of(const struct conf *conf)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (conf->searches)
        return (size_t)conf->searches;
    return cores > 0 ? (size_t)cores : 1;
}

static enum status
open_meters(struct service *s, struct error *err)
{
    if (s->conf->metrics == METRICS_OFF)
        return OK;
    return meters_open(s->conf->state_dir, &s->meters, err);
}

enum status
service_open(struct service *s, struct arena *a, const struct conf *conf,
             uint32_t start, struct error *err)
{
    enum status st;

    memset(s, 0, sizeof(*s));
    s->conf = conf;
    if ((st = crypto_init(err)) != OK ||
        (st = key_ring_load(key_ring_path(a, conf), &s->ring,
                            err)) != OK ||
        (st = providers_init(a, conf, &s->providers, err)) != OK ||
        (st = pending_open(conf->state_dir, &s->pending, err)) != OK ||
        (st = limiter_open(conf->state_dir, start, &s->limiter,
                           err)) != OK ||
        (st = open_meters(s, err)) != OK ||
        (st = http_open(&s->http, err)) != OK ||
        (st = embed_open(conf, s->http, &s->embedder, err)) != OK)
        return st;
    db_library_init();
    s->db = db_open(conf);
    s->notes = notes_open(conf->state_dir);
    s->recall = recall_open(&(struct recall_options){
        .tails = { .state_dir = conf->state_dir,
                   .cache_bytes = (size_t)conf->tail_cache_bytes,
                   .most = (size_t)conf->open_vaults },
        .embedder = s->embedder,
        .searches = searches_of(conf),
    });
    s->grace = grace_open(conf->auth_grace_seconds);
    return OK;
}

void
service_close(struct service *s)
{
    grace_close(s->grace);
    recall_close(s->recall);
    db_close(s->db);
    notes_close(s->notes);
    embed_close(s->embedder);
    http_close(s->http);
    limiter_close(s->limiter);
    meters_close(s->meters);
    pending_close(s->pending);
    key_ring_wipe(&s->ring);
}

enum status
service_check_store(const struct service *s, struct error *err)
{
    struct arena    a = ARENA_INIT;
    struct db_conn *conn;
    int64_t         version = 0;
    enum status     st = db_borrow(s->db, &conn, err);

    if (st != OK)
        return st;
    st = migrate_version(conn, &a, &version, err);
    if (st == OK && version < MIGRATE_VERSION_WANTED)
        st = failed(err, ERR_STORE, "the schema has version %lld, %d is "
                    "needed: run memoryrouter-admin migrate",
                    (long long)version, MIGRATE_VERSION_WANTED);
    if (st == OK)
        st = db_prepare_all(conn, err);
    db_return(s->db, conn);
    arena_release(&a);
    return st;
}

void
service_note_embedding(const struct service *s)
{
    struct arena a = ARENA_INIT;
    bool         good;

    if (!embed_changed(s->embedder))
        return;
    good = embed_ready(s->embedder) || s->conf->embedding == EMBED_NONE;
    log_text(good ? LOG_INFO : LOG_WARN, "embedding", "%s",
             embed_state(s->embedder, &a).ptr);
    arena_release(&a);
}
