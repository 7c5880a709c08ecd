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
    "  WHERE k.account_id = a.id AND k.revoked_at IS NULL)," \
    " COALESCE(a.tokens_per_month, -1)" \
    " FROM account a "

/* In the order in which key.c reads them. */
#define KEY_ACCESS \
    "SELECT k.id, k.account_id, k.vault_id, v.epoch, v.purge_epoch," \
    " COALESCE(k.memory_mode, a.memory_mode, -1)," \
    " COALESCE(k.recall_limit, a.recall_limit, -1)," \
    " COALESCE(k.session_scope, a.session_scope, -1)," \
    " COALESCE(k.placement, a.placement, -1)," \
    " COALESCE(k.last_used_at, 0), COALESCE(v.model_id, 0)," \
    " v.embedded_seq, k.scopes, k.models IS NOT NULL," \
    " COALESCE(k.retention_days, 0), COALESCE(k.requests_per_10s, -1)," \
    " COALESCE(k.requests_per_minute, a.requests_per_minute, -1)," \
    " COALESCE(k.concurrent_requests, -1)," \
    " COALESCE(k.tokens_per_month, -1), COALESCE(a.tokens_per_month, -1)," \
    " COALESCE(k.memories_most, a.memories_most, -1), v.memory_count" \
    " FROM memory_key k" \
    " JOIN vault v ON v.id = k.vault_id" \
    " JOIN account a ON a.id = k.account_id "

/* In the order in which keys.c reads them. */
#define KEY_COLUMNS \
    "SELECT k.id, k.account_id, k.vault_id, a.email, k.last_four," \
    " k.created_at, COALESCE(k.last_used_at, 0), COALESCE(k.revoked_at, 0)," \
    " COALESCE(k.previous_until, 0), v.memory_count, k.name," \
    " COALESCE(k.external_user, ''), COALESCE(k.models, ''), k.scopes," \
    " COALESCE(k.memory_mode, -1), COALESCE(k.recall_limit, -1)," \
    " COALESCE(k.session_scope, -1), COALESCE(k.placement, -1)," \
    " COALESCE(k.retention_days, -1), COALESCE(k.requests_per_10s, -1)," \
    " COALESCE(k.requests_per_minute, -1)," \
    " COALESCE(k.concurrent_requests, -1)," \
    " COALESCE(k.tokens_per_month, -1), COALESCE(k.memories_most, -1)" \
    " FROM memory_key k" \
    " JOIN vault v ON v.id = k.vault_id" \
    " JOIN account a ON a.id = k.account_id "

/* In the order in which memory.c reads them. */
#define MEMORY_LIST \
    "seq, id, session_id, turn, position, role, author, text," \
    " tokens, occurred_at, COALESCE(duplicate_of, 0)"
#define MEMORY_COLUMNS "SELECT " MEMORY_LIST " FROM memory "

/* UPKEEP_BATCH_ROWS of upkeep.h: a LIMIT within a subquery takes no value on
 * all servers. */
#define RETENTION_ROWS "500"

/* Of a group of events, in the order of usage_daily's columns. */
#define USAGE_SUMS \
    "COUNT(*), CAST(SUM(http_status >= 400) AS SIGNED)," \
    " CAST(SUM(input_tokens) AS SIGNED)," \
    " CAST(SUM(output_tokens) AS SIGNED), CAST(SUM(memories) AS SIGNED)," \
    " CAST(SUM(memory_tokens) AS SIGNED), CAST(SUM(stored) AS SIGNED)," \
    " CAST(SUM(GREATEST(total_ms - COALESCE(provider_ms, 0), 0)) AS SIGNED)"

/* In the order in which audit.c reads them. */
#define AUDIT_COLUMNS \
    "SELECT id, COALESCE(account_id, 0), actor, COALESCE(actor_id, 0)," \
    " action, subject, COALESCE(request_id, ''), created_at FROM audit" \
    " WHERE id < ? AND created_at >= ?"

