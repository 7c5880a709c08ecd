/* Connecting, preparing, binding and reading with MariaDB Connector/C. */
#include "store/connection.h"

#include <assert.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "platform/conf.h"

#include "base/banned.h"

enum { CHARSET_BINARY = 63, ADMIN_TIMEOUT_SECONDS = 600 };

/* How an error number of the server or the library is dealt with. */
enum kind { OTHER, LOST, REPEATABLE, DUPLICATE, UNFIT };

static const struct {
    unsigned  number;
    enum kind kind;
} kinds[] = {
    { CR_SERVER_GONE_ERROR, LOST },
    { CR_SERVER_LOST, LOST },
    { CR_SERVER_LOST_EXTENDED, LOST },
    { CR_COMMANDS_OUT_OF_SYNC, LOST },
    { CR_MALFORMED_PACKET, LOST },
    { ER_CONNECTION_KILLED, LOST },
    { ER_SERVER_SHUTDOWN, LOST },
    { ER_UNKNOWN_STMT_HANDLER, LOST },   /* a proxy changed servers */
    { ER_NEED_REPREPARE, LOST },
    { ER_LOCK_DEADLOCK, REPEATABLE },    /* a Galera conflict, too */
    { ER_LOCK_WAIT_TIMEOUT, REPEATABLE },
    { ER_DUP_ENTRY, DUPLICATE },
    { ER_DATA_TOO_LONG, UNFIT },
    { ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, UNFIT },
    { ER_WARN_DATA_OUT_OF_RANGE, UNFIT },
    { ER_BAD_NULL_ERROR, UNFIT },
};

static enum kind
kind_of(unsigned number)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kinds[i].number == number)
            return kinds[i].kind;
    return OTHER;
}

void
connection_close(struct db_conn *c)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        if (c->statements[i]) {
            (void)mysql_stmt_close(c->statements[i]); /* gone either way */
            c->statements[i] = NULL;
        }
    if (c->my)
        mysql_close(c->my);
    c->my = NULL;
}

/* What the server says about duplicates and unfit values repeats the value,
 * which must not reach a log. */
enum status
connection_failed(struct db_conn *c, MYSQL_STMT *statement, const char *what,
                  struct error *err)
{
    unsigned    number = statement ? mysql_stmt_errno(statement)
                                   : mysql_errno(c->my);
    const char *text = statement ? mysql_stmt_error(statement)
                                 : mysql_error(c->my);
    enum kind   kind = kind_of(number);

    switch (kind) {
    case DUPLICATE:
        return failed(err, ERR_CONFLICT, "database: %s: exists already", what);
    case UNFIT:
        return failed(err, ERR_INTERNAL, "database: %s: error %u: a value "
                      "does not fit its column", what, number);
    case LOST: case REPEATABLE: case OTHER:
        break;
    }
    error_ignore(failed(err, ERR_STORE, "database: %s: %s (%u)", what, text,
                        number)); /* its text dies with the connection */
    c->should_repeat = c->in_transaction && kind != OTHER;
    if (kind == LOST)
        connection_close(c);
    return ERR_STORE;
}

