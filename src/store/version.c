/* Versions. */
#include "store/version.h"

#include "base/utf8.h"
#include "platform/conf.h"
#include "platform/crypto.h"

#include "base/banned.h"

/* In the order of VERSION_COLUMNS in statements.c. */
static struct version
read_version(const struct db_value *v)
{
    return (struct version){
        .memory_id = v[0].number,
        .number = v[1].number,
        .role = (enum role)v[2].number,
        .author = v[3].text,
        .text = v[4].text,
        .occurred_ms = v[5].number,
        .metadata = v[6].text,
        .replaced_ms = v[7].number,
    };
}

enum status
version_list(struct db_conn *conn, struct arena *a, int64_t vault_id,
             int64_t memory_id, struct version **list, size_t *count,
             struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(memory_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_VERSION_LIST, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct version, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = read_version(db_at(&rows, i, 0));
    return OK;
}

struct each {
    version_fn *fn;
    void       *owner;
};

static enum status
pass_version(void *owner, const struct db_value *row, size_t columns,
             struct error *err)
{
    const struct each *each = owner;
    struct version     v = read_version(row);

    return each->fn(each->owner, &v, row[columns - 1].number, err);
}

enum status
version_each(struct db_conn *conn, int64_t vault_id, int64_t first_id,
             int64_t last_id, size_t limit, version_fn *fn, void *owner,
             struct error *err)
{
    struct db_value params[] = { DB_I(vault_id), DB_I(first_id),
                                 DB_I(last_id), DB_I(limit) };
    struct each     each = { fn, owner };

    return db_each(conn, SQL_VERSION_RANGE, params, COUNT(params),
                   pass_version, &each, err);
}

enum status
version_keep(struct db_conn *conn, int64_t vault_id, int64_t memory_id,
             int64_t now_ms, struct error *err)
{
    struct db_value vault = DB_I(vault_id), memory = DB_I(memory_id);
    struct db_value row[] = { DB_I(now_ms), vault, memory };
    struct db_value old[] = { vault, memory, vault, memory,
                              DB_I(VERSION_COUNT_MAX),
                              DB_I(VERSION_BYTES_MAX) };
    enum status     st = db_run(conn, NULL, SQL_VERSION_KEEP, row, COUNT(row),
                                NULL, err);

    return st == OK ? db_run(conn, NULL, SQL_VERSION_SHORTEN, old, COUNT(old),
                             NULL, err) : st;
}

static enum status
add_one(struct db_conn *conn, int64_t vault_id, int64_t memory_id,
        const struct version *v, struct error *err)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash_text(v->text, hash);
    struct db_value row[] = {
        DB_I(vault_id), DB_I(memory_id), DB_I(v->number), DB_I(v->role),
        DB_T(utf8_prefix(v->author, AUTHOR_MAX_BYTES)), DB_T(v->text),
        DB_B(hash, sizeof(hash)), DB_I(v->occurred_ms),
        v->metadata.len ? DB_T(v->metadata) : DB_NIL, DB_I(v->replaced_ms),
    };

    return db_run(conn, NULL, SQL_VERSION_ADD, row, COUNT(row), NULL, err);
}

enum status
version_add(struct db_conn *conn, int64_t vault_id, int64_t memory_id,
            const struct version *list, size_t count, struct error *err)
{
    enum status st = OK;

    for (size_t i = 0; st == OK && i < count; i++)
        st = add_one(conn, vault_id, memory_id, &list[i], err);
    return st;
}
