-- The database and its two users.  Run once as a user that may grant:
--
--     mariadb -u root -p < grants.sql
--
-- after choosing two passwords below; then write the same into
-- memoryrouter.conf (db_password_file, db_admin_password_file).  When the
-- database is on another host, put the host of the servers, or a pattern such
-- as '10.0.0.%', for localhost.  Then: memoryrouter-admin migrate

CREATE DATABASE IF NOT EXISTS memoryrouter
    CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Migrates: the schema, and nothing outside of it.
CREATE USER IF NOT EXISTS memoryrouter_admin@localhost
    IDENTIFIED BY 'CHANGE-ME-1';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES
    ON memoryrouter.* TO memoryrouter_admin@localhost;

-- Serves: rows only.
CREATE USER IF NOT EXISTS memoryrouter@localhost
    IDENTIFIED BY 'CHANGE-ME-2';
GRANT SELECT, INSERT, UPDATE, DELETE
    ON memoryrouter.* TO memoryrouter@localhost;
