-- What was said in a session is found by id, in the order in which it was said:
-- an edit moves the seq of a row, but not its place in the conversation.  And
-- what a memory said before an edit is found too, so that the old text does not
-- come back when a client sends its whole conversation again.

ALTER TABLE memory
    DROP KEY IF EXISTS memory_session,
    ADD KEY memory_session (vault_id, session_id, id);

ALTER TABLE memory_version
    ADD COLUMN IF NOT EXISTS content_hash BINARY(32) NULL
        COMMENT 'BLAKE2b-256 of the text; NULL: of an older version'
        AFTER text,
    ADD KEY IF NOT EXISTS version_content (vault_id, content_hash);
