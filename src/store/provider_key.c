/* Provider keys. */
#include "store/provider_key.h"

#include <ctype.h>

#include "base/banned.h"

/* What a sealed key is bound to: its row. */
static struct str
row_name(struct arena *a, int64_t account_id, struct str provider)
{
    return arena_printf(a, "%lld/%.*s", (long long)account_id,
                        STR_ARG(provider));
}

/* Nothing of a key that is so short that four characters tell much of it. */
static struct str
last_four(struct str secret)
{
    return secret.len < 12 ? STR("")
                           : str_slice(secret, secret.len - 4, secret.len);
}

enum status
provider_key_check(struct str secret, struct error *err)
{
    bool good = true;

    for (size_t i = 0; i < secret.len; i++)
        good = good && isgraph((unsigned char)secret.ptr[i]);
    if (secret.len == 0)
        return refused(err, ERR_INPUT, NULL, NULL,
                       "the provider key is empty");
    if (str_starts(secret, STR("mk_")) || str_starts(secret, STR("mk-")))
        return refused(err, ERR_INPUT, NULL, NULL, "this is a memory key: "
                       "give the key that the provider gave you");
    if (secret.len > PROVIDER_KEY_MAX_BYTES)
        return refused(err, ERR_INPUT, NULL, NULL, "the provider key is "
                       "longer than %d bytes", PROVIDER_KEY_MAX_BYTES);
    if (!good)
        return refused(err, ERR_INPUT, NULL, NULL, "the provider key has a "
                       "space, a control byte or a letter that is not ASCII: "
                       "give one line with the key alone");
    return OK;
}

enum status
provider_key_set(struct db_conn *conn, struct arena *a,
                 const struct key_ring *ring, int64_t account_id,
                 struct str provider, struct str secret, int64_t now_ms,
                 struct error *err)
{
    uint32_t    ring_id;
    struct str  sealed;
    enum status st = crypto_seal(a, ring, secret,
                                 row_name(a, account_id, provider), &ring_id,
                                 &sealed, err);

    if (st != OK)
        return st;
    return db_run(conn, a, SQL_PROVIDER_KEY_SET, (struct db_value[]){
                      DB_I(account_id), DB_T(provider), DB_I(ring_id),
                      DB_B(sealed.ptr, sealed.len), DB_T(last_four(secret)),
                      DB_I(now_ms) }, 6, NULL, err);
}

enum status
provider_key_find(struct db_conn *conn, struct arena *a,
                  const struct key_ring *ring, int64_t account_id,
                  struct str provider, struct str *secret, struct error *err)
{
    struct db_value params[] = { DB_I(account_id), DB_T(provider) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_PROVIDER_KEY_FIND, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *secret = STR("");
    if (rows.count == 0)
        return OK;
    return crypto_open(a, ring, (uint32_t)db_at(&rows, 0, 0)->number,
                       db_at(&rows, 0, 1)->text,
                       row_name(a, account_id, provider), secret, err);
}

enum status
provider_key_list(struct db_conn *conn, struct arena *a, int64_t account_id,
                  struct provider_key_row **list, size_t *count,
                  struct error *err)
{
    struct db_value params[] = { DB_I(account_id) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_PROVIDER_KEY_LIST, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct provider_key_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);

        (*list)[i] = (struct provider_key_row){
            .provider = v[0].text,
            .last_four = v[1].text,
            .ring_id = v[2].number,
            .created_ms = v[3].number,
        };
    }
    return OK;
}

enum status
provider_key_remove(struct db_conn *conn, int64_t account_id,
                    struct str provider, struct error *err)
{
    struct db_value params[] = { DB_I(account_id), DB_T(provider) };
    enum status     st = db_run(conn, NULL, SQL_PROVIDER_KEY_REMOVE, params,
                                COUNT(params), NULL, err);

    if (st == OK && db_affected(conn) == 0)
        return failed(err, ERR_NOT_FOUND, "the account has no key of %.*s",
                      STR_ARG(str_slice(provider, 0, 64)));
    return st;
}
