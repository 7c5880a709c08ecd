/* Deleting. */
#include "store/forget.h"

#include "store/following.h"
#include "store/memory.h"
#include "store/tally.h"
#include "store/transact.h"

#include "base/banned.h"

enum { ALL_SESSIONS = -1 };

struct forgetting {
    struct arena             *arena;
    int64_t                   vault_id;
    int64_t                   session_id;  /* or ALL_SESSIONS */
    int64_t                   memory_id;
    int64_t                   first_id;    /* that it repeats, or it itself */
    struct adding             seqs;
    const struct audit_actor *by;
    struct audit_entry        entry;
    struct forget_receipt    *receipt;
};

static enum status
run(struct db_conn *conn, enum statement id, const struct db_value *params,
    size_t count, struct error *err)
{
    return db_run(conn, NULL, id, params, count, NULL, err);
}

/* The vault's lock comes first; seqs and counts stay as they are. */
static enum status
lock_vault(struct db_conn *conn, struct forgetting *f, struct error *err)
{
    f->seqs = (struct adding){ .conn = conn, .arena = f->arena,
                               .vault_id = f->vault_id };
    return adding_begin(&f->seqs, 0, err);
}

static enum status
note_purge(struct db_conn *conn, const struct forgetting *f,
           struct error *err)
{
    struct db_value counts[] = { DB_I(f->receipt->memories),
                                 DB_I(f->vault_id) };
    struct db_value vault[] = { DB_I(f->vault_id) };
    enum status     st = run(conn, SQL_VAULT_PURGED, counts, COUNT(counts),
                             err);

    if (st == OK)
        st = run(conn, SQL_INJECTION_CLEAR, vault, 1, err);
    return st == OK ? audit_add(conn, f->by, &f->entry, err) : st;
}

/* In parts, each short enough for the time that a statement may take. */
static enum status
delete_rows(struct db_conn *conn, const struct forgetting *f,
            struct error *err)
{
    struct db_value params[] = { DB_I(f->vault_id), DB_I(f->session_id) };
    enum status     st;

    do
        st = run(conn, SQL_MEMORY_FORGET, params, COUNT(params), err);
    while (st == OK && db_affected(conn) > 0);
    return st;
}

static enum status
delete_sessions(struct db_conn *conn, const struct forgetting *f,
                struct error *err)
{
    struct db_value params[] = { DB_I(f->vault_id), DB_I(f->session_id) };
    bool            all = f->session_id == ALL_SESSIONS;
    enum status     st = run(conn, all ? SQL_SESSION_REMOVE_ALL
                                       : SQL_SESSION_REMOVE,
                             params, all ? 1 : 2, err);

    f->receipt->sessions = st == OK ? db_affected(conn) : 0;
    return st;
}

/* The first of the repeats that stay takes the place of what they repeat. */
static enum status
give_new_firsts(struct db_conn *conn, const struct forgetting *f,
                struct error *err)
{
    struct db_value vault[] = { DB_I(f->vault_id) };
    struct db_rows  rows;
    int64_t         gone = 0;
    enum status     st = db_run(conn, f->arena, SQL_MEMORY_ORPHANS, vault, 1,
                                &rows, err);

    for (size_t i = 0; st == OK && i < rows.count; i++) {
        struct db_value lead[] = { DB_I(f->vault_id), *db_at(&rows, i, 0) };
        struct db_value follow[] = { *db_at(&rows, i, 0), DB_I(f->vault_id),
                                     *db_at(&rows, i, 1) };

        if (follow[2].number == gone)
            continue;
        gone = follow[2].number;
        st = run(conn, SQL_MEMORY_LEAD, lead, COUNT(lead), err);
        if (st == OK)
            st = run(conn, SQL_MEMORY_FOLLOW, follow, COUNT(follow), err);
    }
    return st;
}

static enum status
count(struct db_conn *conn, struct forgetting *f, struct error *err)
{
    return tally_part(conn, f->arena, f->vault_id, f->session_id,
                      &f->receipt->memories, &f->receipt->vectors, err);
}

