-- Memories that their owner lists and edits: what they said before, and an
-- index for counts and for ranges of time.

ALTER TABLE memory
    ADD KEY IF NOT EXISTS memory_time
        (vault_id, occurred_at, session_id, tokens);

-- What a memory said before an edit; goes with the memory.
CREATE TABLE IF NOT EXISTS memory_version (
    vault_id    BIGINT NOT NULL,
    memory_id   BIGINT NOT NULL,
    version     INT NOT NULL COMMENT 'from 1; the row itself is the newest',
    role        TINYINT NOT NULL,
    author      VARCHAR(64) NOT NULL,
    text        MEDIUMTEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    metadata    MEDIUMTEXT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (vault_id, memory_id, version),
    CONSTRAINT version_memory FOREIGN KEY (vault_id, memory_id)
        REFERENCES memory (vault_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What a memory said before it was edited.';
