-- What was injected for the question of a tool loop: every further request of
-- the loop gets the same bytes, on any worker and node, so that the provider's
-- prompt cache holds.  Rows are of use for an hour.

CREATE TABLE IF NOT EXISTS injection (
    vault_id     BIGINT NOT NULL,
    conversation BINARY(32) NOT NULL
                 COMMENT 'BLAKE2b-256 of what was said up to the question',
    purge_epoch  BIGINT NOT NULL
                 COMMENT 'of the vault; a deletion ends the row',
    created_at   BIGINT NOT NULL,
    memories     INT NOT NULL COMMENT 'how many',
    tokens       INT NOT NULL,
    ids          TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                 COMMENT 'of the memories, for X-Memory-Ids',
    text         MEDIUMTEXT NOT NULL COMMENT 'empty: nothing was relevant',
    PRIMARY KEY (vault_id, conversation),
    KEY injection_created (created_at),
    CONSTRAINT injection_vault FOREIGN KEY (vault_id) REFERENCES vault (id)
        ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What was injected in a tool loop, kept for an hour.';
