/* Applying the files of sql/ in order, once each. */
#include "store/migrate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "platform/conf.h"
#include "platform/crypto.h"

#include "base/banned.h"

enum {
    FILE_MAX_BYTES  = 4 << 20,
    LOCK_TRIES      = 600,     /* of a second each */
    NUMBER_CHARS    = 3,       /* "001_initial.sql" */
};

/* The files, in order. */
struct files {
    struct migration *list;
    struct str       *texts;
    size_t            count;
};

static bool
is_migration(struct str name)
{
    for (size_t i = 0; i < NUMBER_CHARS; i++)
        if (i >= name.len || !isdigit((unsigned char)name.ptr[i]))
            return false;
    return name.len > NUMBER_CHARS && name.ptr[NUMBER_CHARS] == '_' &&
           str_ends(name, STR(".sql"));
}

static int
pick(const struct dirent *entry)
{
    return is_migration(str_from(entry->d_name));
}

static enum status
read_file(struct arena *a, const char *folder, const char *name,
          struct migration *m, struct str *text, struct error *err)
{
    uint8_t     hash[CRYPTO_HASH_BYTES];
    enum status st = conf_read_file(a,
                                    arena_printf(a, "%s/%s", folder, name).ptr,
                                    FILE_MAX_BYTES, text, err);

    if (st != OK)
        return st;
    crypto_hash_text(*text, hash);
    *m = (struct migration){
        .name = arena_copy(a, str_from(name)),
        .checksum = crypto_hex(a, hash, sizeof(hash)),
        .state = MIGRATION_PENDING,
    };
    /* is_migration() saw the digits. */
    (void)str_to_int(str_slice(m->name, 0, NUMBER_CHARS), &m->version);
    return OK;
}

static enum status
read_entries(struct arena *a, const char *folder, struct dirent **entries,
             size_t count, struct files *files, struct error *err)
{
    enum status st = OK;

    files->count = count;
    files->list = arena_array(a, struct migration, count);
    files->texts = arena_array(a, struct str, count);
    for (size_t i = 0; i < count && st == OK; i++) {
        st = read_file(a, folder, entries[i]->d_name, &files->list[i],
                       &files->texts[i], err);
        if (st == OK && i > 0 &&
            files->list[i].version == files->list[i - 1].version)
            st = failed(err, ERR_CONFIG, "%s: %s has the number of the file "
                        "before it", folder, entries[i]->d_name);
    }
    return st;
}

static enum status
read_files(struct arena *a, const char *folder, struct files *files,
           struct error *err)
{
    struct dirent **entries;
    int             count = scandir(folder, &entries, pick, alphasort);
    enum status     st;

    if (count < 0)
        return failed(err, ERR_CONFIG, "folder of migrations %s: %s", folder,
                      strerror(errno));
    st = read_entries(a, folder, entries, (size_t)count, files, err);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    if (st == OK && count == 0)
        return failed(err, ERR_CONFIG, "folder of migrations %s: it has no "
                      "NNN_name.sql", folder);
    return st;
}

static enum status
run_number(struct db_conn *conn, struct arena *a, enum statement id,
           int64_t *number, struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, id, NULL, 0, &rows, err);

    if (st == OK)
        *number = db_at(&rows, 0, 0)->number;
    return st;
}

/* Files are in order of name, so also of version. */
static struct migration *
find_version(const struct files *files, int64_t version)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->list[i].version == version)
            return &files->list[i];
    return NULL;
}

/* Marks what the database has. */
static enum status
compare(struct db_conn *conn, struct arena *a, struct files *files,
        struct error *err)
{
    struct db_rows rows;
    int64_t        exists;
    enum status    st = run_number(conn, a, SQL_SCHEMA_EXISTS, &exists, err);

    if (st != OK || !exists)
        return st;
    st = db_run(conn, a, SQL_SCHEMA_LIST, NULL, 0, &rows, err);
    if (st != OK)
        return st;
    for (size_t i = 0; i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);
        struct migration      *m = find_version(files, v[0].number);

