/* Writing a conversation, and knowing its rows again. */
#include "recall/vault.h"

#include "memory/split.h"
#include "store/account.h"
#include "store/key.h"
#include "store/keys.h"

#include "base/banned.h"

/* When does not matter. */
static const struct audit_actor nobody = { .kind = AUDIT_COMMAND };

enum status
vault_account(struct db *admin, int64_t *id, struct error *err)
{
    struct account_new new = { .email = STR("recall-bench@localhost"),
                               .role = STR("user"),
                               .tokens_per_month = -1 };
    struct db_conn    *conn;
    enum status        st = db_borrow(admin, &conn, err);

    if (st != OK)
        return st;
    st = account_create(conn, &new, &nobody, id, err);
    db_return(admin, conn);
    return st;
}

/* Nobody presents the secret of such a key, so its ring may be all zeros. */
static enum status
open_vault(struct db_conn *conn, struct arena *a, struct vault *v,
           struct error *err)
{
    struct keys_settings plain = keys_plain(STR_NONE);
    struct key_ring   ring = { 0 };
    struct key_access access;
    struct str        secret;
    uint8_t           hash[CRYPTO_HASH_BYTES];
    enum status       st = keys_create(conn, a, &ring, v->account_id, &plain,
                                       &nobody, &v->key_id, &secret, err);

    if (st != OK)
        return st;
    crypto_hash_key(&ring, secret, hash);
    if ((st = key_find(conn, a, hash, &access, err)) == OK)
        v->id = access.vault_id;
    return st;
}

static enum status
save_line(struct db *db, const struct conf *conf, struct arena *a,
          struct vault *v, size_t line, struct error *err)
{
    const struct talk_line *l = &v->talk->lines[line];
    struct exchange         x = {
        .request_id = arena_printf(a, "%016llx%016llx",
                                   (unsigned long long)v->id,
                                   (unsigned long long)line),
        .account_id = v->account_id,
        .key_id = v->key_id,
        .vault_id = v->id,
        .session = l->session,
        .source = STR("chat"),
        .now_ms = l->occurred_ms,
        .usage = { .provider = STR("demo"), .model = STR("demo"),
                   .dialect = STR("openai_chat"), .http_status = 200 },
    };
    struct str *pieces;

    split_text(a, l->text, (size_t)conf->piece_tokens, &pieces,
               &x.piece_count);
    if (x.piece_count > EXCHANGE_PIECES_MAX)
        x.piece_count = EXCHANGE_PIECES_MAX;
    x.pieces = arena_array(a, struct exchange_piece, x.piece_count);
    for (size_t i = 0; i < x.piece_count; i++) {
        x.pieces[i] = (struct exchange_piece){
            .role = l->role, .author = l->author, .text = pieces[i],
            .tokens = (int64_t)split_tokens(pieces[i]),
            .position = (int64_t)i,
        };
        v->line_of[v->count++] = line;
    }
    return exchange_save(db, a, &x, err);
}

/* Each piece but the last has half of piece_tokens, a token at least a byte. */
static size_t
rows_at_most(const struct talk *talk, int64_t piece_tokens)
{
    size_t rows = 0;

    for (size_t i = 0; i < talk->line_count; i++)
        rows += 2 + talk->lines[i].text.len / ((size_t)piece_tokens / 2);
    return rows;
}

static enum status
index_row(void *owner, const struct memory_row *row, struct error *err)
{
    (void)err;
    lexicon_add(owner, row);
    return OK;
}

/* Reads back what was stored. */
static enum status
read_rows(struct db_conn *conn, struct vault *v, struct error *err)
{
    enum status st;

    v->lex = lexicon_new(NULL);
    st = memory_each_above(conn, v->id, 0, index_row, v->lex, err);
    if (st == OK && lexicon_count(v->lex) != v->count)
        st = failed(err, ERR_INTERNAL, "%zu pieces were stored, %u are there",
                    v->count, lexicon_count(v->lex));
    return st;
}

enum status
vault_fill(struct db *admin, struct db *db, const struct conf *conf,
           struct arena *a, struct vault *v, struct error *err)
{
    struct arena    scratch = ARENA_INIT;
    struct db_conn *conn;
    enum status     st = db_borrow(admin, &conn, err);

    if (st != OK)
        return st;
    v->count = 0;
    v->line_of = arena_array(a, size_t,
                             rows_at_most(v->talk, conf->piece_tokens));
    st = open_vault(conn, a, v, err);
    for (size_t i = 0; i < v->talk->line_count && st == OK; i++) {
        st = save_line(db, conf, &scratch, v, i, err);
        arena_reset(&scratch);
    }
    if (st == OK)
        st = read_rows(conn, v, err);
    db_return(admin, conn);
    arena_release(&scratch);
    return st;
}

enum status
vault_look(struct db *db, struct vault *v, struct error *err)
{
    struct arena       a = ARENA_INIT;
    struct vault_state now;
    struct db_conn    *conn;
    enum status        st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = memory_epoch(conn, &a, v->id, &now, err);
    db_return(db, conn);
    arena_release(&a);
    if (st == OK)
        v->state = (struct snapshot_wanted){
            .vault_id = v->id,
            .epoch = now.epoch,
            .purge_epoch = now.purge_epoch,
            .model_id = now.model_id,
            .embedded_seq = now.embedded_seq,
        };
    return st;
}

void
vault_release(struct vault *v)
{
    if (v->lex)
        lexicon_free(v->lex);
    v->lex = NULL;
}

size_t
vault_row(const struct vault *v, int64_t seq)
{
    size_t row = 0;

    while (row < v->count && lexicon_item(v->lex, (uint32_t)row)->seq != seq)
        row++;
    return row;
}

bool
vault_row_says(const struct vault *v, size_t row, size_t line)
{
    const struct lexicon_item *item;

    if (row == v->count)
        return false;
    item = lexicon_item(v->lex, (uint32_t)row);
    for (size_t i = 0; i < v->count; i++) {
        const struct lexicon_item *other = lexicon_item(v->lex, (uint32_t)i);

        if (v->line_of[i] == line &&
            (other->first_id == item->first_id || other->same == item->same))
            return true;
    }
    return false;
}
