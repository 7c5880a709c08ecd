/*
 * One connection to MariaDB with its prepared statements; only store/db.c
 * uses this.
 *
 * `my` is NULL while the connection is down.  A connection that turns out to
 * be lost is closed at once, so that the next use opens it again.
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include <mysql.h>

#include "store/db.h"

enum { CONNECTION_COLUMNS_MAX = 32, CONNECTION_PARAMS_MAX = 104 };

struct db_conn {
    const struct conf *conf;
    bool               admin;           /* as db_admin_user */
    MYSQL             *my;
    MYSQL_STMT        *statements[STATEMENT_COUNT];
    bool               in_transaction;
    bool               should_repeat;
    int64_t            insert_id;
    int64_t            affected;
    struct db_conn    *next;            /* in the pool */
    MYSQL_BIND         params[CONNECTION_PARAMS_MAX];
    MYSQL_BIND         results[CONNECTION_COLUMNS_MAX];
    struct {
        long long     number;
        unsigned long len;
        my_bool       null;
    } cells[CONNECTION_COLUMNS_MAX];
};

/* Connects if it is down.  Errors: ERR_STORE, also for a server that is too
 * old. */
enum status connection_open(struct db_conn *c, struct error *err) MUST_CHECK;
void connection_close(struct db_conn *c);

/*
 * Writes the error of the connection, or of `statement` if it is not NULL, and
 * closes a connection that is lost.
 * Returns  ERR_CONFLICT for a duplicate key, ERR_INTERNAL for a value that no
 *          repetition will make fit, else ERR_STORE
 */
enum status connection_failed(struct db_conn *c, MYSQL_STMT *statement,
                              const char *what, struct error *err);

/* The prepared statement. */
enum status connection_prepare(struct db_conn *c, enum statement id,
                               MYSQL_STMT **statement,
                               struct error *err) MUST_CHECK;

/* Prepares and runs it; its rows wait to be read. */
enum status connection_execute(struct db_conn *c, enum statement id,
                               const struct db_value *params, size_t count,
                               MYSQL_STMT **statement,
                               struct error *err) MUST_CHECK;

/* Gets ready for reading rows of `columns` values; 0: there are none. */
enum status connection_describe(struct db_conn *c, MYSQL_STMT *statement,
                                size_t *columns,
                                struct error *err) MUST_CHECK;

/* The next row, texts owned by `a`; *more false past the last. */
enum status connection_fetch(struct db_conn *c, MYSQL_STMT *statement,
                             struct arena *a, struct db_value *row,
                             size_t columns, bool *more,
                             struct error *err) MUST_CHECK;

#endif
