/*
 * What a vault remembers about a question.
 *
 * The question's words and its vector are looked for in the vault's segment
 * and in the rows behind it (memory/tail.h), brought up to date whenever the
 * vault's epoch moved.  Any thread may call; no lock is held while the
 * database works or the question is embedded.
 */
#ifndef MEMORY_RECALL_H
#define MEMORY_RECALL_H

#include "memory/embed.h"
#include "memory/select.h"
#include "memory/tail.h"
#include "platform/conf.h"

struct recall;  /* one per process: tails, segments, scratch */

struct recall_query {
    struct snapshot_wanted vault;  /* as authentication read it; its deadline
                                      covers everything */
    struct str         question;   /* plain text; may be long */
    struct str         session;    /* the client's id, "" = core */
    enum conf_scope    scope;
    struct match_filter filter;    /* zeros: anything */
    int64_t            kept_from_ms;  /* what is older is not there any more,
                                         whatever the filter says; 0: all */
    struct select_query select;    /* limit, budget, now, windows */
    double             min_share;  /* 0..1: of rank_share() */
    size_t             keep;       /* of those that were not chosen, how many
                                      are told of */
};

struct hit {
    struct memory_row row;
    double            score;
    enum window       window;
    bool              earlier;  /* a later one on the same subject is there */
};

/* What was found, and how. */
struct recall_answer {
    struct hit        *hits;        /* best first; owned by the arena */
    size_t             count;
    struct pick       *picks;       /* the fate of each that was ranked */
    size_t             pick_count;
    struct when_range  periods[WHEN_RANGES_MAX]; /* it speaks of */
    size_t             period_count;
    int64_t            embed_us;    /* the question's vector took */
    int64_t            search_us;   /* all the rest, the database apart */
    bool               with_vectors;
    struct error       damage;      /* of the vault's segment; status OK: none.
                                       To be logged, memory works without */
    struct error       words_only;  /* why there was no vector; OK: there was,
                                       or none is wanted */
};

struct recall_options {
    struct tail_options tails;
    struct embedder    *embedder;  /* NULL: words only */
    size_t              searches;  /* that run at once, 1 or more */
};

struct recall *recall_open(const struct recall_options *options);
void recall_close(struct recall *r);

/*
 * The memories to inject, within limit and token budget, above the threshold,
 * no text twice, and only rows that exist at the final fetch.
 *
 * answer   everything in it is owned by `a`; count 0 when nothing is relevant
 * Errors   ERR_STORE, ERR_TIMEOUT; only damage and words_only are set then
 */
enum status recall_find(struct recall *r, struct db *db, struct arena *a,
                        const struct recall_query *q,
                        struct recall_answer *answer,
                        struct error *err) MUST_CHECK;

/* Memory of this process for what is not yet in index files. */
size_t recall_tail_bytes(const struct recall *r);

/* Forgets the cached tail of a vault (tests, admin). */
void recall_forget(struct recall *r, int64_t vault_id);

#endif
