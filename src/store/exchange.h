/*
 * One turn as it is remembered: its pieces of text and its usage, written in
 * ONE transaction, or, while the database is away, into a spool file that is
 * replayed later.  The request id makes a second writing of the same turn do
 * nothing.
 */
#ifndef STORE_EXCHANGE_H
#define STORE_EXCHANGE_H

#include "store/db.h"
#include "store/role.h"

enum {
    EXCHANGE_PIECES_MAX = 4096,
    SPOOL_FILE_MAX_BYTES = 32 << 20,
};

struct exchange_piece {
    enum role  role;
    struct str author;    /* "" unless the client named one */
    struct str text;      /* valid UTF-8, no NUL */
    int64_t    tokens;
    int64_t    position;  /* of the piece within its message, from 0 */
};

/* What a request cost; stored also when nothing is remembered. */
struct exchange_usage {
    struct str provider;
    struct str model;
    struct str dialect;          /* "openai_chat" */
    int64_t    http_status;
    int64_t    input_tokens;
    int64_t    output_tokens;
    bool       estimated;        /* the provider did not say */
    bool       partial;          /* the reply broke off */
    int64_t    memories;         /* injected */
    int64_t    memory_tokens;
    int64_t    recall_ms;
    int64_t    provider_ms;
    int64_t    total_ms;
};

struct exchange {
    struct str             request_id;   /* 32 hex digits, unique */
    int64_t                account_id;
    int64_t                key_id;
    int64_t                vault_id;
    struct str             session;      /* "" = core */
    struct str             source;       /* "chat" */
    int64_t                now_ms;
    bool                   note_key;     /* that it was used now             */
    bool                   receipt;      /* is wanted                        */
    struct str             injected;     /* for it: "id:score,id:score"      */
    struct exchange_piece *pieces;
    size_t                 piece_count;  /* 0: only usage */
    struct exchange_usage  usage;
};

/*
 * Commits the exchange: session row if new, vault epoch and seq, memory rows
 * (an exact repeat in the vault is linked by duplicate_of), usage event, and
 * the receipt where there is something to put into it.
 * Repeats the transaction up to three times on deadlock or Galera conflict.
 *
 * Errors  ERR_STORE.  ERR_NOT_FOUND when the vault is gone: drop it.
 *         An exchange whose request id is known is OK and changes nothing.
 */
enum status exchange_save(struct db *db, struct arena *a,
                          const struct exchange *x,
                          struct error *err) MUST_CHECK;

/* Writes STATE/spool/<request id>.json, mode 0600, fsynced, by rename. */
enum status spool_write(struct arena *a, const char *state_dir,
                        const struct exchange *x,
                        struct error *err) MUST_CHECK;

/*
 * Saves every spooled exchange, and every one that a process left behind in
 * its notes (store/notes.h), and removes its file; stops at the first
 * ERR_STORE.  A file that cannot be read as an exchange is renamed to *.bad.
 * Files of one request id may be replayed by several processes at once.
 *
 * saved, bad   how many
 */
enum status spool_replay(struct db *db, const char *state_dir, size_t *saved,
                         size_t *bad, struct error *err) MUST_CHECK;

/* Exchanges waiting in the spool, without notes; 0 when there is no folder. */
size_t spool_count(const char *state_dir);

#endif
