/* All SQL of the program, migrations apart. */
#include "store/statements.h"

#include <assert.h>

#include "base/error.h"

#include "base/banned.h"

#define TEN      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define HUNDRED  TEN ", " TEN ", " TEN ", " TEN ", " TEN ", " \
                 TEN ", " TEN ", " TEN ", " TEN ", " TEN

#define ACCOUNT_COLUMNS \
    "SELECT a.id, a.email, a.name, a.role, a.created_at," \
    " (SELECT COUNT(*) FROM memory_key k" \
    "  WHERE k.account_id = a.id AND k.revoked_at IS NULL)" \
    " FROM account a "

/* In the order in which memory.c reads them. */
#define MEMORY_COLUMNS \
    "SELECT seq, id, session_id, turn, position, role, author, text," \
    " tokens, occurred_at, COALESCE(duplicate_of, 0) FROM memory "

static const char *const texts[] = {
    [SQL_PING] = "SELECT 1",
    [SQL_BEGIN] = "START TRANSACTION",

    [SQL_SCHEMA_EXISTS] =
        "SELECT COUNT(*) FROM information_schema.tables"
        " WHERE table_schema = DATABASE()"
        " AND table_name = 'schema_migration'",
    [SQL_SCHEMA_VERSION] =
        "SELECT COALESCE(MAX(version), 0) FROM schema_migration",
    [SQL_SCHEMA_LIST] =
        "SELECT version, name, checksum, applied_at FROM schema_migration"
        " ORDER BY version",
    [SQL_SCHEMA_ADD] =
        "INSERT INTO schema_migration (version, name, checksum, applied_at)"
        " VALUES (?, ?, ?, ?)",
    [SQL_SCHEMA_LOCK] =
        "SELECT COALESCE(GET_LOCK(CONCAT(DATABASE(), '.migrate'), 1), 0)",
    [SQL_SCHEMA_UNLOCK] =
        "SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.migrate'))",

    [SQL_ACCOUNT_ADD] =
        "INSERT INTO account (email, name, role, password_hash, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
    [SQL_ACCOUNT_EXISTS] =
        "SELECT id FROM account WHERE id = ? AND closed_at IS NULL",
    [SQL_ACCOUNT_FIND] =
        ACCOUNT_COLUMNS "WHERE a.email = ? AND a.closed_at IS NULL",
    [SQL_ACCOUNT_LIST] =
        ACCOUNT_COLUMNS "WHERE a.closed_at IS NULL ORDER BY a.id",

    [SQL_KEY_FIND] =
        "SELECT k.id, k.account_id, k.vault_id, v.epoch, v.purge_epoch,"
        " COALESCE(k.memory_mode, a.memory_mode, -1),"
        " COALESCE(k.recall_limit, a.recall_limit, -1),"
        " COALESCE(k.session_scope, a.session_scope, -1),"
        " COALESCE(k.placement, a.placement, -1),"
        " COALESCE(k.last_used_at, 0)"
        " FROM memory_key k"
        " JOIN vault v ON v.id = k.vault_id"
        " JOIN account a ON a.id = k.account_id"
        " WHERE k.secret_hash = ? AND k.revoked_at IS NULL"
        " AND a.closed_at IS NULL",
    [SQL_KEY_ADD] =
        "INSERT INTO memory_key"
        " (account_id, vault_id, secret_hash, last_four, name, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_KEY_LIST] =
        "SELECT k.id, k.account_id, k.vault_id, a.email, k.name,"
        " k.last_four, k.created_at, COALESCE(k.last_used_at, 0),"
        " COALESCE(k.revoked_at, 0), v.memory_count"
        " FROM memory_key k"
        " JOIN vault v ON v.id = k.vault_id"
        " JOIN account a ON a.id = k.account_id"
        " WHERE ? IN (0, k.account_id) ORDER BY k.id",
    [SQL_KEY_EXISTS] = "SELECT id FROM memory_key WHERE id = ?",
    [SQL_KEY_REVOKE] =
        "UPDATE memory_key SET revoked_at = ?"
        " WHERE id = ? AND revoked_at IS NULL",
    [SQL_KEY_USED] =
        "UPDATE memory_key SET last_used_at = ?"
        " WHERE id = ? AND COALESCE(last_used_at, 0) < ?",

    [SQL_PROVIDER_KEY_SET] =
        "INSERT INTO provider_key"
        " (account_id, provider, ring_id, sealed, last_four, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON DUPLICATE KEY UPDATE ring_id = VALUES(ring_id),"
        " sealed = VALUES(sealed), last_four = VALUES(last_four),"
        " created_at = VALUES(created_at)",
    [SQL_PROVIDER_KEY_FIND] =
        "SELECT ring_id, sealed FROM provider_key"
        " WHERE account_id = ? AND provider = ?",
    [SQL_PROVIDER_KEY_LIST] =
        "SELECT provider, last_four, ring_id, created_at FROM provider_key"
        " WHERE account_id = ? ORDER BY provider",

    [SQL_MODEL_LIST] =
        "SELECT provider, name, COALESCE(context_tokens, 0),"
        " COALESCE(input_price, -1), COALESCE(output_price, -1), fetched_at"
        " FROM model WHERE kind = 'chat' AND (? = '' OR provider = ?)"
        " ORDER BY id",
    [SQL_MODEL_SAVE] =
        "INSERT INTO model (kind, provider, name, context_tokens,"
        " input_price, output_price, fetched_at)"
        " VALUES ('chat', ?, ?, ?, ?, ?, ?)"
        " ON DUPLICATE KEY UPDATE"
        " context_tokens = COALESCE(VALUES(context_tokens), context_tokens),"
        " input_price = COALESCE(VALUES(input_price), input_price),"
        " output_price = COALESCE(VALUES(output_price), output_price),"
        " fetched_at = VALUES(fetched_at)",
    [SQL_MODEL_CONTEXT] =
        "SELECT context_tokens FROM model WHERE kind = 'chat'"
        " AND provider = ? AND name IN (?, ?)"
        " AND context_tokens IS NOT NULL ORDER BY LENGTH(name) DESC LIMIT 1",

    [SQL_VAULT_ADD] =
        "INSERT INTO vault (account_id, created_at) VALUES (?, ?)",
    [SQL_VAULT_ADVANCE] =
        "UPDATE vault SET epoch = epoch + 1,"
        " memory_count = memory_count + ?,"
        " next_seq = LAST_INSERT_ID(next_seq + ?) WHERE id = ?",
    [SQL_VAULT_REPEATED] =
        "UPDATE vault SET duplicate_count = duplicate_count + ?"
        " WHERE id = ?",
    [SQL_VAULT_EPOCH] = "SELECT epoch, purge_epoch FROM vault WHERE id = ?",

    [SQL_SESSION_ADD] =
        "INSERT INTO session (vault_id, name, created_at) VALUES (?, ?, ?)",
    [SQL_SESSION_FIND] =
        "SELECT id FROM session WHERE vault_id = ? AND name = ?",

    [SQL_MEMORY_ADD] =
        "INSERT INTO memory (vault_id, seq, id, session_id, turn, position,"
        " role, partial, author, text, content_hash, tokens, occurred_at,"
        " created_at, source, duplicate_of)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_MEMORY_SAME] =
        "SELECT id FROM memory WHERE vault_id = ? AND content_hash = ?"
        " AND role = ? AND duplicate_of IS NULL AND superseded_by IS NULL"
        " ORDER BY seq LIMIT 1",
    [SQL_MEMORY_ABOVE] =
        MEMORY_COLUMNS "WHERE vault_id = ? AND seq > ? ORDER BY seq",
    [SQL_MEMORY_FETCH] =
        MEMORY_COLUMNS "WHERE vault_id = ? AND seq IN (" HUNDRED ")"
        " ORDER BY seq",

    [SQL_INJECTION_FIND] =
        "SELECT memories, tokens, ids, text FROM injection"
        " WHERE vault_id = ? AND conversation = ? AND created_at > ?"
        " AND purge_epoch = ?",
    [SQL_INJECTION_FORGET] =
        "DELETE FROM injection WHERE vault_id = ? AND conversation = ?"
        " AND (created_at <= ? OR purge_epoch <> ?)",
    [SQL_INJECTION_KEEP] =
        "INSERT IGNORE INTO injection (vault_id, conversation, purge_epoch,"
        " created_at, memories, tokens, ids, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_INJECTION_SWEEP] =
        "DELETE FROM injection WHERE created_at <= ? LIMIT 1000",

    [SQL_USAGE_ADD] =
        "INSERT INTO usage_event (request_id, account_id, key_id, vault_id,"
        " provider, model, dialect, http_status, input_tokens,"
        " output_tokens, estimated, partial, memories, memory_tokens,"
        " stored, recall_ms, provider_ms, total_ms, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};

static_assert(COUNT(texts) == STATEMENT_COUNT, "each statement needs a text");

/*
 * READ COMMITTED: a transaction that waited for a vault's row lock must see
 * what the one before it committed.  A lock is waited for shorter than a
 * reply of the server, so that the wait ends with an error and not with a
 * lost connection.
 */
static const char *const session[] = {
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
    " innodb_lock_wait_timeout = 2",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
};

const char *
statement_sql(enum statement id)
{
    return texts[id];
}

const char *
statement_session(size_t i)
{
    return i < COUNT(session) ? session[i] : NULL;
}
