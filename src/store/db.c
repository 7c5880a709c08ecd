/* The pool of connections, and statements and transactions on them. */
#include "store/db.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "platform/clock.h"
#include "platform/conf.h"
#include "store/connection.h"

#include "base/banned.h"

enum { ADMIN_CONNECTIONS = 4 };

struct db {
    const struct conf *conf;
    bool               admin;
    size_t             most;
    pthread_mutex_t    lock;   /* guards what follows */
    pthread_cond_t     freed;
    size_t             made;   /* connections, idle and borrowed */
    struct db_conn    *idle;   /* last returned first: it is warm */
};

void
db_library_init(void)
{
    /* Fails only without memory; mysql_init() would fail then, too. */
    (void)mysql_library_init(0, NULL, NULL);
}

void
db_thread_end(void)
{
    mysql_thread_end();
}

const char *
db_client_version(void)
{
    return mysql_get_client_info();
}

static struct db *
new_pool(const struct conf *conf, bool admin, size_t most)
{
    struct db         *db = alloc_array_or_die(1, sizeof(*db));
    pthread_condattr_t monotonic;

    db->conf = conf;
    db->admin = admin;
    db->most = most;
    /* None of these can fail on Linux. */
    (void)pthread_mutex_init(&db->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&db->freed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return db;
}

struct db *
db_open(const struct conf *conf)
{
    return new_pool(conf, false, (size_t)conf->db_connections);
}

struct db *
db_open_admin(const struct conf *conf)
{
    return new_pool(conf, true, ADMIN_CONNECTIONS);
}

void
db_close(struct db *db)
{
    struct db_conn *c;

    while ((c = db->idle) != NULL) {
        db->idle = c->next;
        connection_close(c);
        free(c);
    }
    (void)pthread_cond_destroy(&db->freed);  /* nobody waits */
    (void)pthread_mutex_destroy(&db->lock);  /* nobody holds it */
    free(db);
}

static struct timespec
after_ms(int64_t ms)
{
    int64_t us = clock_tick_us() + ms * 1000;

    return (struct timespec){ us / 1000000, us % 1000000 * 1000 };
}

/* An idle connection, or the right to make one (*conn NULL); false when there
 * was neither in time. */
static bool
take(struct db *db, struct db_conn **conn)
{
    struct timespec deadline = after_ms(db->conf->db_timeout_ms);
    bool            got = true;

    (void)pthread_mutex_lock(&db->lock); /* cannot fail */
    while (!db->idle && db->made >= db->most && got)
        got = pthread_cond_timedwait(&db->freed, &db->lock, &deadline) == 0;
    got = db->idle || db->made < db->most;
    *conn = db->idle;
    if (*conn)
        db->idle = (*conn)->next;
    else if (got)
        db->made++;
    (void)pthread_mutex_unlock(&db->lock); /* cannot fail */
    return got;
}

/* Puts a connection back, or (conn NULL) the right to make one. */
static void
give(struct db *db, struct db_conn *conn)
{
    (void)pthread_mutex_lock(&db->lock); /* cannot fail */
    if (conn) {
        conn->next = db->idle;
        db->idle = conn;
    } else {
        db->made--;
    }
    (void)pthread_cond_signal(&db->freed);  /* cannot fail */
    (void)pthread_mutex_unlock(&db->lock);  /* cannot fail */
}

void
db_count(struct db *db, size_t *made, size_t *idle)
{
    *idle = 0;
    (void)pthread_mutex_lock(&db->lock); /* cannot fail */
    *made = db->made;
    for (const struct db_conn *c = db->idle; c; c = c->next)
        ++*idle;
    (void)pthread_mutex_unlock(&db->lock); /* cannot fail */
}

enum status
db_borrow(struct db *db, struct db_conn **conn, struct error *err)
{
    enum status st;

    if (!take(db, conn))
        return failed(err, ERR_STORE, "database: none of %zu connections "
                      "became free in %lld ms", db->most,
                      (long long)db->conf->db_timeout_ms);
    if (!*conn) {
        *conn = alloc_array_or_die(1, sizeof(**conn));
        (*conn)->conf = db->conf;
        (*conn)->admin = db->admin;
    }
    st = connection_open(*conn, err);
    if (st != OK) {
        free(*conn);
        *conn = NULL;
        give(db, NULL);
    }
    return st;
}

void
db_return(struct db *db, struct db_conn *conn)
{
    if (conn->in_transaction)
        db_rollback(conn);
    give(db, conn);
}

/*
 * Runs the statement, a second time if the connection was lost meanwhile.
 * After the time of a whole reply has passed it is not worth trying.
 */
static enum status
execute(struct db_conn *conn, enum statement id,
        const struct db_value *params, size_t count, MYSQL_STMT **statement,
        struct error *err)
{
    int64_t     start_us = clock_tick_us();
    enum status st;

    if (!conn->my && conn->in_transaction)
        return failed(err, ERR_STORE, "database: the connection was lost in "
                      "this transaction");
    if ((st = connection_open(conn, err)) != OK)
        return st;
    st = connection_execute(conn, id, params, count, statement, err);
    if (st == OK || conn->my || conn->in_transaction ||
        clock_tick_us() - start_us >= conn->conf->db_timeout_ms * 1000)
        return st;
    if ((st = connection_open(conn, err)) != OK)
        return st;
    return connection_execute(conn, id, params, count, statement, err);
}

enum status
db_each(struct db_conn *conn, enum statement id,
        const struct db_value *params, size_t count, db_row_fn *fn,
        void *owner, struct error *err)
{
    struct db_value row[CONNECTION_COLUMNS_MAX];
    struct arena    a = ARENA_INIT;
    MYSQL_STMT     *statement;
    size_t          columns;
    bool            more = false;
    enum status     st = execute(conn, id, params, count, &statement, err);

    if (st != OK)
        return st;
    st = connection_describe(conn, statement, &columns, err);
    if (st == OK && columns > 0)
        do {
            arena_reset(&a);
            st = connection_fetch(conn, statement, &a, row, columns, &more,
                                  err);
            if (st == OK && more)
                st = fn(owner, row, columns, err);
        } while (st == OK && more);
    arena_release(&a);
    if (conn->my)
        (void)mysql_stmt_free_result(statement); /* reads what is left */
    return st;
}

/* Room for one more row, at the end of what there is. */
static struct db_value *
next_row(struct arena *a, struct db_rows *rows, size_t *room)
{
    if (rows->count == *room) {
        struct db_value *larger;

        *room = *room ? *room * 2 : 8;
        larger = arena_array(a, struct db_value, *room * rows->columns);
        if (rows->count)
            memcpy(larger, rows->values,
                   rows->count * rows->columns * sizeof(*larger));
        rows->values = larger;
    }
    return rows->values + rows->count * rows->columns;
}

enum status
db_run(struct db_conn *conn, struct arena *a, enum statement id,
       const struct db_value *params, size_t count, struct db_rows *rows,
       struct error *err)
{
    struct db_rows read = { NULL, 0, 0 };
    MYSQL_STMT    *statement;
    size_t         room = 0;
    bool           more = true;
    enum status    st = execute(conn, id, params, count, &statement, err);

    if (st != OK)
        return st;
    st = connection_describe(conn, statement, &read.columns, err);
    while (st == OK && more && read.columns > 0) {
        st = connection_fetch(conn, statement, a, next_row(a, &read, &room),
                              read.columns, &more, err);
        read.count += st == OK && more;
    }
    if (conn->my)
        (void)mysql_stmt_free_result(statement); /* all is read */
    if (st == OK && rows)
        *rows = read;
    return st;
}

enum status
db_begin(struct db_conn *conn, struct error *err)
{
    enum status st;

    conn->should_repeat = false;
    st = db_run(conn, NULL, SQL_BEGIN, NULL, 0, NULL, err);
    conn->in_transaction = st == OK;
    return st;
}

enum status
db_commit(struct db_conn *conn, struct error *err)
{
    enum status st = OK;

    if (!conn->my)
        st = failed(err, ERR_STORE, "database: the connection was lost "
                    "before the commit");
    else if (mysql_commit(conn->my))
        st = connection_failed(conn, NULL, "COMMIT", err);
    if (st != OK && conn->my)
        db_rollback(conn);
    conn->in_transaction = false;
    return st;
}

void
db_rollback(struct db_conn *conn)
{
    /* A connection that cannot even do this is of no use. */
    if (conn->my && mysql_rollback(conn->my))
        connection_close(conn);
    conn->in_transaction = false;
}

bool
db_should_repeat(const struct db_conn *conn)
{
    return conn->should_repeat;
}

int64_t
db_insert_id(const struct db_conn *conn)
{
    return conn->insert_id;
}

int64_t
db_affected(const struct db_conn *conn)
{
    return conn->affected;
}

int64_t
db_version(const struct db_conn *conn)
{
    return conn->my ? (int64_t)mysql_get_server_version(conn->my) : 0;
}

enum status
db_prepare_all(struct db_conn *conn, struct error *err)
{
    enum status st = connection_open(conn, err);
    MYSQL_STMT *statement;

    for (int id = 0; id < STATEMENT_COUNT && st == OK; id++)
        st = connection_prepare(conn, (enum statement)id, &statement, err);
    return st;
}

enum status
db_script(struct db_conn *conn, struct str sql, struct error *err)
{
    MYSQL_RES  *result;
    int         next = 0;
    enum status st = connection_open(conn, err);

    if (st != OK)
        return st;
    if (mysql_set_server_option(conn->my, MYSQL_OPTION_MULTI_STATEMENTS_ON) ||
        mysql_real_query(conn->my, sql.ptr, sql.len))
        st = connection_failed(conn, NULL, "script", err);
    while (st == OK && next == 0) {
        result = mysql_store_result(conn->my);
        if (result)
            mysql_free_result(result);
        next = mysql_next_result(conn->my);
        if (next > 0)
            st = connection_failed(conn, NULL, "script", err);
    }
    if (conn->my &&
        mysql_set_server_option(conn->my, MYSQL_OPTION_MULTI_STATEMENTS_OFF))
        connection_close(conn);
    return st;
}
