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
    SQL_VAULT_STATE,
    SQL_VAULT_BEHIND,
    SQL_VAULT_FOREIGN,
    SQL_VAULT_MODEL,
    SQL_VAULT_ADOPT,
    SQL_VAULT_EMBEDDED,
    SQL_VAULT_BACKLOG,
    SQL_VAULT_LIST,
    SQL_SESSION_ADD,
    SQL_SESSION_FIND,
    SQL_MEMORY_ADD,
    SQL_MEMORY_SAME,
    SQL_MEMORY_ABOVE,
    SQL_MEMORY_FETCH,
    SQL_MEMORY_NEXT,
    SQL_MEMORY_BEFORE,
    SQL_MEMORY_LIVE,
    SQL_EMBEDDING_EACH,
    SQL_EMBEDDING_SAVE,
    SQL_EMBEDDING_FORGET,
    SQL_EMBEDDING_MODEL,
    SQL_EMBEDDING_MODEL_ADD,
    SQL_EMBEDDING_MODEL_NAME,
    SQL_CLAIM_LOCK,
    SQL_CLAIM_EXISTS,
    SQL_CLAIM_ADD,
    SQL_CLAIM_REMOVE,
    SQL_CLAIM_ORPHANS,
    SQL_USAGE_ADD,
    SQL_RECEIPT_ADD,
    SQL_RECEIPT_FIND,
    SQL_RECEIPT_SWEEP,
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
