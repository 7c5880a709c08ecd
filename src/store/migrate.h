/*
 * Brings the database to the newest schema: applies sql/NNN_name.sql in order
 * and records each in schema_migration.  A named lock lets one run at a time;
 * a second one waits, then finds nothing to do.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/db.h"

enum migration_state {
    MIGRATION_APPLIED,
    MIGRATION_PENDING,
    MIGRATION_CHANGED
};

struct migration {
    int64_t              version;
    struct str           name;
    struct str           checksum;    /* hex BLAKE2b-256 of the file */
    int64_t              applied_ms;  /* 0: not yet */
    enum migration_state state;
};

/* The files of `sql_dir` compared with the database, in order. */
enum status migrate_status(struct db_conn *conn, struct arena *a,
                           const char *sql_dir, struct migration **list,
                           size_t *count, struct error *err) MUST_CHECK;

/*
 * Applies what is pending.
 * applied   how many
 * Errors    ERR_CONFLICT when an applied file has changed; ERR_CONFIG when the
 *           folder is unusable or the server older than DB_VERSION_FLOOR;
 *           ERR_STORE.
 */
enum status migrate_run(struct db_conn *conn, struct arena *a,
                        const char *sql_dir, int64_t now_ms, size_t *applied,
                        struct error *err) MUST_CHECK;

/* Newest applied version, 0 when there is no schema.  For the serving user. */
enum status migrate_version(struct db_conn *conn, struct arena *a,
                            int64_t *version, struct error *err) MUST_CHECK;

/* The version that this program needs. */
enum { MIGRATE_VERSION_WANTED = 8 };

#endif
