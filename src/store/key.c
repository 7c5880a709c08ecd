/* What a secret opens. */
#include "store/key.h"

#include "base/banned.h"

/* In the order of KEY_ACCESS. */
static struct key_access
read_access(const struct db_value *v)
{
    return (struct key_access){
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
        .rights = rights_read(v[12].text),
        .some_models = v[13].number != 0,
        .retention_days = v[14].number,
        .requests_10s = v[15].number,
        .requests_60s = v[16].number,
        .concurrent = v[17].number,
        .key_tokens = v[18].number,
        .account_tokens = v[19].number,
        .memories_most = v[20].number,
        .vault_memories = v[21].number,
    };
}

static enum status
find(struct db_conn *conn, struct arena *a, enum statement id,
     const struct db_value *params, size_t count, struct key_access *access,
     struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, id, params, count, &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_AUTH, "unknown or revoked memory key");
    *access = read_access(db_at(&rows, 0, 0));
    return OK;
}

enum status
key_find(struct db_conn *conn, struct arena *a,
         const uint8_t hash[CRYPTO_HASH_BYTES], struct key_access *access,
         struct error *err)
{
    struct db_value params[] = { DB_B(hash, CRYPTO_HASH_BYTES) };

    return find(conn, a, SQL_KEY_FIND, params, COUNT(params), access, err);
}

enum status
key_find_previous(struct db_conn *conn, struct arena *a,
                  const uint8_t hash[CRYPTO_HASH_BYTES], int64_t now_ms,
                  struct key_access *access, struct error *err)
{
    struct db_value params[] = { DB_B(hash, CRYPTO_HASH_BYTES),
                                 DB_I(now_ms) };

    return find(conn, a, SQL_KEY_FIND_PREVIOUS, params, COUNT(params), access,
                err);
}

enum status
key_models(struct db_conn *conn, struct arena *a, int64_t key_id,
           struct str *models, struct error *err)
{
    struct db_value params[] = { DB_I(key_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_KEY_MODELS, params,
                                COUNT(params), &rows, err);

    if (st == OK)
        *models = rows.count ? db_at(&rows, 0, 0)->text : STR_NONE;
    return st;
}

enum status
key_note_use(struct db_conn *conn, int64_t key_id, int64_t now_ms,
             struct error *err)
{
    struct db_value params[] = { DB_I(now_ms), DB_I(key_id),
                                 DB_I(now_ms - KEY_NOTED_MS) };

    return db_run(conn, NULL, SQL_KEY_USED, params, COUNT(params), NULL, err);
}