        if (!m)
            return failed(err, ERR_CONFLICT, "the database has migration "
                          "%lld, which this version does not know: install "
                          "the newer version", (long long)v[0].number);
        m->applied_ms = v[3].number;
        m->state = str_equal(v[2].text, m->checksum) ? MIGRATION_APPLIED
                                                     : MIGRATION_CHANGED;
    }
    return OK;
}

enum status
migrate_status(struct db_conn *conn, struct arena *a, const char *sql_dir,
               struct migration **list, size_t *count, struct error *err)
{
    struct files files;
    enum status  st = read_files(a, sql_dir, &files, err);

    if (st == OK)
        st = compare(conn, a, &files, err);
    if (st != OK)
        return st;
    *list = files.list;
    *count = files.count;
    return OK;
}

static enum status
apply(struct db_conn *conn, struct arena *a, const struct migration *m,
      struct str text, int64_t now_ms, struct error *err)
{
    struct db_value params[] = {
        DB_I(m->version), DB_T(m->name), DB_T(m->checksum), DB_I(now_ms),
    };
    struct error    why;
    enum status     st = db_script(conn, text, &why);

    if (st != OK)
        return failed(err, st, "%.*s: %s", STR_ARG(m->name), why.text);
    return db_run(conn, a, SQL_SCHEMA_ADD, params, COUNT(params), NULL, err);
}

/* Nothing is applied when any applied file has changed. */
static enum status
apply_pending(struct db_conn *conn, struct arena *a, struct files *files,
              int64_t now_ms, size_t *applied, struct error *err)
{
    enum status st = compare(conn, a, files, err);

    for (size_t i = 0; i < files->count && st == OK; i++)
        if (files->list[i].state == MIGRATION_CHANGED)
            st = failed(err, ERR_CONFLICT, "%.*s was changed after it had "
                        "been applied: restore the file and put the change "
                        "into a new one", STR_ARG(files->list[i].name));
    for (size_t i = 0; i < files->count && st == OK; i++) {
        if (files->list[i].state != MIGRATION_PENDING)
            continue;
        st = apply(conn, a, &files->list[i], files->texts[i], now_ms, err);
        *applied += st == OK;
    }
    return st;
}

/* Waits a second at a time: a reply of the server must not take long. */
static enum status
lock(struct db_conn *conn, struct arena *a, struct error *err)
{
    int64_t     got = 0;
    enum status st = OK;

    for (int i = 0; i < LOCK_TRIES && st == OK && !got; i++)
        st = run_number(conn, a, SQL_SCHEMA_LOCK, &got, err);
    if (st == OK && !got)
        return failed(err, ERR_STORE, "another migrate has been running for "
                      "%d seconds", LOCK_TRIES);
    return st;
}

enum status
migrate_run(struct db_conn *conn, struct arena *a, const char *sql_dir,
            int64_t now_ms, size_t *applied, struct error *err)
{
    struct files files;
    struct error ignored;
    int64_t      was;
    enum status  st = read_files(a, sql_dir, &files, err);

    *applied = 0;
    if (st == OK && db_version(conn) < DB_VERSION_FLOOR)
        return failed(err, ERR_CONFIG, "MariaDB 10.6 or newer is needed");
    if (st != OK || (st = lock(conn, a, err)) != OK)
        return st;
    st = apply_pending(conn, a, &files, now_ms, applied, err);
    /* The lock ends with the connection anyway. */
    error_ignore(run_number(conn, a, SQL_SCHEMA_UNLOCK, &was, &ignored));
    return st;
}

enum status
migrate_version(struct db_conn *conn, struct arena *a, int64_t *version,
                struct error *err)
{
    enum status st = run_number(conn, a, SQL_SCHEMA_EXISTS, version, err);

    if (st != OK || *version == 0)
        return st;
    return run_number(conn, a, SQL_SCHEMA_VERSION, version, err);
}
