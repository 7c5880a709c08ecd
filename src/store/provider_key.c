/* Provider keys. */
#include "store/provider_key.h"

#include <ctype.h>
#include <stdio.h>

#include "store/transact.h"

#include "base/banned.h"

enum { FIND_TRIES = 2 };

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
    static const char code[] = "invalid_provider_key";
    bool              good = true;

    for (size_t i = 0; i < secret.len; i++)
        good = good && isgraph((unsigned char)secret.ptr[i]);
    if (secret.len == 0)
        return refused(err, ERR_INPUT, code, NULL,
                       "the provider key is empty");
    if (str_starts(secret, STR("mk_")) || str_starts(secret, STR("mk-")))
        return refused(err, ERR_INPUT, code, NULL, "this is a memory key: "
                       "give the key that the provider gave you");
    if (secret.len > PROVIDER_KEY_MAX_BYTES)
        return refused(err, ERR_INPUT, code, NULL, "the provider key is "
                       "longer than %d bytes", PROVIDER_KEY_MAX_BYTES);
    if (!good)
        return refused(err, ERR_INPUT, code, NULL, "the provider key has a "
                       "space, a control byte or a letter that is not ASCII: "
                       "give one line with the key alone");
    return OK;
}

/* Seals and writes; *ring_id is that of the key that sealed. */
static enum status
write_row(struct db_conn *conn, struct arena *a, const struct key_ring *ring,
          const struct audit_actor *by, const struct audit_entry *entry,
          struct str secret, uint32_t *ring_id, struct error *err)
{
    struct str  sealed;
    enum status st = crypto_seal(a, ring, secret,
                                 row_name(a, entry->id, entry->name), ring_id,
                                 &sealed, err);

    if (st != OK)
        return st;
    struct db_value params[] = {
        DB_I(entry->id), DB_T(entry->name), DB_I(*ring_id),
        DB_B(sealed.ptr, sealed.len), DB_T(last_four(secret)),
        DB_I(by->now_ms) };
    struct audit_statement set = { SQL_PROVIDER_KEY_SET, params,
                                   COUNT(params), 0, 0 };

    return audit_run(conn, by, entry, &set, err);
}

/* Read after the commit, the ring still has the key, or whoever takes it out
 * finds the row: provider_key_reseal() comes after that once more. */
enum status
provider_key_set(struct db_conn *conn, struct arena *a,
                 const struct key_ring *ring, int64_t account_id,
                 struct str provider, struct str secret,
                 const struct audit_actor *by, struct error *err)
{
    struct audit_entry     entry = { .act = AUDIT_PROVIDER_KEY_SET,
                                     .id = account_id, .name = provider };
    const struct key_ring *now;
    uint32_t               ring_id = 0;
    enum status            st = key_ring_again(a, ring, &now, err);

    while (st == OK && !key_ring_find(now, ring_id)) {
        st = write_row(conn, a, now, by, &entry, secret, &ring_id, err);
        if (st == OK)
            st = key_ring_again(a, ring, &now, err);
    }
    return st;
}

/* Opens what was found; *vanished when neither the ring nor its file has the
 * key for it. */
static enum status
open_found(struct arena *a, const struct key_ring *ring,
           const struct db_rows *rows, struct str name, struct str *secret,
           bool *vanished, struct error *err)
{
    uint32_t    ring_id = (uint32_t)db_at(rows, 0, 0)->number;
    enum status st = OK;

    *vanished = false;
    if (!key_ring_find(ring, ring_id))
        st = key_ring_again(a, ring, &ring, err);
    if (st != OK)
        return st;
    *vanished = !key_ring_find(ring, ring_id);
    return crypto_open(a, ring, ring_id, db_at(rows, 0, 1)->text, name, secret,
                       err);
}

/* The key of a row that was read may be dropped before the ring is: then the
 * row is sealed with another one by now. */
enum status
provider_key_find(struct db_conn *conn, struct arena *a,
                  const struct key_ring *ring, int64_t account_id,
                  struct str provider, struct str *secret, struct error *err)
{
    struct db_value params[] = { DB_I(account_id), DB_T(provider) };
    struct db_rows  rows;
    bool            vanished = true;
    enum status     st = OK;

