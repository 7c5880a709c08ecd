-- The whole data model, because its parts name each other: accounts, keys,
-- vaults and what they remember, usage, and what the dashboard needs.
--
-- Times are UTC milliseconds since 1970.  The collation is exact and does not
-- pad, so that "a" and "a " are two names.  Every table has a primary key
-- (Galera needs it).  MariaDB ends a transaction at each CREATE TABLE;
-- IF NOT EXISTS lets a run that was cut off be repeated.

CREATE TABLE IF NOT EXISTS schema_migration (
    version    INT NOT NULL PRIMARY KEY,
    name       VARCHAR(255) NOT NULL,
    checksum   CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    applied_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One applied file of sql/.';

CREATE TABLE IF NOT EXISTS account (
    id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email         VARCHAR(254) COLLATE utf8mb4_unicode_nopad_ci NOT NULL,
    name          VARCHAR(255) NOT NULL DEFAULT '',
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL
                  COMMENT 'Argon2id; NULL: no login by password',
    role          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                  DEFAULT 'user' COMMENT 'user or admin',
    requests_per_minute INT NULL COMMENT 'NULL: the default of the server',
    tokens_per_day      BIGINT NULL,
    memories_most       BIGINT NULL,
    memory_mode   TINYINT NULL COMMENT 'NULL: the default of the server',
    recall_limit  INT NULL,
    session_scope TINYINT NULL,
    placement     TINYINT NULL,
    created_at    BIGINT NOT NULL,
    closed_at     BIGINT NULL,
    UNIQUE KEY account_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Who owns keys, vaults and provider keys.';

CREATE TABLE IF NOT EXISTS model (
    id             INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind           VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                   COMMENT 'embedding or chat',
    provider       VARCHAR(64) NOT NULL,
    name           VARCHAR(256) NOT NULL,
    dimensions     INT NULL COMMENT 'of an embedding',
    context_tokens BIGINT NULL,
    input_price    BIGINT NULL COMMENT 'millionths of USD a million tokens',
    output_price   BIGINT NULL,
    fetched_at     BIGINT NOT NULL,
    UNIQUE KEY model_name (kind, provider, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Models that embed memories, and what is known of chat models.';

CREATE TABLE IF NOT EXISTS vault (
    id              BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    epoch           BIGINT NOT NULL DEFAULT 0
                    COMMENT 'moved by every write and delete',
    purge_epoch     BIGINT NOT NULL DEFAULT 0
                    COMMENT 'moved by deletes and edits',
    next_seq        BIGINT NOT NULL DEFAULT 1
                    COMMENT 'of the next row; a new row takes it as id too',
    model_id        INT NULL COMMENT 'embedding model; NULL: words only',
    memory_count    BIGINT NOT NULL DEFAULT 0,
    duplicate_count BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    KEY vault_account (account_id),
    KEY vault_model (model_id),
    CONSTRAINT vault_account FOREIGN KEY (account_id) REFERENCES account (id)
        ON DELETE CASCADE,
    CONSTRAINT vault_model FOREIGN KEY (model_id) REFERENCES model (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One private memory; its row lock orders all writes in it.';

CREATE TABLE IF NOT EXISTS memory_key (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id     BIGINT NOT NULL,
    vault_id       BIGINT NOT NULL,
    secret_hash    BINARY(32) NOT NULL COMMENT 'keyed BLAKE2b-256',
    last_four      CHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name           VARCHAR(255) NOT NULL DEFAULT '',
    scopes         VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin
                   NOT NULL DEFAULT '' COMMENT 'words; empty: everything',
    memory_mode    TINYINT NULL COMMENT 'NULL: the default of the account',
    recall_limit   INT NULL,
    session_scope  TINYINT NULL,
    placement      TINYINT NULL,
    retention_days INT NULL COMMENT 'NULL: for ever',
    requests_per_minute INT NULL,
    tokens_per_day      BIGINT NULL,
    created_at     BIGINT NOT NULL,
    last_used_at   BIGINT NULL COMMENT 'to the minute',
    revoked_at     BIGINT NULL,
    UNIQUE KEY memory_key_secret (secret_hash),
    KEY memory_key_account (account_id),
    KEY memory_key_vault (vault_id),
    CONSTRAINT memory_key_account FOREIGN KEY (account_id)
        REFERENCES account (id) ON DELETE CASCADE,
    CONSTRAINT memory_key_vault FOREIGN KEY (vault_id)
        REFERENCES vault (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One secret that opens a vault; several may open the same one.';

CREATE TABLE IF NOT EXISTS provider_key (
    account_id BIGINT NOT NULL,
    provider   VARCHAR(64) NOT NULL,
    ring_id    INT UNSIGNED NOT NULL COMMENT 'the `seal` line that opens it',
    sealed     VARBINARY(8192) NOT NULL COMMENT 'XChaCha20-Poly1305',
    last_four  VARCHAR(4) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, provider),
    CONSTRAINT provider_key_account FOREIGN KEY (account_id)
        REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='The key of an account at a provider, sealed with the key ring.';

CREATE TABLE IF NOT EXISTS session (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    vault_id   BIGINT NOT NULL,
    name       VARCHAR(255) NOT NULL COMMENT 'the id that the client chose',
    created_at BIGINT NOT NULL,
    UNIQUE KEY session_name (vault_id, name),
    CONSTRAINT session_vault FOREIGN KEY (vault_id) REFERENCES vault (id)
        ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='A named part of a vault.';

-- session_id has no foreign key: 0 is the core, which has no row.
CREATE TABLE IF NOT EXISTS memory (
    vault_id      BIGINT NOT NULL,
    seq           BIGINT NOT NULL COMMENT 'order of commits; an edit moves it',
    id            BIGINT NOT NULL COMMENT 'what users see; the first seq',
    session_id    BIGINT NOT NULL DEFAULT 0 COMMENT '0: core',
    turn          BIGINT NOT NULL COMMENT 'seq of the first row of its turn',
    position      INT NOT NULL COMMENT 'of the piece in its message',
    role          TINYINT NOT NULL COMMENT '0 user, 1 assistant, 2 system',
    partial       TINYINT NOT NULL DEFAULT 0 COMMENT '1: a reply broken off',
    author        VARCHAR(64) NOT NULL DEFAULT '',
    text          MEDIUMTEXT NOT NULL,
    content_hash  BINARY(32) NOT NULL COMMENT 'BLAKE2b-256 of the text',
    tokens        INT NOT NULL,
    occurred_at   BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    source        VARCHAR(32) NOT NULL COMMENT 'chat, upload ...',
    metadata      MEDIUMTEXT NULL COMMENT 'the JSON object that came with it',
    duplicate_of  BIGINT NULL COMMENT 'id of the first with this text',
    superseded_by BIGINT NULL COMMENT 'id of what replaces it',
    PRIMARY KEY (vault_id, seq),
    UNIQUE KEY memory_id (vault_id, id),
    KEY memory_content (vault_id, content_hash),
    KEY memory_session (vault_id, session_id, seq),
    KEY memory_duplicate (vault_id, duplicate_of),
    CONSTRAINT memory_vault FOREIGN KEY (vault_id) REFERENCES vault (id)
        ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One remembered piece of text.';

-- An edit deletes the vector itself: a row with a new seq has none.
CREATE TABLE IF NOT EXISTS embedding (
    vault_id   BIGINT NOT NULL,
    model_id   INT NOT NULL,
    seq        BIGINT NOT NULL,
    vector     VARBINARY(8192) NOT NULL COMMENT 'half precision',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (vault_id, model_id, seq),
    KEY embedding_memory (vault_id, seq),
    KEY embedding_model (model_id),
    CONSTRAINT embedding_memory FOREIGN KEY (vault_id, seq)
        REFERENCES memory (vault_id, seq) ON DELETE CASCADE,
    CONSTRAINT embedding_model FOREIGN KEY (model_id) REFERENCES model (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One vector of one memory under one model.';

-- No foreign keys: what was used stays known after its key is gone.
CREATE TABLE IF NOT EXISTS usage_event (
    id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    request_id    BINARY(16) NOT NULL,
    account_id    BIGINT NOT NULL,
    key_id        BIGINT NOT NULL,
    vault_id      BIGINT NOT NULL,
    provider      VARCHAR(64) NOT NULL,
    model         VARCHAR(256) NOT NULL,
    dialect       VARCHAR(32) NOT NULL,
    http_status   INT NOT NULL,
    input_tokens  BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    estimated     TINYINT NOT NULL COMMENT '1: the provider did not say',
    partial       TINYINT NOT NULL COMMENT '1: the reply broke off',
    memories      INT NOT NULL COMMENT 'injected',
    memory_tokens BIGINT NOT NULL,
    stored        INT NOT NULL COMMENT 'rows of memory',
    recall_ms     BIGINT NULL COMMENT 'NULL: the stage did not run',
    provider_ms   BIGINT NULL,
    total_ms      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    UNIQUE KEY usage_event_request (request_id),
    KEY usage_event_account (account_id, created_at),
    KEY usage_event_key (key_id, created_at),
    KEY usage_event_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What one request cost.';

CREATE TABLE IF NOT EXISTS usage_daily (
    account_id    BIGINT NOT NULL,
    key_id        BIGINT NOT NULL,
    day           INT NOT NULL COMMENT 'days since 1970, UTC',
    provider      VARCHAR(64) NOT NULL,
    model         VARCHAR(256) NOT NULL,
    requests      BIGINT NOT NULL,
    errors        BIGINT NOT NULL COMMENT 'status 400 and above',
    input_tokens  BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    memories      BIGINT NOT NULL,
    memory_tokens BIGINT NOT NULL,
    rolled_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, key_id, day, provider, model),
    KEY usage_daily_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Usage of a key a day; replaced by each roll-up, never added to.';

CREATE TABLE IF NOT EXISTS idempotency (
    key_id       BIGINT NOT NULL,
    name_hash    BINARY(32) NOT NULL COMMENT 'of the Idempotency-Key',
    request_hash BINARY(32) NOT NULL COMMENT 'of what was asked with it',
    http_status  INT NULL COMMENT 'NULL: still running',
    reply        MEDIUMBLOB NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (key_id, name_hash),
    KEY idempotency_expires (expires_at),
    CONSTRAINT idempotency_key FOREIGN KEY (key_id)
        REFERENCES memory_key (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Answers to requests that a client may send twice.';

CREATE TABLE IF NOT EXISTS audit (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id BIGINT NULL COMMENT 'concerned; NULL: the whole server',
    actor      VARCHAR(255) NOT NULL COMMENT 'e-mail, or admin',
    action     VARCHAR(64) NOT NULL COMMENT 'key.revoke ...',
    subject    VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'never a secret',
    address    VARCHAR(64) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    KEY audit_account (account_id, created_at),
    KEY audit_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Who changed what, and when.';

CREATE TABLE IF NOT EXISTS dashboard_session (
    token_hash   BINARY(32) NOT NULL PRIMARY KEY,
    account_id   BIGINT NOT NULL,
    csrf_hash    BINARY(32) NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    KEY dashboard_session_account (account_id),
    KEY dashboard_session_expires (expires_at),
    CONSTRAINT dashboard_session_account FOREIGN KEY (account_id)
        REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='A browser that is logged in to the dashboard.';
