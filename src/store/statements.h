/*
 * Names of all SQL statements; their text stands in statements.c, in the same
 * order.  Placeholders are `?`, values are always bound.
 */
#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

#include <stddef.h>

/* Placeholders of SQL_MEMORY_FETCH behind the vault. */
enum { MEMORY_FETCH_MAX = 100 };

enum statement {
    SQL_PING,
    SQL_BEGIN,
    SQL_SCHEMA_EXISTS,
    SQL_SCHEMA_VERSION,
    SQL_SCHEMA_LIST,
    SQL_SCHEMA_ADD,
    SQL_SCHEMA_LOCK,
    SQL_SCHEMA_UNLOCK,
    SQL_ACCOUNT_ADD,
    SQL_ACCOUNT_EXISTS,
    SQL_ACCOUNT_FIND,
    SQL_ACCOUNT_LIST,
    SQL_KEY_FIND,
    SQL_KEY_ADD,
    SQL_KEY_LIST,
    SQL_KEY_EXISTS,
    SQL_KEY_REVOKE,
    SQL_KEY_USED,
    SQL_PROVIDER_KEY_SET,
    SQL_PROVIDER_KEY_FIND,
    SQL_PROVIDER_KEY_LIST,
    SQL_MODEL_LIST,
    SQL_MODEL_SAVE,
    SQL_MODEL_CONTEXT,
    SQL_VAULT_ADD,
    SQL_VAULT_ADVANCE,
    SQL_VAULT_REPEATED,
    SQL_VAULT_EPOCH,
    SQL_SESSION_ADD,
    SQL_SESSION_FIND,
    SQL_MEMORY_ADD,
    SQL_MEMORY_SAME,
    SQL_MEMORY_ABOVE,
    SQL_MEMORY_FETCH,
    SQL_USAGE_ADD,
    SQL_INJECTION_FIND,
    SQL_INJECTION_FORGET,
    SQL_INJECTION_KEEP,
    SQL_INJECTION_SWEEP,
    STATEMENT_COUNT
};

/* The text of a statement. */
const char *statement_sql(enum statement id);

/* What every new connection runs first: the i-th, or NULL past the last. */
const char *statement_session(size_t i);

#endif