    for (int i = 0; i < FIND_TRIES && vanished; i++) {
        st = db_run(conn, a, SQL_PROVIDER_KEY_FIND, params, COUNT(params),
                    &rows, err);
        *secret = STR("");
        if (st != OK || rows.count == 0)
            return st;
        st = open_found(a, ring, &rows, row_name(a, account_id, provider),
                        secret, &vanished, err);
    }
    return st;
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
                    struct str provider, const struct audit_actor *by,
                    struct error *err)
{
    struct db_value        params[] = { DB_I(account_id), DB_T(provider) };
    struct audit_entry     entry = { .act = AUDIT_PROVIDER_KEY_REMOVE,
                                     .id = account_id, .name = provider };
    struct audit_statement remove = { SQL_PROVIDER_KEY_REMOVE, params,
                                      COUNT(params), 0, 0 };
    enum status            st = audit_run(conn, by, &entry, &remove, err);

    if (st == OK && remove.changed == 0)
        return failed(err, ERR_NOT_FOUND, "the account has no key of %.*s",
                      STR_ARG(str_slice(provider, 0, 64)));
    return st;
}

/* Rotation. */

enum status
provider_key_rings(struct db_conn *conn, struct arena *a,
                   struct provider_key_ring **list, size_t *count,
                   struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_PROVIDER_KEY_RINGS, NULL, 0, &rows,
                               err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct provider_key_ring, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = (struct provider_key_ring){
            (uint32_t)db_at(&rows, i, 0)->number, db_at(&rows, i, 1)->number };
    return OK;
}

enum status
provider_key_lock(struct db_conn *conn, struct arena *a, struct error *err)
{
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_RING_LOCK, NULL, 0, &rows, err);

    if (st == OK && db_at(&rows, 0, 0)->number != 1)
        return failed(err, ERR_CONFLICT, "the key ring is being rotated by "
                      "somebody else: wait until that is done");
    return st;
}

/* One batch, as often as its transaction is repeated. */
struct batch {
    struct arena                   arena;
    const struct key_ring         *ring;
    const struct provider_key_walk *from;
    struct provider_key_walk        to;
};

/* Opens and seals; a row that cannot be opened is counted and stays. */
static enum status
reseal_row(struct db_conn *conn, struct batch *b, const struct db_value *v,
           struct error *err)
{
    struct str  name = row_name(&b->arena, v[0].number, v[1].text);
    struct str  secret, sealed;
    uint32_t    ring_id;
    enum status st = crypto_open(&b->arena, b->ring, (uint32_t)v[2].number,
                                 v[3].text, name, &secret, &b->to.why);

    if (st != OK) {
        b->to.failed++;
        return OK;
    }
    st = crypto_seal(&b->arena, b->ring, secret, name, &ring_id, &sealed, err);
    if (st == OK)
        st = db_run(conn, NULL, SQL_PROVIDER_KEY_RESEAL, (struct db_value[]){
                        DB_I(ring_id), DB_B(sealed.ptr, sealed.len), v[0],
                        v[1] }, 4, NULL, err);
    b->to.resealed += st == OK;
    return st;
}

static enum status
reseal_batch(struct db_conn *conn, void *owner, struct error *err)
{
    struct batch   *b = owner;
    struct db_value params[] = {
        DB_I(b->from->account_id), DB_I(b->from->account_id),
        DB_T(str_from(b->from->provider)), DB_I(b->ring->seal[0].id) };
    struct db_rows  rows;
    enum status     st;

    arena_reset(&b->arena);
    b->to = *b->from;
    st = db_run(conn, &b->arena, SQL_PROVIDER_KEY_OLD, params, COUNT(params),
                &rows, err);
    for (size_t i = 0; st == OK && i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);

        st = reseal_row(conn, b, v, err);
        b->to.account_id = v[0].number;
        (void)snprintf(b->to.provider, sizeof(b->to.provider), "%.*s",
                       STR_ARG(v[1].text)); /* as wide as its column */
    }
    b->to.ended = st == OK && rows.count < PROVIDER_KEY_BATCH;
    return st;
}

enum status
provider_key_reseal(struct db_conn *conn, const struct key_ring *ring,
                    struct provider_key_walk *walk, struct error *err)
{
    struct batch b = { .arena = ARENA_INIT, .ring = ring, .from = walk };
    enum status  st = transact_run(conn, reseal_batch, &b, err);

    if (st == OK)
        *walk = b.to;
    arena_release(&b.arena);
    return st;
}
