-- Clients send whole conversations again and again.  What they said is known by
-- its neighbours in the session, in the order in which it was said: by id, as
-- an edit moves the seq.  And what a memory said before an edit is found too,
-- so that the old text does not come back beside the new one.

ALTER TABLE memory
    ADD KEY IF NOT EXISTS memory_said (vault_id, session_id, id);

ALTER TABLE memory_version
    ADD COLUMN IF NOT EXISTS content_hash BINARY(32) NULL
        COMMENT 'BLAKE2b-256 of the text; NULL: of an older version'
        AFTER text,
    ADD KEY IF NOT EXISTS version_content (vault_id, content_hash);
