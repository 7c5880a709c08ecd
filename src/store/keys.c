/* Keys as their owner sees them. */
#include "store/keys.h"

#include "base/banned.h"

/* What SQL_KEY_ADD and SQL_KEY_SET share, in the order of their text. */
enum { SETTINGS = 4 + KEYS_NUMBERS };

struct keys_settings
keys_plain(struct str name)
{
    struct keys_settings s = { .name = name, .rights = RIGHTS_ALL };

    for (size_t i = 0; i < KEYS_NUMBERS; i++)
        s.numbers[i] = KEYS_UNSET;
    return s;
}

static struct db_value
text_or_null(struct str text)
{
    return text.len ? DB_T(text) : DB_NIL;
}

static void
put_settings(struct arena *a, const struct keys_settings *s,
             struct db_value *params)
{
    params[0] = DB_T(s->name);
    params[1] = text_or_null(s->external_user);
    params[2] = DB_T(rights_words(a, s->rights));
    params[3] = text_or_null(s->models);
    for (size_t i = 0; i < KEYS_NUMBERS; i++)
        params[4 + i] = s->numbers[i] < 0 ? DB_NIL : DB_I(s->numbers[i]);
}

static enum status
no_key(int64_t key_id, struct error *err)
{
    return failed(err, ERR_NOT_FOUND, "there is no key %lld: "
                  "`memoryrouter-admin key list` shows all",
                  (long long)key_id);
}

/* The transaction of keys_create(). */
static enum status
insert_key(struct db_conn *conn, struct arena *a, int64_t account_id,
           const uint8_t hash[CRYPTO_HASH_BYTES], struct str last_four,
           const struct keys_settings *settings, int64_t now_ms,
           struct error *err)
{
    struct db_value account[] = { DB_I(account_id) };
    struct db_value vault[] = { DB_I(account_id), DB_I(now_ms) };
    struct db_value key[5 + SETTINGS] = {
        DB_I(account_id), DB_NIL, DB_B(hash, CRYPTO_HASH_BYTES),
        DB_T(last_four), DB_I(now_ms),
    };
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_ACCOUNT_EXISTS, account,
                               COUNT(account), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no account %lld",
                      (long long)account_id);
    st = db_run(conn, a, SQL_VAULT_ADD, vault, COUNT(vault), NULL, err);
    if (st != OK)
        return st;
    key[1] = DB_I(db_insert_id(conn));
    put_settings(a, settings, key + 5);
    return db_run(conn, a, SQL_KEY_ADD, key, COUNT(key), NULL, err);
}

enum status
keys_create(struct db_conn *conn, struct arena *a,
            const struct key_ring *ring, int64_t account_id,
            const struct keys_settings *settings,
            const struct audit_actor *by, int64_t *key_id,
            struct str *secret, struct error *err)
{
    struct str         made = crypto_new_memory_key(a);
    struct audit_entry entry = { .act = AUDIT_KEY_CREATE };
    uint8_t            hash[CRYPTO_HASH_BYTES];
    enum status        st;

    crypto_hash_key(ring, made, hash);
    if ((st = db_begin(conn, err)) != OK)
        return st;
    st = insert_key(conn, a, account_id, hash,
                    str_slice(made, made.len - 4, made.len), settings,
                    by->now_ms, err);
    entry.id = db_insert_id(conn);
    if ((st = audit_end(conn, by, &entry, st, err)) != OK)
        return st;
    *key_id = entry.id;
    *secret = made;
    return OK;
}

/* In the order of KEY_COLUMNS. */
static struct keys_row
read_row(const struct db_value *v)
{
    struct keys_row row = {
        .id = v[0].number,
        .account_id = v[1].number,
        .vault_id = v[2].number,
        .email = v[3].text,
        .last_four = v[4].text,
        .created_ms = v[5].number,
        .last_used_ms = v[6].number,
        .revoked_ms = v[7].number,
        .previous_until_ms = v[8].number,
        .memories = v[9].number,
        .settings = {
            .name = v[10].text,
            .external_user = v[11].text,
            .models = v[12].text,
            .rights = rights_read(v[13].text),
        },
    };

    for (size_t i = 0; i < KEYS_NUMBERS; i++)
        row.settings.numbers[i] = v[14 + i].number;
    return row;
}

enum status
keys_list(struct db_conn *conn, struct arena *a, int64_t account_id,
          struct keys_row **list, size_t *count, struct error *err)
{
    return keys_page(conn, a, account_id, 0, INT64_MAX, list, count, err);
}