/* Tokens since a day; which column of the events has the index. */
#define USAGE_MONTH(whose) \
    "SELECT CAST(COALESCE((SELECT SUM(input_tokens + output_tokens)" \
    " FROM usage_daily WHERE account_id = ? AND ? IN (0, key_id)" \
    " AND day >= ?" \
    " AND day < (SELECT rolled_day FROM usage_mark WHERE id = 1)), 0) +" \
    " COALESCE((SELECT SUM(e.input_tokens + e.output_tokens)" \
    " FROM usage_event e WHERE " whose " = ? AND e.created_at >= GREATEST(?," \
    " 86400000 * (SELECT rolled_day FROM usage_mark WHERE id = 1))), 0)" \
    " AS SIGNED)"

/* All that an owner is shown. */
#define MEMORY_WHOLE \
    "SELECT " MEMORY_LIST ", COALESCE((SELECT name FROM session" \
    " WHERE session.id = memory.session_id), ''), source," \
    " COALESCE(metadata, ''), partial, created_at FROM memory "

/* What a list may be narrowed to; -1 and '' leave everything in. */
#define MEMORY_NARROW \
    " AND (? IN (-1, session_id)) AND (? IN (-1, role))" \
    " AND (? IN ('', author)) AND (? IN ('', source))" \
    " AND occurred_at >= ? AND occurred_at < ?" \
    " AND LOCATE(? COLLATE utf8mb4_unicode_nopad_ci, text) > 0"

/* Whether a row says this, or said it before an edit. */
#define MEMORY_SAYS \
    "SELECT m.content_hash = ? OR EXISTS (SELECT 1 FROM memory_version v" \
    "  WHERE v.vault_id = m.vault_id AND v.memory_id = m.id" \
    "  AND v.content_hash = ?) FROM memory m FORCE INDEX (memory_session)" \
    " WHERE m.vault_id = ? AND m.session_id = ?"

/* In the order in which version.c reads them. */
#define VERSION_COLUMNS \
    "v.memory_id, v.version, v.role, v.author, v.text, v.occurred_at," \
    " COALESCE(v.metadata, ''), v.replaced_at"

