/* doctor: is this installation fit to serve, and if not, what to do. */
#include "admin/verbs.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <curl/curl.h>
#include <json-c/json.h>

#include "admin/table.h"
#include "memory/embed.h"
#include "platform/clock.h"
#include "platform/http.h"
#include "store/backlog.h"
#include "store/exchange.h"
#include "store/migrate.h"
#include "store/provider_key.h"

#include "base/banned.h"

/* What a check found: a sentence for `ok`, or the error. */
struct doctor {
    struct admin   *m;
    struct db_conn *conn;    /* as the serving user; NULL: no database */
    struct error    why;     /* there is none */
    struct str      found;
    bool            worse;   /* than it could be, but no failure */
};

typedef enum status check_fn(struct doctor *d, struct error *err);

static enum status
check_database(struct doctor *d, struct error *err)
{
    struct db_rows rows;
    int64_t        v;
    enum status    st;

    if (!d->conn)
        return failed(err, ERR_STORE, "%s: check the db_ options, and that "
                      "MariaDB runs", d->why.text);
    st = db_run(d->conn, d->m->arena, SQL_PING, NULL, 0, &rows, err);
    v = db_version(d->conn);
    d->found = arena_printf(d->m->arena, "MariaDB %lld.%lld.%lld as %s",
                            (long long)v / 10000, (long long)v / 100 % 100,
                            (long long)v % 100, d->m->conf.db_user);
    return st;
}

static enum status
check_schema(struct doctor *d, struct error *err)
{
    int64_t     version = 0;
    enum status st;

    if (!d->conn)
        return failed(err, ERR_STORE, "unknown: the database comes first");
    st = migrate_version(d->conn, d->m->arena, &version, err);
    if (st == OK && version < MIGRATE_VERSION_WANTED)
        return failed(err, ERR_STORE, "version %lld, %d is needed: run "
                      "memoryrouter-admin migrate", (long long)version,
                      MIGRATE_VERSION_WANTED);
    d->found = arena_printf(d->m->arena, "version %lld", (long long)version);
    return st;
}

static enum status
check_statements(struct doctor *d, struct error *err)
{
    if (!d->conn)
        return failed(err, ERR_STORE, "unknown: the database comes first");
    d->found = arena_printf(d->m->arena, "%d prepared", STATEMENT_COUNT);
    return db_prepare_all(d->conn, err);
}

/* Every stored provider key can be opened, as far as ids tell. */
static enum status
check_seals(struct doctor *d, const struct key_ring *ring, struct error *err)
{
    struct provider_key_ring *list;
    size_t                    count;
    enum status st = provider_key_rings(d->conn, d->m->arena, &list, &count,
                                        err);

    for (size_t i = 0; st == OK && i < count; i++)
        if (!key_ring_find(ring, list[i].id))
            return failed(err, ERR_CONFIG, "%lld provider keys need seal key "
                          "%u, which the key ring lacks: restore it from "
                          "your backup, or set them again",
                          (long long)list[i].rows, (unsigned)list[i].id);
    return st;
}

static enum status
check_key_ring(struct doctor *d, struct error *err)
{
    struct key_ring *ring;
    enum status      st = admin_ring(d->m, &ring, err);

    if (st != OK)
        return st;
    d->found = arena_printf(d->m->arena, "%s, %zu seal keys",
                            key_ring_path(d->m->arena, &d->m->conf),
                            ring->seal_count);
    return d->conn ? check_seals(d, ring, err) : OK;
}

static enum status
check_state(struct doctor *d, struct error *err)
{
    const char *folder = d->m->conf.state_dir;

    if (access(folder, R_OK | W_OK | X_OK) != 0)
        return failed(err, ERR_CONFIG, "%s: %s: make it, owned by the "
                      "service's user, mode 0700", folder, strerror(errno));
    d->found = str_from(folder);
    return OK;
}

static enum status
check_spool(struct doctor *d, struct error *err)
{
    size_t waiting = spool_count(d->m->conf.state_dir);

    if (waiting > 0)
        return failed(err, ERR_STORE, "%zu turns wait: the server stores "
                      "them when the database is back, or run "
                      "memoryrouter-admin learn", waiting);
    d->found = STR("empty");
    return OK;
}

static enum status
check_socket(struct doctor *d, struct error *err)
{
    const char        *path = d->m->conf.socket;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool               good = fd >= 0 &&
                              strlen(path) < sizeof(address.sun_path);

    errno = ENAMETOOLONG; /* unless connect() says something else */
    if (good) {
        memcpy(address.sun_path, path, strlen(path));
        good = connect(fd, (const struct sockaddr *)&address,
                       sizeof(address)) == 0;
    }
    if (!good)
        error_ignore(failed(err, ERR_CONFIG, "%s: %s: start memoryrouter",
                            path, strerror(errno)));
    if (fd >= 0)
        (void)close(fd); /* nothing was sent */
    d->found = arena_printf(d->m->arena, "%s accepts connections", path);
    return good ? OK : ERR_CONFIG;
}

