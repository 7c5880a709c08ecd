/* Memory keys. */
#include "store/key.h"

#include "base/banned.h"

enum status
key_find(struct db_conn *conn, struct arena *a,
         const uint8_t hash[CRYPTO_HASH_BYTES], struct key_access *access,
         struct error *err)
{
    struct db_value        params[] = { DB_B(hash, CRYPTO_HASH_BYTES) };
    const struct db_value *v;
    struct db_rows         rows;
    enum status            st = db_run(conn, a, SQL_KEY_FIND, params,
                                       COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_AUTH, "unknown or revoked memory key");
    v = db_at(&rows, 0, 0);
    *access = (struct key_access){
        .key_id = v[0].number,
        .account_id = v[1].number,
        .vault_id = v[2].number,
        .vault_epoch = v[3].number,
        .vault_purge_epoch = v[4].number,
        .memory_mode = v[5].number,
        .recall_limit = v[6].number,
        .session_scope = v[7].number,
        .placement = v[8].number,
        .last_used_ms = v[9].number,
        .vault_model_id = v[10].number,
        .vault_embedded_seq = v[11].number,
    };
    return OK;
}

/* The transaction of key_create(). */
static enum status
insert_key(struct db_conn *conn, struct arena *a, int64_t account_id,
           const uint8_t hash[CRYPTO_HASH_BYTES], struct str last_four,
           struct str name, int64_t now_ms, struct error *err)
{
    struct db_value account[] = { DB_I(account_id) };
    struct db_value vault[] = { DB_I(account_id), DB_I(now_ms) };
    struct db_value key[] = {
        DB_I(account_id), DB_NIL, DB_B(hash, CRYPTO_HASH_BYTES),
        DB_T(last_four), DB_T(name), DB_I(now_ms),
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
    return db_run(conn, a, SQL_KEY_ADD, key, COUNT(key), NULL, err);
}

enum status
key_create(struct db_conn *conn, struct arena *a,
           const struct key_ring *ring, int64_t account_id, struct str name,
           int64_t now_ms, int64_t *key_id, struct str *secret,
           struct error *err)
{
    struct str  made = crypto_new_memory_key(a);
    uint8_t     hash[CRYPTO_HASH_BYTES];
    int64_t     id = 0;
    enum status st;

    crypto_hash_key(ring, made, hash);
    if ((st = db_begin(conn, err)) != OK)
        return st;
    st = insert_key(conn, a, account_id, hash,
                    str_slice(made, made.len - 4, made.len), name, now_ms,
                    err);
    id = db_insert_id(conn);
    if (st != OK)
        db_rollback(conn);
    else
        st = db_commit(conn, err);
    if (st != OK)
        return st;
    *key_id = id;
    *secret = made;
    return OK;
}

enum status
key_list(struct db_conn *conn, struct arena *a, int64_t account_id,
         struct key_row **list, size_t *count, struct error *err)
{
    struct db_value params[] = { DB_I(account_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_LIST, params, COUNT(params),
                                &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct key_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);

        (*list)[i] = (struct key_row){
            .id = v[0].number,
            .account_id = v[1].number,
            .vault_id = v[2].number,
            .email = v[3].text,
            .name = v[4].text,
            .last_four = v[5].text,
            .created_ms = v[6].number,
            .last_used_ms = v[7].number,
            .revoked_ms = v[8].number,
            .memories = v[9].number,
        };
    }
    return OK;
}

enum status
key_revoke(struct db_conn *conn, struct arena *a, int64_t key_id,
           int64_t now_ms, struct error *err)
{
    struct db_value revoke[] = { DB_I(now_ms), DB_I(key_id) };
    struct db_value exists[] = { DB_I(key_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_REVOKE, revoke,
                                COUNT(revoke), NULL, err);

    if (st != OK || db_affected(conn) > 0)
        return st;
    st = db_run(conn, a, SQL_KEY_EXISTS, exists, COUNT(exists), &rows, err);
    if (st == OK && rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no key %lld: "
                      "`memoryrouter-admin key list` shows all",
                      (long long)key_id);
    return st;
}