enum status
keys_count(struct db_conn *conn, struct arena *a, int64_t account_id,
           int64_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(account_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_COUNT, params, COUNT(params),
                                &rows, err);

    if (st == OK)
        *count = db_at(&rows, 0, 0)->number;
    return st;
}

enum status
keys_page(struct db_conn *conn, struct arena *a, int64_t account_id,
          int64_t above, int64_t limit, struct keys_row **list, size_t *count,
          struct error *err)
{
    struct db_value params[] = { DB_I(account_id), DB_I(above), DB_I(limit) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_LIST, params, COUNT(params),
                                &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct keys_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = read_row(db_at(&rows, i, 0));
    return OK;
}

enum status
keys_find(struct db_conn *conn, struct arena *a, int64_t account_id,
          int64_t key_id, struct keys_row *row, struct error *err)
{
    struct db_value params[] = { DB_I(key_id), DB_I(account_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_ONE, params, COUNT(params),
                                &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return no_key(key_id, err);
    *row = read_row(db_at(&rows, 0, 0));
    return OK;
}

enum status
keys_find_user(struct db_conn *conn, struct arena *a, int64_t account_id,
               struct str user, struct keys_row *row, struct error *err)
{
    struct db_value params[] = { DB_I(account_id), DB_T(user) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_USER, params, COUNT(params),
                                &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "no key of this user");
    *row = read_row(db_at(&rows, 0, 0));
    return OK;
}

/* Runs the statement for the key and records it.  Nothing was changed: because
 * it is so already, or is there no such key?  `alive`: a revoked one is
 * none. */
static enum status
run_change(struct db_conn *conn, struct arena *a, int64_t account_id,
           const struct audit_actor *by, const struct audit_entry *entry,
           struct audit_statement *change, bool alive, struct error *err)
{
    struct keys_row row;
    enum status     st = audit_run(conn, by, entry, change, err);

    if (st != OK || change->changed)
        return st;
    st = keys_find(conn, a, account_id, entry->id, &row, err);
    if (st == OK && alive && row.revoked_ms)
        return no_key(entry->id, err);
    return st;
}

enum status
keys_set(struct db_conn *conn, struct arena *a, int64_t account_id,
         int64_t key_id, const struct keys_settings *settings,
         const struct audit_actor *by, struct error *err)
{
    struct db_value        params[SETTINGS + 2];
    struct audit_entry     entry = { .act = AUDIT_KEY_CHANGE, .id = key_id };
    struct audit_statement set = { SQL_KEY_SET, params, COUNT(params), 0, 0 };

    put_settings(a, settings, params);
    params[SETTINGS] = DB_I(key_id);
    params[SETTINGS + 1] = DB_I(account_id);
    return run_change(conn, a, account_id, by, &entry, &set, true, err);
}

enum status
keys_rotate(struct db_conn *conn, struct arena *a,
            const struct key_ring *ring, int64_t account_id, int64_t key_id,
            int64_t grace_ms, const struct audit_actor *by,
            struct str *secret, struct error *err)
{
    struct str      made = crypto_new_memory_key(a);
    uint8_t         hash[CRYPTO_HASH_BYTES];
    struct db_value params[] = {
        DB_I(grace_ms), grace_ms ? DB_I(by->now_ms + grace_ms) : DB_NIL,
        DB_B(hash, sizeof(hash)),
        DB_T(str_slice(made, made.len - 4, made.len)), DB_I(key_id),
        DB_I(account_id),
    };
    struct audit_entry     entry = { .act = AUDIT_KEY_ROTATE, .id = key_id };
    struct audit_statement rotate = { SQL_KEY_ROTATE, params, COUNT(params),
                                      0, 0 };
    enum status            st;

    crypto_hash_key(ring, made, hash);
    st = run_change(conn, a, account_id, by, &entry, &rotate, true, err);
    if (st == OK)
        *secret = made;
    return st;
}

enum status
keys_revoke(struct db_conn *conn, struct arena *a, int64_t account_id,
            int64_t key_id, const struct audit_actor *by, struct error *err)
{
    struct db_value params[] = { DB_I(by->now_ms), DB_I(key_id),
                                 DB_I(account_id) };
    struct audit_entry     entry = { .act = AUDIT_KEY_REVOKE, .id = key_id };
    struct audit_statement revoke = { SQL_KEY_REVOKE, params, COUNT(params),
                                      0, 0 };

    return run_change(conn, a, account_id, by, &entry, &revoke, false, err);
}
