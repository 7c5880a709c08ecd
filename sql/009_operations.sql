-- What those who run a server look at and keep: who did what, by number and
-- not by name, so that it can outlive an account; and up to which day events
-- of usage are gone, whose sums stay.

ALTER TABLE audit
    MODIFY COLUMN actor VARCHAR(32) NOT NULL
        COMMENT 'command, admin or key',
    ADD COLUMN IF NOT EXISTS actor_id BIGINT NULL
        COMMENT 'number of the key' AFTER actor,
    ADD COLUMN IF NOT EXISTS request_id BINARY(16) NULL
        COMMENT 'NULL: the command line' AFTER subject,
    DROP COLUMN IF EXISTS address,
    DROP KEY IF EXISTS audit_account,
    ADD KEY audit_account (account_id);

ALTER TABLE usage_mark
    ADD COLUMN IF NOT EXISTS kept_day INT NOT NULL DEFAULT 0
        COMMENT 'events of days before it are deleted' AFTER rolled_day;
