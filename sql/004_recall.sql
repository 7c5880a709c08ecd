-- How far the learner is with a vault, so that it finds its work by an index,
-- and the rows that learners lock while they work.

ALTER TABLE vault
    ADD COLUMN IF NOT EXISTS model_pinned TINYINT NOT NULL DEFAULT 0
        COMMENT '1: chosen for this vault; the configuration does not change it'
        AFTER model_id,
    ADD COLUMN IF NOT EXISTS embedded_seq BIGINT NOT NULL DEFAULT 0
        COMMENT 'rows up to here have a vector of model_id, or can have none'
        AFTER model_pinned,
    ADD COLUMN IF NOT EXISTS behind TINYINT
        AS (embedded_seq < next_seq - 1) PERSISTENT
        COMMENT '1: rows wait for their vectors'
        AFTER embedded_seq,
    ADD KEY IF NOT EXISTS vault_behind (behind),
    ADD KEY IF NOT EXISTS vault_pinned (model_pinned, model_id);

-- No foreign key: whoever deletes a vault must not wait for the batch that a
-- learner has in work.  Its rows then are gone, and nothing is stored.
CREATE TABLE IF NOT EXISTS learner_claim (
    vault_id BIGINT NOT NULL PRIMARY KEY
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='A learner that works on a vault holds the lock of its row.';
