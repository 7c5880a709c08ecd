/* Editing. */
#include "store/edit.h"

#include "base/utf8.h"
#include "platform/conf.h"
#include "platform/crypto.h"
#include "store/adding.h"
#include "store/following.h"
#include "store/tally.h"
#include "store/transact.h"
#include "store/version.h"

#include "base/banned.h"

struct editing {
    struct arena      *arena;
    int64_t            vault_id;
    int64_t            id;
    const struct edit *edit;
    int64_t            now_ms;
    struct adding      seqs;
};

static enum status
run(struct db_conn *conn, enum statement id, const struct db_value *params,
    size_t count, struct error *err)
{
    return db_run(conn, NULL, id, params, count, NULL, err);
}

static enum status
write_edited(struct db_conn *conn, struct editing *e, struct str hash,
             struct error *err)
{
    const struct edit *x = e->edit;
    struct db_value    row[] = {
        DB_I(e->seqs.next_seq++), DB_I(x->role),
        DB_T(utf8_prefix(x->author, AUTHOR_MAX_BYTES)), DB_T(x->text),
        DB_B(hash.ptr, hash.len), DB_I(x->tokens), DB_I(x->occurred_ms),
        x->metadata.len ? DB_T(x->metadata) : DB_NIL, DB_I(e->vault_id),
        DB_I(e->id),
    };

    return run(conn, SQL_MEMORY_EDIT, row, COUNT(row), err);
}

static enum status
write_repeat(struct db_conn *conn, struct editing *e, int64_t id,
             struct str hash, struct error *err)
{
    struct db_value row[] = {
        DB_I(e->seqs.next_seq++), DB_T(e->edit->text),
        DB_B(hash.ptr, hash.len), DB_I(e->edit->tokens), DB_I(e->vault_id),
        DB_I(id),
    };

    return run(conn, SQL_MEMORY_EDIT_REPEAT, row, COUNT(row), err);
}

/* Keeps what the row says as a version. */
static enum status
write_row(struct db_conn *conn, struct editing *e, int64_t id, int64_t seq,
          struct error *err)
{
    struct db_value old[] = { DB_I(e->vault_id), DB_I(seq) };
    uint8_t         bytes[CRYPTO_HASH_BYTES];
    struct str      hash = { (const char *)bytes, sizeof(bytes) };
    enum status     st = version_keep(conn, e->vault_id, id, e->now_ms, err);

    crypto_hash_text(e->edit->text, bytes);
    if (st == OK)
        st = run(conn, SQL_EMBEDDING_DROP, old, COUNT(old), err);
    if (st != OK)
        return st;
    return id == e->id ? write_edited(conn, e, hash, err)
                       : write_repeat(conn, e, id, hash, err);
}

/* Every change of a memory gives it a new seq. */
static enum status
check_unchanged(const struct editing *e, const struct db_rows *rows,
                struct error *err)
{
    for (size_t i = 0; i < rows->count; i++)
        if (db_at(rows, i, 0)->number == e->id &&
            db_at(rows, i, 1)->number == e->edit->seq)
            return OK;
    return refused(err, ERR_CONFLICT, "memory_changed",
                   "Read it again, and send what is to be changed.",
                   "The memory was changed at the same time");
}

/* New seqs for `count` rows that the vault has already.  Nothing is deleted,
 * but what an index knows of them is old. */
static enum status
take_seqs(struct editing *e, int64_t count, struct error *err)
{
    struct db_value back[] = { DB_I(count), DB_I(e->vault_id) };
    enum status     st = adding_begin(&e->seqs, (size_t)count, err);

    return st == OK ? run(e->seqs.conn, SQL_VAULT_PURGED, back, COUNT(back),
                          err) : st;
}

static enum status
change(struct db_conn *conn, void *owner, struct error *err)
{
    struct editing *e = owner;
    int64_t         first_id, count, vectors;
    struct db_rows  rows, behind;
    enum status     st;

    e->seqs = (struct adding){ .conn = conn, .arena = e->arena,
                               .vault_id = e->vault_id };
    if ((st = adding_begin(&e->seqs, 0, err)) != OK ||
        (st = tally_group(conn, e->arena, e->vault_id, e->id, &first_id,
                          &count, &vectors, err)) != OK ||
        (st = following_find(conn, e->arena, e->vault_id, first_id, &behind,
                             err)) != OK ||
        (st = take_seqs(e, count, err)) != OK)
        return st;
    struct db_value group[] = { DB_I(e->vault_id), DB_I(first_id),
                                DB_I(e->vault_id), DB_I(first_id) };

    st = db_run(conn, e->arena, SQL_MEMORY_GROUP, group, COUNT(group), &rows,
                err);
    if (st == OK)
        st = check_unchanged(e, &rows, err);
    for (size_t i = 0; st == OK && i < rows.count; i++)
        st = write_row(conn, e, db_at(&rows, i, 0)->number,
                       db_at(&rows, i, 1)->number, err);
    if (st == OK)
        st = following_renew(&e->seqs, &behind, err);
    return st == OK ? run(conn, SQL_INJECTION_CLEAR, group, 1, err) : st;
}

enum status
edit_memory(struct db_conn *conn, struct arena *a, int64_t vault_id,
            int64_t id, const struct edit *edit, int64_t now_ms,
            struct error *err)
{
    struct editing e = { .arena = a, .vault_id = vault_id, .id = id,
                         .edit = edit, .now_ms = now_ms };

    return transact_run(conn, change, &e, err);
}
