/* Opening and closing what all requests of a process share. */
#include "turn/service.h"

#include "store/migrate.h"

#include "base/banned.h"

enum status
service_open(struct service *s, struct arena *a, const struct conf *conf,
             struct error *err)
{
    enum status st;

    memset(s, 0, sizeof(*s));
    s->conf = conf;
    if ((st = crypto_init(err)) != OK ||
        (st = key_ring_load(key_ring_path(a, conf), &s->ring,
                            err)) != OK ||
        (st = providers_init(a, conf, &s->providers, err)) != OK ||
        (st = pending_open(conf->state_dir, &s->pending, err)) != OK ||
        (st = http_open(&s->http, err)) != OK)
        return st;
    db_library_init();
    s->db = db_open(conf);
    s->recall = recall_open((size_t)conf->tail_cache_bytes,
                            (double)conf->recall_min_score / 1000);
    s->grace = grace_open(conf->auth_grace_seconds);
    return OK;
}

void
service_close(struct service *s)
{
    grace_close(s->grace);
    recall_close(s->recall);
    db_close(s->db);
    http_close(s->http);
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
