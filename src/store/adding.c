/* New rows of memory. */
#include "store/adding.h"

#include "base/utf8.h"
#include "platform/conf.h"
#include "platform/crypto.h"

#include "base/banned.h"

enum { SOURCE_CHARS = 32, SESSION_CORE = 0 };

/* Why the vault did not advance. */
static enum status
tell_why_not(struct adding *w, struct error *err)
{
    struct db_value params[] = { DB_I(w->vault_id) };
    struct db_rows  rows;
    enum status     st = db_run(w->conn, w->arena, SQL_VAULT_MEMORIES, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "vault %lld is gone",
                      (long long)w->vault_id);
    w->memories = db_at(&rows, 0, 0)->number;
    return failed(err, ERR_QUOTA, "vault %lld has no room",
                  (long long)w->vault_id);
}

enum status
adding_begin(struct adding *w, size_t count, struct error *err)
{
    bool            limited = count > 0 && w->memories_most > 0;
    struct db_value params[] = {
        DB_I(count), DB_I(count), DB_I(w->vault_id), DB_I(count),
        DB_I(limited ? w->memories_most : INT64_MAX),
    };
    enum status st = db_run(w->conn, w->arena, SQL_VAULT_ADVANCE, params,
                            COUNT(params), NULL, err);

    if (st != OK)
        return st;
    if (db_affected(w->conn) == 0)
        return tell_why_not(w, err);
    w->next_seq = db_insert_id(w->conn) - (int64_t)count;
    return OK;
}

/* The vault's lock is held, so nobody else adds the session meanwhile. */
enum status
adding_session(struct adding *w, struct str session, int64_t *id,
               struct error *err)
{
    struct str      name = utf8_prefix(session, SESSION_NAME_MAX_BYTES);
    struct db_value params[] = { DB_I(w->vault_id), DB_T(name),
                                 DB_I(w->now_ms) };
    struct db_rows  rows;
    enum status     st = OK;

    *id = SESSION_CORE;
    if (name.len == 0)
        return OK;
    if (str_equal(w->session, name)) {
        *id = w->session_id;
        return OK;
    }
    st = db_run(w->conn, w->arena, SQL_SESSION_FIND, params, 2, &rows, err);
    if (st == OK && rows.count > 0) {
        *id = db_at(&rows, 0, 0)->number;
    } else if (st == OK) {
        st = db_run(w->conn, w->arena, SQL_SESSION_ADD, params,
                    COUNT(params), NULL, err);
        *id = db_insert_id(w->conn);
    }
    if (st != OK)
        return st;
    w->session = name;
    w->session_id = *id;
    return OK;
}

/* The id of the vault's first memory with this text and role, or NULL. */
static enum status
find_same(struct adding *w, const struct adding_row *row,
          const uint8_t hash[CRYPTO_HASH_BYTES], struct db_value *id,
          struct error *err)
{
    struct db_value params[] = { DB_I(w->vault_id),
                                 DB_B(hash, CRYPTO_HASH_BYTES),
                                 DB_I(row->role) };
    struct db_rows  rows;
    enum status     st = db_run(w->conn, w->arena, SQL_MEMORY_SAME, params,
                                COUNT(params), &rows, err);

    if (st == OK)
        *id = rows.count ? *db_at(&rows, 0, 0) : DB_NIL;
    return st;
}

/* A number from a provider or a file is not always one that can be. */
static struct db_value
tokens_value(int64_t tokens)
{
    return DB_I(tokens < 0 ? 0 : tokens > INT32_MAX ? INT32_MAX : tokens);
}

enum status
adding_write(struct adding *w, const struct adding_row *row, int64_t *id,
             struct error *err)
{
    int64_t         seq = w->next_seq;
    uint8_t         hash[CRYPTO_HASH_BYTES];
    struct db_value same;
    int64_t         session_id;
    enum status     st = adding_session(w, row->session, &session_id, err);

    crypto_hash_text(row->text, hash);
    if (st != OK || (st = find_same(w, row, hash, &same, err)) != OK)
        return st;
    w->repeated += same.type != DB_NULL;
    if (!row->joins || w->turn == 0)
        w->turn = seq;
    /* A new row's id is its first seq, which no other row ever had. */
    struct db_value params[] = {
        DB_I(w->vault_id), DB_I(seq), DB_I(seq), DB_I(session_id),
        DB_I(w->turn), DB_I(row->position), DB_I(row->role),
        DB_I(row->partial), DB_T(utf8_prefix(row->author, AUTHOR_MAX_BYTES)),
        DB_T(row->text), DB_B(hash, sizeof(hash)), tokens_value(row->tokens),
        DB_I(row->occurred_ms), DB_I(w->now_ms),
        DB_T(utf8_prefix(row->source, SOURCE_CHARS)),
        row->metadata.len ? DB_T(row->metadata) : DB_NIL, same,
    };
    st = db_run(w->conn, w->arena, SQL_MEMORY_ADD, params, COUNT(params),
                NULL, err);
    w->next_seq++;
    *id = seq;
    return st == OK ? version_add(w->conn, w->vault_id, seq, row->history,
                                  row->history_count, err) : st;
}

enum status
adding_end(struct adding *w, struct error *err)
{
    struct db_value params[] = { DB_I(w->repeated), DB_I(w->vault_id) };

    if (w->repeated == 0)
        return OK;
    return db_run(w->conn, w->arena, SQL_VAULT_REPEATED, params,
                  COUNT(params), NULL, err);
}
