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
#define MEMORY_LIST \
    "seq, id, session_id, turn, position, role, author, text," \
    " tokens, occurred_at, COALESCE(duplicate_of, 0)"
#define MEMORY_COLUMNS "SELECT " MEMORY_LIST " FROM memory "

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
        " COALESCE(k.last_used_at, 0), COALESCE(v.model_id, 0),"
        " v.embedded_seq"
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
    [SQL_VAULT_STATE] =
        "SELECT epoch, purge_epoch, next_seq, COALESCE(model_id, 0),"
        " model_pinned, embedded_seq FROM vault WHERE id = ?",
    [SQL_VAULT_BEHIND] =
        "SELECT id FROM vault WHERE behind = 1 AND id > ?"
        " ORDER BY id LIMIT ?",
    [SQL_VAULT_FOREIGN] =
        "SELECT id FROM vault WHERE model_pinned = 0"
        " AND (model_id IS NULL OR model_id < ? OR model_id > ?) LIMIT ?",
    [SQL_VAULT_MODEL] =
        "UPDATE vault SET model_id = ?, model_pinned = ?, embedded_seq = 0"
        " WHERE id = ?",
    [SQL_VAULT_ADOPT] =
        "UPDATE vault SET model_id = ?, embedded_seq = 0"
        " WHERE id = ? AND model_pinned = 0 AND NOT model_id <=> ?",
    [SQL_VAULT_EMBEDDED] =
        "UPDATE vault SET embedded_seq = GREATEST(embedded_seq, ?)"
        " WHERE id = ? AND model_id <=> ?",
    [SQL_VAULT_BACKLOG] =
        "SELECT COUNT(*),"
        " CAST(COALESCE(SUM(next_seq - 1 - embedded_seq), 0) AS SIGNED)"
        " FROM vault WHERE behind = 1",
    [SQL_VAULT_LIST] =
        "SELECT id, next_seq - 1 FROM vault WHERE ? IN (0, account_id)"
        " ORDER BY id",

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
        "SELECT " MEMORY_LIST ", COALESCE((SELECT name FROM session"
        " WHERE session.id = memory.session_id), '') FROM memory"
        " WHERE vault_id = ? AND seq IN (" HUNDRED ") ORDER BY seq",
    [SQL_MEMORY_NEXT] =
        MEMORY_COLUMNS "WHERE vault_id = ? AND seq > ? ORDER BY seq LIMIT ?",
    [SQL_MEMORY_BEFORE] =
        MEMORY_COLUMNS "FORCE INDEX (memory_session)"
        " WHERE vault_id = ? AND session_id = ? AND seq < ?"
        " ORDER BY seq DESC LIMIT 1",
    /* This index holds seq too; the primary key would read the texts. */
    [SQL_MEMORY_LIVE] =
        "SELECT seq FROM memory FORCE INDEX (memory_id)"
        " WHERE vault_id = ? AND seq <= ?",

    [SQL_EMBEDDING_EACH] =
        "SELECT seq, vector FROM embedding"
        " WHERE vault_id = ? AND model_id = ? AND seq > ? AND seq <= ?"
        " ORDER BY seq",
    /* The lock makes it wait for whoever deletes the row just now. */
    [SQL_EMBEDDING_SAVE] =
        "INSERT INTO embedding (vault_id, model_id, seq, vector, created_at)"
        " SELECT vault_id, ?, seq, ?, ? FROM memory"
        " WHERE vault_id = ? AND seq = ? LOCK IN SHARE MODE"
        " ON DUPLICATE KEY UPDATE vector = VALUES(vector),"
        " created_at = VALUES(created_at)",
    [SQL_EMBEDDING_FORGET] =
        "DELETE FROM embedding WHERE vault_id = ? AND model_id <> ?"
        " LIMIT ?",
    [SQL_EMBEDDING_MODEL] =
        "SELECT id, COALESCE(dimensions, 0) FROM model"
        " WHERE kind = 'embedding' AND provider = ? AND name = ?",
    [SQL_EMBEDDING_MODEL_ADD] =
        "INSERT INTO model (kind, provider, name, dimensions, fetched_at)"
        " VALUES ('embedding', ?, ?, ?, ?)",
    [SQL_EMBEDDING_MODEL_NAME] =
        "SELECT provider, name, COALESCE(dimensions, 0) FROM model"
        " WHERE kind = 'embedding' AND id = ?",

    [SQL_CLAIM_LOCK] =
        "SELECT vault_id FROM learner_claim WHERE vault_id = ?"
        " FOR UPDATE SKIP LOCKED",
    [SQL_CLAIM_EXISTS] =
        "SELECT vault_id FROM learner_claim WHERE vault_id = ?",
    [SQL_CLAIM_ADD] = "INSERT IGNORE INTO learner_claim (vault_id) VALUES (?)",
    [SQL_CLAIM_REMOVE] = "DELETE FROM learner_claim WHERE vault_id = ?",
    [SQL_CLAIM_ORPHANS] =
        "SELECT c.vault_id FROM learner_claim c"
        " LEFT JOIN vault v ON v.id = c.vault_id"
        " WHERE v.id IS NULL LIMIT 100",

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

    [SQL_RECEIPT_ADD] =
        "INSERT INTO receipt (request_id, vault_id, created_at, injected,"
        " first_id, stored) VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_RECEIPT_FIND] =
        "SELECT u.created_at, u.provider, u.model, u.dialect, u.http_status,"
        " u.input_tokens, u.output_tokens, u.estimated, u.partial,"
        " u.memory_tokens, u.recall_ms, u.provider_ms, u.total_ms,"
        " COALESCE(r.injected, ''), COALESCE(r.first_id, 0),"
        " COALESCE(r.stored, 0)"
        " FROM usage_event u LEFT JOIN receipt r"
        " ON r.request_id = u.request_id AND r.vault_id = u.vault_id"
        " WHERE u.request_id = ? AND u.vault_id = ? AND u.created_at > ?",
    [SQL_RECEIPT_SWEEP] =
        "DELETE FROM receipt WHERE created_at <= ? LIMIT 1000",
};

static_assert(COUNT(texts) == STATEMENT_COUNT, "each statement needs a text");

/*
 * READ COMMITTED: a transaction that waited for a vault's row lock must see
 * what the one before it committed.  A lock is waited for shorter than a
 * reply of the server, so that the wait ends with an error and not with a
 * lost connection.  A transaction that is idle for minutes belongs to a
 * machine that is gone: its locks, a learner's claim, must not outlive it.
 */
static const char *const session[] = {
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
    " innodb_lock_wait_timeout = 2, idle_transaction_timeout = 300",
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
