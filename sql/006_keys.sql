-- What a memory key may do and use: the caller's own name of its user, which
-- models, how fast and how much, and the secret that a rotation replaced.
-- And the mark up to which the roll-up of usage is complete.

ALTER TABLE account
    ADD COLUMN IF NOT EXISTS tokens_per_month BIGINT NULL
        COMMENT 'NULL: the default of the server; 0: no limit'
        AFTER tokens_per_day;

ALTER TABLE memory_key
    ADD COLUMN IF NOT EXISTS external_user VARCHAR(255) NULL
        COMMENT 'who uses it, in the words of the caller' AFTER name,
    ADD COLUMN IF NOT EXISTS models TEXT NULL
        COMMENT 'words, * at an end stands for anything; NULL: all'
        AFTER scopes,
    ADD COLUMN IF NOT EXISTS requests_per_10s INT NULL
        COMMENT 'NULL: the default of the server; 0: no limit'
        AFTER requests_per_minute,
    ADD COLUMN IF NOT EXISTS concurrent_requests INT NULL
        AFTER requests_per_10s,
    ADD COLUMN IF NOT EXISTS tokens_per_month BIGINT NULL
        AFTER tokens_per_day,
    ADD COLUMN IF NOT EXISTS memories_most BIGINT NULL
        AFTER tokens_per_month,
    ADD COLUMN IF NOT EXISTS previous_hash BINARY(32) NULL
        COMMENT 'of the secret before the last rotation' AFTER secret_hash,
    ADD COLUMN IF NOT EXISTS previous_until BIGINT NULL
        COMMENT 'up to when it opens the vault' AFTER previous_hash,
    ADD UNIQUE KEY IF NOT EXISTS memory_key_user (account_id, external_user),
    ADD UNIQUE KEY IF NOT EXISTS memory_key_previous (previous_hash),
    ADD KEY IF NOT EXISTS memory_key_retention (retention_days);

-- Sums of a key or an account read so few bytes that they come from an index.
ALTER TABLE usage_event
    ADD KEY IF NOT EXISTS usage_event_key_tokens
        (key_id, created_at, input_tokens, output_tokens),
    ADD KEY IF NOT EXISTS usage_event_account_tokens
        (account_id, created_at, input_tokens, output_tokens),
    DROP KEY IF EXISTS usage_event_key,
    DROP KEY IF EXISTS usage_event_account;

ALTER TABLE usage_daily
    ADD COLUMN IF NOT EXISTS router_ms BIGINT NOT NULL DEFAULT 0
        COMMENT 'sum of what we added' AFTER memory_tokens,
    ADD COLUMN IF NOT EXISTS stored BIGINT NOT NULL DEFAULT 0
        COMMENT 'rows of memory' AFTER router_ms;

CREATE TABLE IF NOT EXISTS usage_mark (
    id         TINYINT NOT NULL PRIMARY KEY COMMENT 'always 1',
    rolled_day INT NOT NULL COMMENT 'days before it are complete'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='How far usage_daily replaces usage_event.';

-- The oldest day that has an event: nothing is rolled up yet.
INSERT IGNORE INTO usage_mark (id, rolled_day) VALUES (1, 0);
