/* Records of acts. */
#include "store/audit.h"

#include <assert.h>
#include <stdio.h>

#include "platform/clock.h"
#include "platform/conf.h"
#include "platform/crypto.h"
#include "store/transact.h"

#include "base/banned.h"

enum {
    NUMBER_BYTES     = 24,
    SWEEP_ROWS       = 1000,  /* of one statement */
    SWEEPS           = 60,
};

/* What the id of an entry is; its account is the one concerned. */
enum whose { OF_SERVER, OF_ACCOUNT, OF_KEY, OF_VAULT };

/* THE TABLE of acts. */
static const struct {
    const char *name;
    enum whose  whose;
} acts[] = {
    [AUDIT_ACCOUNT_ADD] = { "account.add", OF_ACCOUNT },
    [AUDIT_ACCOUNT_CHANGE] = { "account.change", OF_ACCOUNT },
    /* It outlives the account. */
    [AUDIT_ACCOUNT_REMOVE] = { "account.remove", OF_SERVER },
    [AUDIT_ACCOUNT_REINDEX] = { "account.reindex", OF_ACCOUNT },
    [AUDIT_KEY_CREATE] = { "key.create", OF_KEY },
    [AUDIT_KEY_CHANGE] = { "key.change", OF_KEY },
    [AUDIT_KEY_ROTATE] = { "key.rotate", OF_KEY },
    [AUDIT_KEY_REVOKE] = { "key.revoke", OF_KEY },
    [AUDIT_PROVIDER_KEY_SET] = { "provider_key.set", OF_ACCOUNT },
    [AUDIT_PROVIDER_KEY_REMOVE] = { "provider_key.remove", OF_ACCOUNT },
    [AUDIT_VAULT_DELETE] = { "vault.delete", OF_VAULT },
    [AUDIT_VAULT_REINDEX] = { "vault.reindex", OF_VAULT },
    [AUDIT_SESSION_DELETE] = { "session.delete", OF_VAULT },
    [AUDIT_MEMORY_DELETE] = { "memory.delete", OF_VAULT },
    [AUDIT_MEMORY_EXPORT] = { "memory.export", OF_VAULT },
    [AUDIT_MEMORY_IMPORT] = { "memory.import", OF_VAULT },
    [AUDIT_REINDEX] = { "reindex", OF_SERVER },
    [AUDIT_KEY_RING_ROTATE] = { "key_ring.rotate", OF_SERVER },
    [AUDIT_KEY_RING_DROP] = { "key_ring.drop", OF_SERVER },
};

static_assert(COUNT(acts) == AUDIT_ACTS, "each act needs a row");

static const char *const actors[] = {
    [AUDIT_COMMAND] = "command",
    [AUDIT_ADMIN] = "admin",
    [AUDIT_KEY] = "key",
};

/* The provider, the session, the memory, or else whose it is. */
static struct str
subject_of(const struct audit_entry *e, char number[NUMBER_BYTES])
{
    if (e->name.len)
        return e->name;
    if (!e->number && !e->id)
        return STR("");
    (void)snprintf(number, NUMBER_BYTES, "%lld",
                   (long long)(e->number ? e->number : e->id)); /* it fits */
    return str_from(number);
}

static struct db_value
id_if(bool condition, int64_t id)
{
    return condition ? DB_I(id) : DB_NIL;
}

enum status
audit_add(struct db_conn *conn, const struct audit_actor *by,
          const struct audit_entry *e, struct error *err)
{
    enum whose      whose = acts[e->act].whose;
    char            number[NUMBER_BYTES];
    uint8_t         id[CRYPTO_REQUEST_ID_BYTES];
    bool            requested = crypto_from_hex(by->request_id, id,
                                                sizeof(id));
    struct db_value params[] = {
        id_if(whose == OF_ACCOUNT, e->id), id_if(whose == OF_KEY, e->id),
        id_if(whose == OF_VAULT, e->id),
        DB_T(str_from(actors[by->kind])),
        id_if(by->kind == AUDIT_KEY, by->key_id),
        DB_T(str_from(acts[e->act].name)), DB_T(subject_of(e, number)),
        requested ? DB_B(id, sizeof(id)) : DB_NIL, DB_I(by->now_ms),
    };

    return db_run(conn, NULL, SQL_AUDIT_ADD, params, COUNT(params), NULL,
                  err);
}

/* What audit_run() does in its transaction. */
struct running {
    const struct audit_actor *by;
    const struct audit_entry *entry;
    struct audit_statement   *statement;
};

static enum status
run_and_record(struct db_conn *conn, void *owner, struct error *err)
{
    struct running         *r = owner;
    struct audit_statement *s = r->statement;
    struct audit_entry      entry = *r->entry;
    enum status             st = db_run(conn, NULL, s->id, s->params, s->count,
                                        NULL, err);

    if (st != OK)
        return st;
    s->changed = db_affected(conn);
    s->insert_id = db_insert_id(conn);
    if (entry.id == 0)
        entry.id = s->insert_id;
    return s->changed ? audit_add(conn, r->by, &entry, err) : OK;
}

enum status
audit_run(struct db_conn *conn, const struct audit_actor *by,
          const struct audit_entry *e, struct audit_statement *s,
          struct error *err)
{
    struct running r = { by, e, s };

    s->changed = s->insert_id = 0;
    return transact_run(conn, run_and_record, &r, err);
}

enum status
audit_end(struct db_conn *conn, const struct audit_actor *by,
          const struct audit_entry *e, enum status st, struct error *err)
{
    if (st == OK)
        st = audit_add(conn, by, e, err);
    if (st == OK)
        return db_commit(conn, err);
    db_rollback(conn);
    return st;
}

/* In the order of AUDIT_COLUMNS. */
static struct audit_row
read_row(struct arena *a, const struct db_value *v)
{
    return (struct audit_row){
        .id = v[0].number,
        .account_id = v[1].number,
        .actor = v[2].text,
        .key_id = v[3].number,
        .action = v[4].text,
        .subject = v[5].text,
        .request_id = v[6].text.len ? crypto_hex(a, v[6].text.ptr,
                                                 v[6].text.len)
                                    : STR(""),
        .at_ms = v[7].number,
    };
}

enum status
audit_list(struct db_conn *conn, struct arena *a, const struct audit_query *q,
           size_t limit, struct audit_row **list, size_t *count,
           struct error *err)
{
    struct db_value params[] = {
        DB_I(q->below ? q->below : INT64_MAX), DB_I(q->since_ms),
        DB_I(q->account_id ? q->account_id : (int64_t)limit), DB_I(limit),
    };
    enum statement  id = q->account_id ? SQL_AUDIT_LIST_ACCOUNT
                                       : SQL_AUDIT_LIST;
    struct db_rows  rows;
    enum status     st;

    st = db_run(conn, a, id, params, q->account_id ? 4 : 3, &rows, err);
    if (st != OK)
        return st;
    *list = arena_array(a, struct audit_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*list)[i] = read_row(a, db_at(&rows, i, 0));
    return OK;
}

enum status
audit_sweep(struct db_conn *conn, const struct conf *conf, int64_t now_ms,
            struct error *err)
{
    struct db_value params[] = {
        DB_I(now_ms - conf->audit_days * CLOCK_DAY_MS) };

    for (int i = 0; i < SWEEPS && conf->audit_days; i++) {
        enum status st = db_run(conn, NULL, SQL_AUDIT_SWEEP, params,
                                COUNT(params), NULL, err);

        if (st != OK || db_affected(conn) < SWEEP_ROWS)
            return st;
    }
    return OK;
}