/* Embeds a sentence, so that a model or an endpoint is really used. */
static enum status
try_embedding(struct doctor *d, struct embedder *e, struct error *err)
{
    float              *vector = arena_array(d->m->arena, float,
                                             EMBED_DIMENSIONS_MAX);
    int64_t             before_us = clock_tick_us();
    struct embed_centre centre;
    enum status         st;

    st = embed_question(e, str_from(d->m->conf.embedding_model),
                        STR("Is this installation fit to serve?"),
                        before_us + d->m->conf.embedding_timeout_ms * 1000,
                        vector, &centre, err);
    d->worse = st == ERR_NOT_FOUND && d->m->conf.embedding != EMBED_NONE;
    d->found = embed_state(e, d->m->arena);
    if (st == OK)
        d->found = arena_printf(d->m->arena, "%s, %lld ms", d->found.ptr,
                                (long long)(clock_tick_us() - before_us) /
                                    1000);
    return st == ERR_NOT_FOUND ? OK : st;
}

static enum status
check_embedding(struct doctor *d, struct error *err)
{
    struct embedder *e;
    struct http     *http;
    enum status      st = http_open(&http, err);

    if (st != OK)
        return st;
    st = embed_open(&d->m->conf, http, &e, err);
    if (st == OK) {
        st = try_embedding(d, e, err);
        embed_close(e);
    }
    http_close(http);
    return st;
}

/* Whoever asks twice sees whether the number falls. */
static enum status
check_learner(struct doctor *d, struct error *err)
{
    int64_t     vaults, rows;
    enum status st;

    if (!d->conn)
        return failed(err, ERR_STORE, "unknown: the database comes first");
    st = backlog_size(d->conn, d->m->arena, &vaults, &rows, err);
    if (st != OK)
        return st;
    d->found = STR("no memory waits for its vector");
    if (rows > 0)
        d->found = arena_printf(d->m->arena, "%lld memories of %lld vaults "
                                "wait for their vectors", (long long)rows,
                                (long long)vaults);
    return OK;
}

static enum status
check_libraries(struct doctor *d, struct error *err)
{
    (void)err; /* they are there, or this program would not run */
    d->found = arena_printf(d->m->arena, "libcurl %s, json-c %s, MariaDB "
                            "Connector/C %s, libsodium %s",
                            curl_version_info(CURLVERSION_NOW)->version,
                            json_c_version(), db_client_version(),
                            crypto_version());
    return OK;
}

static const struct {
    const char *name;
    check_fn   *run;
} checks[] = {
    { "database", check_database },     { "schema", check_schema },
    { "statements", check_statements }, { "key ring", check_key_ring },
    { "state folder", check_state },    { "spool", check_spool },
    { "embedding", check_embedding },   { "learner", check_learner },
    { "socket", check_socket },         { "libraries", check_libraries },
};

static const struct table_column columns[] = {
    { "check", CELL_TEXT }, { "state", CELL_TEXT }, { "what", CELL_TEXT },
};

/* The number of checks that did not pass. */
static size_t
run_checks(struct doctor *d, struct cell *cells)
{
    size_t failures = 0;

    for (size_t i = 0; i < COUNT(checks); i++) {
        struct cell *row = cells + i * COUNT(columns);
        struct error err;
        bool         good;

        d->found = STR("");
        d->worse = false;
        good = checks[i].run(d, &err) == OK;
        row[0] = CELL_T(str_from(checks[i].name));
        row[1] = CELL_T(!good ? STR("FAILED") : d->worse ? STR("WARNING")
                                                         : STR("ok"));
        row[2] = CELL_T(good ? d->found
                             : arena_copy(d->m->arena, str_from(err.text)));
        failures += !good;
    }
    return failures;
}

enum status
cmd_doctor(struct admin *m, struct error *err)
{
    struct cell   cells[COUNT(checks) * COUNT(columns)];
    struct doctor d = { .m = m };
    struct db    *db;
    size_t        failures;

    db_library_init();
    db = db_open(&m->conf);
    if (db_borrow(db, &d.conn, &d.why) != OK)
        d.conn = NULL;
    failures = run_checks(&d, cells);
    table_print(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                           COUNT(checks) }, m->json);
    if (d.conn)
        db_return(db, d.conn);
    db_close(db);
    if (failures > 0)
        return failed(err, ERR_INTERNAL, "%zu of %zu checks failed", failures,
                      COUNT(checks));
    return OK;
}
