/* What was injected in tool loops. */
#include "store/injection.h"

#include "base/banned.h"

enum status
injection_find(struct db_conn *conn, struct arena *a,
               const struct key_access *access,
               const uint8_t conversation[CRYPTO_HASH_BYTES], int64_t now_ms,
               bool *found, struct injection *kept, struct error *err)
{
    struct db_value params[] = {
        DB_I(access->vault_id), DB_B(conversation, CRYPTO_HASH_BYTES),
        DB_I(now_ms - INJECTION_KEPT_MS), DB_I(access->vault_purge_epoch),
    };
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_INJECTION_FIND, params,
                               COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *found = rows.count > 0;
    if (*found)
        *kept = (struct injection){
            db_at(&rows, 0, 0)->number, db_at(&rows, 0, 1)->number,
            db_at(&rows, 0, 2)->text, db_at(&rows, 0, 3)->text,
        };
    return OK;
}

enum status
injection_keep(struct db_conn *conn, struct arena *a,
               const struct key_access *access,
               const uint8_t conversation[CRYPTO_HASH_BYTES], int64_t now_ms,
               struct injection *what, struct error *err)
{
    struct db_value name[] = {
        DB_I(access->vault_id), DB_B(conversation, CRYPTO_HASH_BYTES),
        DB_I(now_ms - INJECTION_KEPT_MS), DB_I(access->vault_purge_epoch),
    };
    struct db_value row[] = {
        DB_I(access->vault_id), DB_B(conversation, CRYPTO_HASH_BYTES),
        DB_I(access->vault_purge_epoch), DB_I(now_ms), DB_I(what->memories),
        DB_I(what->tokens), DB_T(what->ids), DB_T(what->text),
    };
    bool        found;
    enum status st = db_run(conn, a, SQL_INJECTION_FORGET, name, COUNT(name),
                            NULL, err);

    if (st == OK)
        st = db_run(conn, a, SQL_INJECTION_KEEP, row, COUNT(row), NULL, err);
    if (st != OK)
        return st;
    return injection_find(conn, a, access, conversation, now_ms, &found, what,
                          err);
}

enum status
injection_sweep(struct db_conn *conn, struct arena *a, int64_t now_ms,
                struct error *err)
{
    struct db_value params[] = { DB_I(now_ms - INJECTION_KEPT_MS) };

    return db_run(conn, a, SQL_INJECTION_SWEEP, params, COUNT(params), NULL,
                  err);
}