#define VERSION_INSERT \
    "INSERT INTO memory_version (vault_id, memory_id, version, role," \
    " author, text, content_hash, occurred_at, metadata, replaced_at)"

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
        "INSERT INTO account (email, name, role, password_hash,"
        " tokens_per_month, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_ACCOUNT_EXISTS] =
        "SELECT id FROM account WHERE id = ? AND closed_at IS NULL",
    /* Case does not count.  Accents do, unlike in the column's collation. */
    [SQL_ACCOUNT_FIND] =
        ACCOUNT_COLUMNS "WHERE a.email = ? AND a.closed_at IS NULL"
        " AND LOWER(a.email) COLLATE utf8mb4_nopad_bin = LOWER(?)",
    [SQL_ACCOUNT_GET] =
        ACCOUNT_COLUMNS "WHERE a.id = ? AND a.closed_at IS NULL",
    [SQL_ACCOUNT_ANY] = "SELECT id FROM account WHERE id = ?",
    [SQL_ACCOUNT_TOKENS] =
        "UPDATE account SET tokens_per_month = ? WHERE id = ?",
    [SQL_ACCOUNT_CLOSE] =
        "UPDATE account SET closed_at = COALESCE(closed_at, ?) WHERE id = ?",
    [SQL_ACCOUNT_MEMORIES] =
        "DELETE FROM memory WHERE vault_id ="
        " (SELECT v.id FROM vault v WHERE v.account_id = ? AND EXISTS"
        "  (SELECT 1 FROM memory m WHERE m.vault_id = v.id)"
        "  ORDER BY v.id LIMIT 1)"
        " LIMIT 1000",
    [SQL_ACCOUNT_KEYS] =
        "DELETE FROM memory_key WHERE account_id = ? LIMIT 1000",
    [SQL_ACCOUNT_VAULTS] = "DELETE FROM vault WHERE account_id = ? LIMIT 100",
    [SQL_ACCOUNT_RECEIPTS] =
        "DELETE r FROM usage_event u JOIN receipt r"
        " ON r.request_id = u.request_id WHERE u.account_id = ?",
    [SQL_ACCOUNT_EVENTS] =
        "DELETE FROM usage_event WHERE account_id = ? LIMIT 1000",
    [SQL_ACCOUNT_DAYS] =
        "DELETE FROM usage_daily WHERE account_id = ? LIMIT 1000",
    [SQL_ACCOUNT_AUDIT] = "DELETE FROM audit WHERE account_id = ? LIMIT 1000",
    [SQL_ACCOUNT_REMOVE] = "DELETE FROM account WHERE id = ?",
    [SQL_ACCOUNT_LIST] =
        ACCOUNT_COLUMNS "WHERE a.closed_at IS NULL ORDER BY a.id",

    [SQL_KEY_FIND] =
        KEY_ACCESS "WHERE k.secret_hash = ? AND k.revoked_at IS NULL"
        " AND a.closed_at IS NULL",
    [SQL_KEY_FIND_PREVIOUS] =
        KEY_ACCESS "WHERE k.previous_hash = ? AND k.previous_until > ?"
        " AND k.revoked_at IS NULL AND a.closed_at IS NULL",
    [SQL_KEY_MODELS] =
        "SELECT COALESCE(models, '') FROM memory_key WHERE id = ?",
    [SQL_KEY_ADD] =
        "INSERT INTO memory_key"
        " (account_id, vault_id, secret_hash, last_four, created_at, name,"
        " external_user, scopes, models, memory_mode, recall_limit,"
        " session_scope, placement, retention_days, requests_per_10s,"
        " requests_per_minute, concurrent_requests, tokens_per_month,"
        " memories_most)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_KEY_LIST] =
        KEY_COLUMNS "WHERE ? IN (0, k.account_id) AND k.id > ?"
        " ORDER BY k.id LIMIT ?",
    [SQL_KEY_COUNT] =
        "SELECT COUNT(*) FROM memory_key WHERE ? IN (0, account_id)",
    [SQL_KEY_ONE] = KEY_COLUMNS "WHERE k.id = ? AND ? IN (0, k.account_id)",
    [SQL_KEY_USER] =
        KEY_COLUMNS "WHERE k.account_id = ? AND k.external_user = ?",
    [SQL_KEY_SET] =
        "UPDATE memory_key SET name = ?, external_user = ?, scopes = ?,"
        " models = ?, memory_mode = ?, recall_limit = ?, session_scope = ?,"
        " placement = ?, retention_days = ?, requests_per_10s = ?,"
        " requests_per_minute = ?, concurrent_requests = ?,"
        " tokens_per_month = ?, memories_most = ?"
        " WHERE id = ? AND revoked_at IS NULL AND ? IN (0, account_id)",
    /* Assignments are made in this order. */
    [SQL_KEY_ROTATE] =
        "UPDATE memory_key SET previous_hash = IF(?, secret_hash, NULL),"
        " previous_until = ?, secret_hash = ?, last_four = ?"
        " WHERE id = ? AND revoked_at IS NULL AND ? IN (0, account_id)",
    [SQL_KEY_REVOKE] =
        "UPDATE memory_key SET revoked_at = ?, external_user = NULL,"
        " previous_hash = NULL, previous_until = NULL"
        " WHERE id = ? AND revoked_at IS NULL AND ? IN (0, account_id)",
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
    [SQL_PROVIDER_KEY_REMOVE] =
        "DELETE FROM provider_key WHERE account_id = ? AND provider = ?",
    [SQL_PROVIDER_KEY_LIST] =
        "SELECT provider, last_four, ring_id, created_at FROM provider_key"
        " WHERE account_id = ? ORDER BY provider",
    [SQL_PROVIDER_KEY_RINGS] =
        "SELECT ring_id, COUNT(*) FROM provider_key"
        " GROUP BY ring_id ORDER BY ring_id",
    /* PROVIDER_KEY_BATCH of provider_key.h. */
    [SQL_PROVIDER_KEY_OLD] =
        "SELECT account_id, provider, ring_id, sealed FROM provider_key"
        " WHERE account_id >= ? AND (account_id > ? OR provider > ?)"
        " AND ring_id <> ? ORDER BY account_id, provider LIMIT 200"
        " FOR UPDATE",
    [SQL_PROVIDER_KEY_RESEAL] =
        "UPDATE provider_key SET ring_id = ?, sealed = ?"
        " WHERE account_id = ? AND provider = ?",
    /* Held until the connection ends. */
    [SQL_RING_LOCK] =
        "SELECT COALESCE(GET_LOCK(CONCAT(DATABASE(), '.key-ring'), 0), 0)",

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
        " next_seq = LAST_INSERT_ID(next_seq + ?)"
        " WHERE id = ? AND memory_count + ? <= ?",
    [SQL_VAULT_MEMORIES] = "SELECT memory_count FROM vault WHERE id = ?",
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
    [SQL_VAULT_MOVED] =
        "UPDATE vault SET epoch = epoch + 1, purge_epoch = purge_epoch + 1"
        " WHERE id = ?",
    [SQL_VAULT_SHRUNK] =
        "UPDATE vault SET memory_count = GREATEST(memory_count - ?, 0),"
        " duplicate_count = GREATEST(duplicate_count - ?, 0) WHERE id = ?",
    /* 0 days: a live key keeps for ever. */
    [SQL_RETENTION_VAULTS] =
        "SELECT k.vault_id, IF(COUNT(*) = COUNT(r.retention_days),"
        " MAX(r.retention_days), 0)"
        " FROM (SELECT DISTINCT vault_id FROM memory_key"
        "  WHERE retention_days > 0 AND vault_id > ?"
        "  ORDER BY vault_id LIMIT ?) k"
        " JOIN memory_key r ON r.vault_id = k.vault_id"
        " AND (r.revoked_at IS NULL OR r.retention_days IS NOT NULL)"
        " GROUP BY k.vault_id ORDER BY k.vault_id",
    [SQL_RETENTION_COUNT] =
        "SELECT COUNT(*), CAST(COALESCE(SUM(duplicate_of IS NOT NULL), 0)"
        " AS SIGNED) FROM (SELECT duplicate_of FROM memory"
        " FORCE INDEX (memory_time)"
        " WHERE vault_id = ? AND occurred_at < ?"
        " ORDER BY occurred_at, seq LIMIT " RETENTION_ROWS ") old",
    [SQL_RETENTION_DELETE] =
        "DELETE FROM memory WHERE vault_id = ? AND occurred_at < ?"
        " ORDER BY occurred_at, seq LIMIT " RETENTION_ROWS,
    [SQL_VAULT_LIST] =
        "SELECT id, next_seq - 1 FROM vault WHERE ? IN (0, account_id)"
        " ORDER BY id",
    [SQL_VAULT_PURGED] =
        "UPDATE vault SET purge_epoch = purge_epoch + 1,"
        " memory_count = GREATEST(memory_count - ?, 0),"
        " duplicate_count = (SELECT COUNT(*) FROM memory"
        "  WHERE vault_id = vault.id AND duplicate_of IS NOT NULL)"
        " WHERE id = ?",
    [SQL_VAULT_COUNTS] =
        "SELECT v.created_at, COALESCE(MAX(k.last_used_at), 0),"
        " (SELECT COUNT(*) FROM session s WHERE s.vault_id = v.id),"
        " COALESCE(v.model_id, 0), v.duplicate_count"
        " FROM vault v LEFT JOIN memory_key k ON k.vault_id = v.id"
        " WHERE v.id = ? GROUP BY v.id",

    [SQL_SESSION_ADD] =
        "INSERT INTO session (vault_id, name, created_at) VALUES (?, ?, ?)",
    [SQL_SESSION_FIND] =
        "SELECT id FROM session WHERE vault_id = ? AND name = ?",
    [SQL_SESSION_LIST] =
        "SELECT s.id, s.name, s.created_at, COUNT(m.seq),"
        " CAST(COALESCE(SUM(m.tokens), 0) AS SIGNED),"
        " COALESCE(MAX(m.created_at), s.created_at)"
        " FROM session s LEFT JOIN memory m"
        " ON m.vault_id = s.vault_id AND m.session_id = s.id"
        " WHERE s.vault_id = ? AND s.id > ? AND ? IN ('', s.name)"
        " GROUP BY s.id ORDER BY s.id LIMIT ?",
    [SQL_SESSION_COUNT] = "SELECT COUNT(*) FROM session WHERE vault_id = ?",
    [SQL_SESSION_REMOVE] = "DELETE FROM session WHERE vault_id = ? AND id = ?",
    [SQL_SESSION_REMOVE_ALL] = "DELETE FROM session WHERE vault_id = ?",

    [SQL_MEMORY_ADD] =
        "INSERT INTO memory (vault_id, seq, id, session_id, turn, position,"
        " role, partial, author, text, content_hash, tokens, occurred_at,"
        " created_at, source, metadata, duplicate_of)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_MEMORY_SAME] =
        "SELECT id FROM memory WHERE vault_id = ? AND content_hash = ?"
        " AND role = ? AND duplicate_of IS NULL AND superseded_by IS NULL"
        " ORDER BY seq LIMIT 1",
    [SQL_MEMORY_ABOVE] =
        MEMORY_COLUMNS "WHERE vault_id = ? AND seq > ? ORDER BY seq",
    [SQL_MEMORY_FETCH] =
        MEMORY_WHOLE
        "WHERE vault_id = ? AND seq IN (" HUNDRED ") ORDER BY seq",
    [SQL_MEMORY_NEXT] =
        MEMORY_COLUMNS "WHERE vault_id = ? AND seq > ? ORDER BY seq LIMIT ?",
    [SQL_MEMORY_BEFORE] =
        MEMORY_COLUMNS "FORCE INDEX (memory_session)"
        " WHERE vault_id = ? AND session_id = ? AND id < ?"
        " ORDER BY id DESC LIMIT 1",
    /* This index holds seq too; the primary key would read the texts. */
    [SQL_MEMORY_LIVE] =
        "SELECT seq FROM memory FORCE INDEX (memory_id)"
        " WHERE vault_id = ? AND seq <= ?",
    [SQL_MEMORY_TWINS] =
        "SELECT id, turn FROM memory WHERE vault_id = ?"
        " AND content_hash = ? AND role = ? AND session_id = ?"
        " AND position = 0"
        " UNION SELECT m.id, m.turn FROM memory_version v JOIN memory m"
        " ON m.vault_id = v.vault_id AND m.id = v.memory_id"
        " WHERE v.vault_id = ? AND v.content_hash = ? AND v.role = ?"
        " AND m.session_id = ? AND m.position = 0"
        " ORDER BY id DESC LIMIT 32",
    [SQL_MEMORY_LAST] =
        "SELECT id, turn, content_hash FROM memory"
        " FORCE INDEX (memory_session) WHERE vault_id = ?"
        " AND session_id = ? AND role = ? AND position = 0"
        " ORDER BY id DESC LIMIT ?",
    [SQL_MEMORY_SAYS_BEFORE] =
        MEMORY_SAYS " AND m.id < ? ORDER BY m.id DESC LIMIT 1",
    [SQL_MEMORY_SAYS_AFTER] =
        MEMORY_SAYS " AND m.id > ? AND m.position = 0 ORDER BY m.id LIMIT 1",
    [SQL_MEMORY_GET] = MEMORY_WHOLE "WHERE vault_id = ? AND id = ?",
    [SQL_MEMORY_PAGE_DOWN] =
        MEMORY_WHOLE "WHERE vault_id = ? AND id < ?" MEMORY_NARROW
        " ORDER BY id DESC LIMIT ?",
    [SQL_MEMORY_PAGE_UP] =
        MEMORY_WHOLE "WHERE vault_id = ? AND id > ?" MEMORY_NARROW
        " ORDER BY id LIMIT ?",
    [SQL_MEMORY_COUNTS] =
        "SELECT COUNT(*), CAST(COALESCE(SUM(tokens), 0) AS SIGNED),"
        " COALESCE(MIN(occurred_at), 0), COALESCE(MAX(occurred_at), 0)"
        " FROM memory FORCE INDEX (memory_time)"
        " WHERE vault_id = ? AND ? IN (-1, session_id)",
    [SQL_MEMORY_PENDING] =
        "SELECT COUNT(*) FROM memory m JOIN vault v ON v.id = m.vault_id"
        " WHERE m.vault_id = ? AND m.seq > v.embedded_seq",
    /* A memory and its repeats. */
    [SQL_MEMORY_GROUP] =
        "SELECT id, seq FROM memory WHERE vault_id = ? AND id = ?"
        " UNION SELECT id, seq FROM memory"
        " WHERE vault_id = ? AND duplicate_of = ? ORDER BY id",
    [SQL_MEMORY_EDIT] =
        "UPDATE memory SET seq = ?, role = ?, author = ?, text = ?,"
        " content_hash = ?, tokens = ?, occurred_at = ?, metadata = ?"
        " WHERE vault_id = ? AND id = ?",
    [SQL_MEMORY_EDIT_REPEAT] =
        "UPDATE memory SET seq = ?, text = ?, content_hash = ?, tokens = ?"
        " WHERE vault_id = ? AND id = ?",
    /* Those with an author behind a memory and its repeats, but no repeat. */
    [SQL_MEMORY_FOLLOWING] =
        "SELECT n.id, n.seq FROM"
        " (SELECT session_id, id FROM memory WHERE vault_id = ? AND id = ?"
        "  UNION SELECT session_id, id FROM memory"
        "  WHERE vault_id = ? AND duplicate_of = ?) m"
        " JOIN memory n FORCE INDEX (memory_id) ON n.vault_id = ?"
        " AND n.id = (SELECT MIN(x.id) FROM memory x"
        "  FORCE INDEX (memory_session) WHERE x.vault_id = ?"
        "  AND x.session_id = m.session_id AND x.id > m.id)"
        " WHERE n.author <> '' AND n.id <> ?"
        " AND COALESCE(n.duplicate_of, 0) <> ?",
    [SQL_MEMORY_MOVE] =
        "UPDATE memory SET seq = ? WHERE vault_id = ? AND id = ?",
    [SQL_MEMORY_ORPHANS] =
        "SELECT d.id, d.duplicate_of FROM memory d LEFT JOIN memory f"
        " ON f.vault_id = d.vault_id AND f.id = d.duplicate_of"
        " WHERE d.vault_id = ? AND d.duplicate_of IS NOT NULL"
        " AND f.id IS NULL ORDER BY d.duplicate_of, d.id",
    [SQL_MEMORY_LEAD] =
        "UPDATE memory SET duplicate_of = NULL"
        " WHERE vault_id = ? AND id = ?",
    [SQL_MEMORY_FOLLOW] =
        "UPDATE memory SET duplicate_of = ?"
        " WHERE vault_id = ? AND duplicate_of = ?",
    [SQL_MEMORY_FORGET] =
        "DELETE FROM memory WHERE vault_id = ? AND ? IN (-1, session_id)"
        " ORDER BY seq LIMIT 1000",
    [SQL_MEMORY_FORGET_GROUP] =
        "DELETE FROM memory WHERE vault_id = ? AND (id = ?"
        " OR duplicate_of = ?)",
    [SQL_VERSION_KEEP] =
        VERSION_INSERT
        " SELECT m.vault_id, m.id, 1 + COALESCE((SELECT MAX(o.version)"
        "  FROM memory_version o WHERE o.vault_id = m.vault_id"
        "  AND o.memory_id = m.id), 0), m.role, m.author, m.text,"
        " m.content_hash, m.occurred_at, m.metadata, ?"
        " FROM memory m WHERE m.vault_id = ? AND m.id = ?",
    /* The same as in sql/010_history.sql. */
    [SQL_VERSION_SHORTEN] =
        "DELETE FROM memory_version WHERE vault_id = ? AND memory_id = ?"
        " AND version <= (SELECT MAX(version) FROM (SELECT version,"
        "  ROW_NUMBER() OVER newest AS place,"
        "  SUM(LENGTH(text) + LENGTH(COALESCE(metadata, ''))) OVER newest"
        "  AS bytes FROM memory_version WHERE vault_id = ? AND memory_id = ?"
        "  WINDOW newest AS (ORDER BY version DESC)) sized"
        " WHERE place > ? OR bytes > ?)",
    [SQL_VERSION_ADD] =
        VERSION_INSERT " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_VERSION_LIST] =
        "SELECT " VERSION_COLUMNS " FROM memory_version v"
        " WHERE v.vault_id = ? AND v.memory_id = ? ORDER BY v.version",
    /* From the versions to their memories: most have none. */
    [SQL_VERSION_RANGE] =
        "SELECT STRAIGHT_JOIN " VERSION_COLUMNS ", m.seq"
        " FROM memory_version v"
        " JOIN memory m ON m.vault_id = v.vault_id AND m.id = v.memory_id"
        " WHERE v.vault_id = ? AND v.memory_id BETWEEN ? AND ?"
        " ORDER BY v.memory_id, v.version LIMIT ?",

    [SQL_VERSION_HASHES] =
        "SELECT memory_id, content_hash FROM memory_version"
        " WHERE vault_id = ? AND memory_id >= ?"
        " AND content_hash IS NOT NULL",
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
    [SQL_EMBEDDING_DROP] =
        "DELETE FROM embedding WHERE vault_id = ? AND seq = ?",
    [SQL_EMBEDDING_COUNT] =
        "SELECT COUNT(*) FROM embedding e WHERE e.vault_id = ?"
        " AND ? IN (0, e.model_id) AND (? = -1 OR EXISTS (SELECT 1"
        " FROM memory m WHERE m.vault_id = e.vault_id AND m.seq = e.seq"
        " AND m.session_id = ?))",
    [SQL_EMBEDDING_OF] =
        "SELECT COUNT(*) FROM embedding WHERE vault_id = ? AND seq = ?",
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
    [SQL_INJECTION_CLEAR] = "DELETE FROM injection WHERE vault_id = ?",

    [SQL_ONCE_ADD] =
        "INSERT INTO idempotency (key_id, name_hash, request_hash, reply,"
        " created_at, expires_at) VALUES (?, ?, ?, '0', ?, ?)",
    [SQL_ONCE_FIND] =
        "SELECT request_hash, COALESCE(http_status, 0), reply, expires_at"
        " FROM idempotency WHERE key_id = ? AND name_hash = ?",
    [SQL_ONCE_TAKE] =
        "UPDATE idempotency SET expires_at = ? WHERE key_id = ?"
        " AND name_hash = ? AND http_status IS NULL AND expires_at <= ?",
    [SQL_ONCE_ADVANCE] =
        "UPDATE idempotency SET reply = ?, request_hash = ?, expires_at = ?"
        " WHERE key_id = ? AND name_hash = ?",
    [SQL_ONCE_END] =
        "UPDATE idempotency SET http_status = ?, reply = ?,"
        " request_hash = ?, expires_at = ? WHERE key_id = ?"
        " AND name_hash = ?",
    [SQL_ONCE_PAUSE] =
        "UPDATE idempotency SET expires_at = ? WHERE key_id = ?"
        " AND name_hash = ? AND http_status IS NULL",
    [SQL_ONCE_DROP] =
        "DELETE FROM idempotency WHERE key_id = ? AND name_hash = ?"
        " AND http_status IS NULL",
    [SQL_ONCE_SWEEP] =
        "DELETE FROM idempotency WHERE expires_at <= ?"
        " AND (http_status IS NOT NULL OR created_at <= ?) LIMIT 1000",

    [SQL_USAGE_DAYS] =
        "SELECT u.*, COALESCE(m.input_price, -1), COALESCE(m.output_price, -1)"
        " FROM (SELECT day, provider, model,"
        "  CAST(SUM(requests) AS SIGNED), CAST(SUM(errors) AS SIGNED),"
        "  CAST(SUM(input_tokens) AS SIGNED),"
        "  CAST(SUM(output_tokens) AS SIGNED),"
        "  CAST(SUM(memories) AS SIGNED), CAST(SUM(memory_tokens) AS SIGNED),"
        "  CAST(SUM(stored) AS SIGNED), CAST(SUM(router_ms) AS SIGNED)"
        "  FROM usage_daily WHERE account_id = ? AND ? IN (0, key_id)"
        "  AND day BETWEEN ? AND ?"
        "  AND day < (SELECT rolled_day FROM usage_mark WHERE id = 1)"
        "  GROUP BY day, provider, model"
        " UNION ALL SELECT created_at DIV 86400000, provider, model,"
        "  " USAGE_SUMS
        "  FROM usage_event WHERE account_id = ? AND ? IN (0, key_id)"
        "  AND created_at >= ? AND created_at < ?"
        "  AND created_at >= 86400000 *"
        "   (SELECT rolled_day FROM usage_mark WHERE id = 1)"
        "  GROUP BY created_at DIV 86400000, provider, model) u"
        " LEFT JOIN model m ON m.kind = 'chat' AND m.provider = u.provider"
        " AND m.name = u.model ORDER BY 1, 2, 3",
    [SQL_USAGE_SUM_KEY] =
        USAGE_MONTH("e.key_id"),
    [SQL_USAGE_SUM_ACCOUNT] =
        USAGE_MONTH("e.account_id"),
    [SQL_USAGE_MARK_LOCK] =
        "SELECT rolled_day, kept_day FROM usage_mark WHERE id = 1 FOR UPDATE",
    [SQL_USAGE_MARK_SET] =
        "UPDATE usage_mark SET rolled_day = ? WHERE id = 1",
    [SQL_USAGE_MARK_BACK] =
        "UPDATE usage_mark SET rolled_day = ?"
        " WHERE id = 1 AND rolled_day > ?",
    [SQL_USAGE_MARK_KEPT] = "SELECT kept_day FROM usage_mark WHERE id = 1",
    [SQL_USAGE_MARK_KEEP] =
        "UPDATE usage_mark SET kept_day = LEAST(rolled_day, ?)"
        " WHERE id = 1 AND kept_day < LEAST(rolled_day, ?)",
    [SQL_USAGE_FIRST] =
        "SELECT MIN(created_at) FROM usage_event WHERE created_at >= ?",
    [SQL_USAGE_FORGET] = "DELETE FROM usage_daily WHERE day = ?",
    [SQL_USAGE_SUM_UP] =
        "INSERT INTO usage_daily (account_id, key_id, day, rolled_at,"
        " provider, model, requests, errors, input_tokens, output_tokens,"
        " memories, memory_tokens, stored, router_ms)"
        " SELECT account_id, key_id, ?, ?, provider, model, " USAGE_SUMS
        " FROM usage_event WHERE created_at >= ? AND created_at < ?"
        " GROUP BY account_id, key_id, provider, model",
    [SQL_USAGE_ADD] =
        "INSERT INTO usage_event (request_id, account_id, key_id, vault_id,"
        " provider, model, dialect, http_status, input_tokens,"
        " output_tokens, estimated, partial, memories, memory_tokens,"
        " stored, recall_ms, provider_ms, total_ms, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",

    [SQL_USAGE_ADD_LATE] =
        "INSERT INTO usage_daily (account_id, key_id, day, rolled_at,"
        " provider, model, requests, errors, input_tokens, output_tokens,"
        " memories, memory_tokens, stored, router_ms)"
        " SELECT account_id, key_id, created_at DIV 86400000, created_at,"
        " provider, model, " USAGE_SUMS
        " FROM usage_event WHERE request_id = ?"
        " GROUP BY account_id, key_id, provider, model"
        " ON DUPLICATE KEY UPDATE"
        " requests = usage_daily.requests + VALUES(requests),"
        " errors = usage_daily.errors + VALUES(errors),"
        " input_tokens = usage_daily.input_tokens + VALUES(input_tokens),"
        " output_tokens ="
        "  usage_daily.output_tokens + VALUES(output_tokens),"
        " memories = usage_daily.memories + VALUES(memories),"
        " memory_tokens ="
        "  usage_daily.memory_tokens + VALUES(memory_tokens),"
        " stored = usage_daily.stored + VALUES(stored),"
        " router_ms = usage_daily.router_ms + VALUES(router_ms)",
    [SQL_USAGE_SWEEP] =
        "DELETE FROM usage_event WHERE created_at < ?"
        " ORDER BY created_at LIMIT 500",

    [SQL_AUDIT_ADD] =
        "INSERT INTO audit (account_id, actor, actor_id, action, subject,"
        " request_id, created_at) SELECT COALESCE(?,"
        " (SELECT account_id FROM memory_key WHERE id = ?),"
        " (SELECT account_id FROM vault WHERE id = ?)), ?, ?, ?, ?, ?, ?",
    [SQL_AUDIT_LIST] = AUDIT_COLUMNS " ORDER BY id DESC LIMIT ?",
    [SQL_AUDIT_LIST_ACCOUNT] =
        AUDIT_COLUMNS " AND account_id = ? ORDER BY id DESC LIMIT ?",
    [SQL_AUDIT_SWEEP] = "DELETE FROM audit WHERE created_at <= ? LIMIT 1000",

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
