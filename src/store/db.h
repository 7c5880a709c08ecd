/*
 * MariaDB: a pool of connections and statements that are prepared once on each.
 *
 * All SQL of the program stands in the table of store/statements.c (the
 * migrations in sql/ apart); a statement is named by its enum, its values are
 * always bound.  A connection is borrowed only while database work is done,
 * never while a reply streams.  One thread uses a connection at a time; the
 * pool may be called from any thread.
 *
 * A connection that the server dropped is opened again and the statement run
 * once more, but only outside a transaction.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdint.h>

#include "base/arena.h"
#include "store/statements.h"

struct conf;
struct db;       /* the pool */
struct db_conn;  /* one connection */

/* Floor: MariaDB 10.6, as MYSQL_VERSION_ID counts. */
enum { DB_VERSION_FLOOR = 100600 };

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BYTES };

struct db_value {
    enum db_type type;
    int64_t      number;  /* DB_INT */
    struct str   text;    /* DB_TEXT (UTF-8), DB_BYTES */
};

#define DB_I(n) ((struct db_value){ DB_INT, (int64_t)(n), STR_NONE })
#define DB_T(s) ((struct db_value){ DB_TEXT, 0, (s) })
#define DB_B(p, n) \
    ((struct db_value){ DB_BYTES, 0, { (const char *)(p), (n) } })
#define DB_NIL  ((struct db_value){ DB_NULL, 0, STR_NONE })

/* A result: rows x columns values owned by the arena that db_run() got. */
struct db_rows {
    struct db_value *values;
    size_t           count;    /* rows */
    size_t           columns;
};

/* The value in row r, column c. */
static inline const struct db_value *
db_at(const struct db_rows *rows, size_t r, size_t c)
{
    return &rows->values[r * rows->columns + c];
}

/* Once per process, before threads; db_thread_end() as each thread ends. */
void db_library_init(void);
void db_thread_end(void);

/* The version of MariaDB Connector/C. */
const char *db_client_version(void);

/*
 * A pool that connects on demand as the serving user, or as the migrating one
 * (db_open_admin).  Never fails: an absent database shows at db_borrow().
 * `conf` is borrowed for the pool's life.
 */
struct db *db_open(const struct conf *conf);
struct db *db_open_admin(const struct conf *conf);
void db_close(struct db *db);

/* A connection, waiting at most db_timeout_ms.  Errors: ERR_STORE. */
enum status db_borrow(struct db *db, struct db_conn **conn,
                      struct error *err) MUST_CHECK;
void db_return(struct db *db, struct db_conn *conn);

/*
 * Runs one statement.
 *
 * rows     all rows, owned by `a`; NULL (and `a` too) for a statement that
 *          returns none
 * Errors   ERR_STORE; ERR_CONFLICT for a duplicate key; ERR_INTERNAL for a
 *          value that does not fit its column.  A lost connection, deadlock
 *          or Galera conflict inside a transaction is ERR_STORE with
 *          db_should_repeat() true: repeat the whole transaction.
 */
enum status db_run(struct db_conn *conn, struct arena *a, enum statement id,
                   const struct db_value *params, size_t count,
                   struct db_rows *rows, struct error *err) MUST_CHECK;

/* Called for each row in turn; the values are good until it returns.  Must not
 * use the connection.  Any status but OK ends the reading and is passed on. */
typedef enum status db_row_fn(void *owner, const struct db_value *row,
                              size_t columns, struct error *err);

/* The same for results that need not be in memory at once. */
enum status db_each(struct db_conn *conn, enum statement id,
                    const struct db_value *params, size_t count,
                    db_row_fn *fn, void *owner,
                    struct error *err) MUST_CHECK;

enum status db_begin(struct db_conn *conn, struct error *err) MUST_CHECK;
enum status db_commit(struct db_conn *conn, struct error *err) MUST_CHECK;
void db_rollback(struct db_conn *conn);
bool db_should_repeat(const struct db_conn *conn);

/* Of the last statement. */
int64_t db_insert_id(const struct db_conn *conn);
int64_t db_affected(const struct db_conn *conn);

/* Connections of the pool, and those of them that nobody uses. */
void db_count(struct db *db, size_t *made, size_t *idle);

/* Server version as MYSQL_VERSION_ID counts (101119). */
int64_t db_version(const struct db_conn *conn);

/* Prepares every statement, so that a typo or a missing column shows at start.
 * Errors: ERR_STORE. */
enum status db_prepare_all(struct db_conn *conn, struct error *err) MUST_CHECK;

/* Runs SQL text of our own files (migrations), several statements at once. */
enum status db_script(struct db_conn *conn, struct str sql,
                      struct error *err) MUST_CHECK;

#endif
