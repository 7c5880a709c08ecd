-- What a memory said before its edits has a limit, so that a memory and its
-- history always fit into one line of an export: its newest 1000 versions, and
-- so many of them as have 1 MiB together.  What was kept beyond that goes; an
-- edit lets go of it from now on.

DELETE v FROM memory_version v JOIN
    (SELECT vault_id, memory_id, MAX(version) AS version FROM
        (SELECT vault_id, memory_id, version,
            ROW_NUMBER() OVER newest AS place,
            SUM(LENGTH(text) + LENGTH(COALESCE(metadata, ''))) OVER newest
                AS bytes
        FROM memory_version
        WINDOW newest AS (PARTITION BY vault_id, memory_id
                          ORDER BY version DESC)) sized
    WHERE place > 1000 OR bytes > 1048576
    GROUP BY vault_id, memory_id) old
ON v.vault_id = old.vault_id AND v.memory_id = old.memory_id
    AND v.version <= old.version;
