-- Receipts: which memories a request was given and which ones it left, so that
-- its caller can ask later.  Ids and numbers only; kept for receipt_days.
-- No foreign key: a turn that only reads must not wait for the lock of its
-- vault's row.

CREATE TABLE IF NOT EXISTS receipt (
    request_id BINARY(16) NOT NULL PRIMARY KEY,
    vault_id   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    injected   TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL
               COMMENT 'id:score,... best first; no score in a tool loop',
    first_id   BIGINT NULL COMMENT 'of the memories that were stored',
    stored     INT NOT NULL COMMENT 'how many, numbered on from there',
    KEY receipt_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What one request was given and what it left; kept for a while.';