static void
set_options(struct db_conn *c)
{
    unsigned    seconds = (unsigned)((c->conf->db_timeout_ms + 999) / 1000);
    unsigned    reply = c->admin ? ADMIN_TIMEOUT_SECONDS : seconds;
    unsigned    none = 0;
    const char *sql;

    /* These only fail for unknown options. */
    (void)mysql_options(c->my, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    (void)mysql_options(c->my, MYSQL_OPT_READ_TIMEOUT, &reply);
    (void)mysql_options(c->my, MYSQL_OPT_WRITE_TIMEOUT, &reply);
    (void)mysql_options(c->my, MYSQL_OPT_LOCAL_INFILE, &none);
    (void)mysql_options(c->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    for (size_t i = 0; (sql = statement_session(i)) != NULL; i++)
        (void)mysql_options(c->my, MYSQL_INIT_COMMAND, sql);
}

static enum status
check_version(struct db_conn *c, struct error *err)
{
    if (mariadb_connection(c->my) &&
        mysql_get_server_version(c->my) >= DB_VERSION_FLOOR)
        return OK;
    error_ignore(failed(err, ERR_STORE, "database: MariaDB 10.6 or newer is "
                        "needed, this server is %s",
                        mysql_get_server_info(c->my)));
    connection_close(c);
    return ERR_STORE;
}

enum status
connection_open(struct db_conn *c, struct error *err)
{
    const struct conf *conf = c->conf;
    bool               local = conf->db_socket[0] != '\0';
    bool               admin = c->admin && conf->db_admin_user[0] != '\0';

    if (c->my)
        return OK;
    c->my = mysql_init(NULL);
    if (!c->my)
        return failed(err, ERR_STORE, "database: no memory to connect");
    set_options(c);
    if (mysql_real_connect(c->my, local ? NULL : conf->db_host,
                           admin ? conf->db_admin_user : conf->db_user,
                           admin ? conf->db_admin_password
                                 : conf->db_password,
                           conf->db_name, (unsigned)conf->db_port,
                           local ? conf->db_socket : NULL,
                           CLIENT_FOUND_ROWS))
        return check_version(c, err);
    error_ignore(failed(err, ERR_STORE, "database: cannot connect: %s (%u)",
                        mysql_error(c->my), mysql_errno(c->my)));
    connection_close(c);
    return ERR_STORE;
}

enum status
connection_prepare(struct db_conn *c, enum statement id,
                   MYSQL_STMT **statement, struct error *err)
{
    const char *sql = statement_sql(id);
    MYSQL_STMT *made = c->statements[id];

    *statement = made;
    if (made)
        return OK;
    made = mysql_stmt_init(c->my);
    if (!made)
        return failed(err, ERR_STORE, "database: no memory for a statement");
    /* From here on connection_close() ends it. */
    c->statements[id] = made;
    *statement = made;
    if (mysql_stmt_prepare(made, sql, strlen(sql)) == 0)
        return OK;
    error_ignore(connection_failed(c, made, sql, err));
    if (c->my) {
        (void)mysql_stmt_close(made); /* gone either way */
        c->statements[id] = NULL;
    }
    return ERR_STORE;
}

/* The library only reads what a parameter points to, whatever its type says. */
static void *
writable(const void *ptr)
{
    return (void *)(uintptr_t)ptr;
}

static void
bind_params(struct db_conn *c, const struct db_value *params, size_t count)
{
    memset(c->params, 0, count * sizeof(c->params[0]));
    for (size_t i = 0; i < count; i++) {
        MYSQL_BIND *b = &c->params[i];

        switch (params[i].type) {
        case DB_INT:
            b->buffer_type = MYSQL_TYPE_LONGLONG;
            b->buffer = writable(&params[i].number);
            break;
        case DB_TEXT: case DB_BYTES:
            b->buffer_type = params[i].type == DB_TEXT ? MYSQL_TYPE_STRING
                                                       : MYSQL_TYPE_BLOB;
            b->buffer = writable(params[i].text.ptr ? params[i].text.ptr
                                                    : "");
            b->buffer_length = params[i].text.len;
            break;
        case DB_NULL:
            b->buffer_type = MYSQL_TYPE_NULL;
            break;
        }
    }
}

enum status
connection_execute(struct db_conn *c, enum statement id,
                   const struct db_value *params, size_t count,
                   MYSQL_STMT **statement, struct error *err)
{
    enum status st = connection_prepare(c, id, statement, err);

    if (st != OK)
        return st;
    assert(count <= CONNECTION_PARAMS_MAX &&
           count == mysql_stmt_param_count(*statement));
    bind_params(c, params, count);
    if ((count > 0 && mysql_stmt_bind_param(*statement, c->params)) ||
        mysql_stmt_execute(*statement))
        return connection_failed(c, *statement, statement_sql(id), err);
    c->insert_id = (int64_t)mysql_stmt_insert_id(*statement);
    c->affected = (int64_t)mysql_stmt_affected_rows(*statement);
    return OK;
}

static bool
is_whole_number(enum enum_field_types type)
{
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT ||
           type == MYSQL_TYPE_INT24 || type == MYSQL_TYPE_LONG ||
           type == MYSQL_TYPE_LONGLONG;
}

static void
bind_column(struct db_conn *c, size_t i, const MYSQL_FIELD *field)
{
    MYSQL_BIND *b = &c->results[i];

    memset(b, 0, sizeof(*b));
    b->length = &c->cells[i].len;
    b->is_null = &c->cells[i].null;
    if (is_whole_number(field->type)) {
        b->buffer_type = MYSQL_TYPE_LONGLONG;
        b->buffer = &c->cells[i].number;
        b->buffer_length = sizeof(c->cells[i].number);
    } else {
        /* No room: the length comes first, then connection_fetch() asks for
         * just as much. */
        b->buffer_type = field->charsetnr == CHARSET_BINARY
                             ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
    }
}

enum status
connection_describe(struct db_conn *c, MYSQL_STMT *statement,
                    size_t *columns, struct error *err)
{
    MYSQL_RES *meta;

    *columns = mysql_stmt_field_count(statement);
    if (*columns == 0)
        return OK;
    assert(*columns <= CONNECTION_COLUMNS_MAX);
    meta = mysql_stmt_result_metadata(statement);
    if (!meta)
        return connection_failed(c, statement, "result", err);
    for (size_t i = 0; i < *columns; i++)
        bind_column(c, i, mysql_fetch_field_direct(meta, (unsigned)i));
    mysql_free_result(meta);
    if (mysql_stmt_bind_result(statement, c->results))
        return connection_failed(c, statement, "result", err);
    return OK;
}

static enum status
fetch_text(struct db_conn *c, MYSQL_STMT *statement, struct arena *a,
           size_t i, struct db_value *value, struct error *err)
{
    MYSQL_BIND b = c->results[i];
    char      *bytes = arena_alloc(a, c->cells[i].len + 1);

    *value = (struct db_value){
        b.buffer_type == MYSQL_TYPE_BLOB ? DB_BYTES : DB_TEXT, 0,
        { bytes, c->cells[i].len }
    };
    b.buffer = bytes;
    b.buffer_length = c->cells[i].len;
    if (b.buffer_length > 0 &&
        mysql_stmt_fetch_column(statement, &b, (unsigned)i, 0))
        return connection_failed(c, statement, "column", err);
    return OK;
}

enum status
connection_fetch(struct db_conn *c, MYSQL_STMT *statement, struct arena *a,
                 struct db_value *row, size_t columns, bool *more,
                 struct error *err)
{
    int         got = mysql_stmt_fetch(statement);
    enum status st = OK;

    *more = got != MYSQL_NO_DATA;
    if (got == MYSQL_NO_DATA)
        return OK;
    if (got != 0 && got != MYSQL_DATA_TRUNCATED)
        return connection_failed(c, statement, "row", err);
    for (size_t i = 0; i < columns && st == OK; i++) {
        if (c->cells[i].null)
            row[i] = DB_NIL;
        else if (c->results[i].buffer_type == MYSQL_TYPE_LONGLONG)
            row[i] = DB_I(c->cells[i].number);
        else
            st = fetch_text(c, statement, a, i, &row[i], err);
    }
    return st;
}
