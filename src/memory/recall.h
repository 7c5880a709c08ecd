/*
 * What a vault remembers about a question.
 *
 * The words of the question are looked up in the vault's tail: an index of
 * its rows that each process keeps in memory (memory/tail.h), brought up to
 * date whenever the vault's epoch moved.  Any thread may call; no lock is held
 * while the database works.
 */
#ifndef MEMORY_RECALL_H
#define MEMORY_RECALL_H

#include "platform/conf.h"
#include "store/memory.h"

struct recall;  /* one per process: the cache of tails */

struct recall_query {
    int64_t         vault_id;
    int64_t         epoch;        /* as authentication read it */
    int64_t         purge_epoch;
    struct str      question;     /* plain text; may be long */
    struct str      session;      /* the client's id, "" = core */
    enum conf_scope scope;
    size_t          limit;        /* memories, 1..1000 */
    size_t          token_budget; /* of the rendered text */
    int64_t         now_ms;
    int64_t         deadline_us;  /* clock_tick_us() after which it stops */
};

struct hit {
    struct memory_row row;
    double            score;
};

/* `cache_bytes`: least recently used tails are dropped beyond it. */
struct recall *recall_open(size_t cache_bytes, double min_score);
void recall_close(struct recall *r);

/*
 * The memories to inject, best first, within limit and token budget, above the
 * threshold, no text twice, and only rows that exist at the final fetch.
 *
 * hits     *count of them, owned by `a`; *count 0 when nothing is relevant
 * Errors   ERR_STORE, ERR_TIMEOUT; *hits and *count are then untouched
 */
enum status recall_find(struct recall *r, struct db *db, struct arena *a,
                        const struct recall_query *q, struct hit **hits,
                        size_t *count, struct error *err) MUST_CHECK;

/* Forgets the cached tail of a vault (tests, admin). */
void recall_forget(struct recall *r, int64_t vault_id);

#endif
