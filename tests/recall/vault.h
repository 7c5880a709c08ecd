/*
 * A conversation in a vault of its own, written the way the product writes a
 * turn: long texts in pieces, each line an exchange of its own at its time.
 */
#ifndef RECALL_VAULT_H
#define RECALL_VAULT_H

#include "memory/snapshot.h"
#include "platform/conf.h"
#include "recall/talk.h"

struct vault {
    const struct talk *talk;
    int64_t            account_id;
    int64_t            key_id;
    int64_t            id;
    struct snapshot_wanted state; /* after vault_look() */
    struct lexicon    *lex;      /* of the rows as they were stored */
    size_t            *line_of;  /* of each row, in order of seq */
    size_t             count;    /* rows */
};

/* The account that all vaults belong to, on a new database. */
enum status vault_account(struct db *admin, int64_t *id,
                          struct error *err) MUST_CHECK;

/*
 * Stores the conversation.
 *
 * admin    as the migrating user; db: as the serving one
 * v        account_id and talk are set; the rest is filled
 * Errors   ERR_STORE; ERR_INTERNAL: not every piece is there
 */
enum status vault_fill(struct db *admin, struct db *db,
                       const struct conf *conf, struct arena *a,
                       struct vault *v, struct error *err) MUST_CHECK;

/* What recall must know of the vault now.  Errors: ERR_STORE. */
enum status vault_look(struct db *db, struct vault *v,
                       struct error *err) MUST_CHECK;

/* Frees the index. */
void vault_release(struct vault *v);

/* The row with this seq, or v->count. */
size_t vault_row(const struct vault *v, int64_t seq);

/* True when a row is a piece of the line, or says the same as one: recall
 * shows what was said twice only once. */
bool vault_row_says(const struct vault *v, size_t row, size_t line);

#endif