static enum status
forget_part(struct db_conn *conn, void *owner, struct error *err)
{
    struct forgetting *f = owner;
    enum status        st = lock_vault(conn, f, err);

    memset(f->receipt, 0, sizeof(*f->receipt));
    if (st != OK || (st = count(conn, f, err)) != OK ||
        (st = delete_rows(conn, f, err)) != OK ||
        (st = delete_sessions(conn, f, err)) != OK)
        return st;
    if (f->session_id != ALL_SESSIONS)
        st = give_new_firsts(conn, f, err);
    return st == OK ? note_purge(conn, f, err) : st;
}

/* After the commit, by counting again. */
static enum status
count_left(struct db_conn *conn, struct forgetting *f, struct error *err)
{
    return tally_part(conn, f->arena, f->vault_id, f->session_id,
                      &f->receipt->memories_left,
                      &f->receipt->vectors_left, err);
}

enum status
forget_vault(struct db_conn *conn, struct arena *a, int64_t vault_id,
             const struct audit_actor *by, struct forget_receipt *receipt,
             struct error *err)
{
    struct forgetting f = { .arena = a, .vault_id = vault_id,
                            .session_id = ALL_SESSIONS, .by = by,
                            .entry = { .act = AUDIT_VAULT_DELETE,
                                       .id = vault_id },
                            .receipt = receipt };
    enum status       st = transact_run(conn, forget_part, &f, err);

    return st == OK ? count_left(conn, &f, err) : st;
}

enum status
forget_session(struct db_conn *conn, struct arena *a, int64_t vault_id,
               struct str session, const struct audit_actor *by,
               struct forget_receipt *receipt, struct error *err)
{
    struct forgetting f = { .arena = a, .vault_id = vault_id, .by = by,
                            .entry = { .act = AUDIT_SESSION_DELETE,
                                       .id = vault_id },
                            .receipt = receipt };
    enum status       st = memory_session(conn, a, vault_id, session,
                                          &f.session_id, err);

    if (st == OK && f.session_id == 0)
        st = failed(err, ERR_NOT_FOUND, "the vault has no such session");
    f.entry.number = f.session_id;
    if (st == OK)
        st = transact_run(conn, forget_part, &f, err);
    return st == OK ? count_left(conn, &f, err) : st;
}

static enum status
forget_group(struct db_conn *conn, void *owner, struct error *err)
{
    struct forgetting *f = owner;
    struct db_rows     behind;
    enum status        st = lock_vault(conn, f, err);

    if (st == OK)
        st = tally_group(conn, f->arena, f->vault_id, f->memory_id,
                         &f->first_id, &f->receipt->memories,
                         &f->receipt->vectors, err);
    if (st != OK || (st = following_find(conn, f->arena, f->vault_id,
                                         f->first_id, &behind, err)) != OK)
        return st;
    struct db_value params[] = { DB_I(f->vault_id), DB_I(f->first_id),
                                 DB_I(f->first_id) };

    st = run(conn, SQL_MEMORY_FORGET_GROUP, params, COUNT(params), err);
    if (st == OK)
        st = following_renew(&f->seqs, &behind, err);
    return st == OK ? note_purge(conn, f, err) : st;
}

/* Its seqs are gone with the rows, so vectors are counted by the foreign key
 * that binds them: none can be without its row. */
enum status
forget_memory(struct db_conn *conn, struct arena *a, int64_t vault_id,
              int64_t id, const struct audit_actor *by,
              struct forget_receipt *receipt, struct error *err)
{
    struct forgetting f = { .arena = a, .vault_id = vault_id,
                            .memory_id = id, .by = by,
                            .entry = { .act = AUDIT_MEMORY_DELETE,
                                       .id = vault_id, .number = id },
                            .receipt = receipt };
    struct db_value   group[] = { DB_I(vault_id), DB_NIL, DB_I(vault_id),
                                  DB_NIL };
    struct db_rows    rows;
    enum status       st;

    memset(receipt, 0, sizeof(*receipt));
    if ((st = transact_run(conn, forget_group, &f, err)) != OK)
        return st;
    group[1] = group[3] = DB_I(f.first_id);
    st = db_run(conn, a, SQL_MEMORY_GROUP, group, COUNT(group), &rows, err);
    if (st == OK)
        receipt->memories_left = (int64_t)rows.count;
    return st;
}
