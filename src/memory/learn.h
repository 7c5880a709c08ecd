/*
 * The learner: gives new memories their vectors, and vaults their generations.
 *
 * Work is done in rounds.  A round takes the vaults that are behind, one
 * bounded batch each, so that a large backlog never keeps a small vault
 * waiting; then it builds what has become due.  Everything that counts is one
 * transaction (vectors and how far the vault is) or one rename (a
 * generation), so a learner may be killed at any point, and several may run.
 * What a round cannot do now (no model, no disk) it leaves for a later one.
 *
 * One thread at a time uses a learner; batches are embedded by several.  It
 * does not log: what happens is told to `note`.
 */
#ifndef MEMORY_LEARN_H
#define MEMORY_LEARN_H

#include "memory/embed.h"
#include "platform/http.h"
#include "store/db.h"

struct learner;

enum learn_event {
    LEARN_ADOPTED,   /* a vault gets the model of the configuration   */
    LEARN_EMBEDDED,  /* count: rows that are no longer behind         */
    LEARN_REFUSED,   /* seq: a row that will never have a vector      */
    LEARN_BUILT,     /* a generation; count: up to this seq           */
    LEARN_REMOVED,   /* what a vault that is gone had on disk         */
    LEARN_FAILED,    /* error: something is left for a later round    */
};

struct learn_news {
    enum learn_event    event;
    int64_t             vault_id;  /* 0: of no vault */
    int64_t             seq;
    int64_t             count;
    const struct error *error;
};

/* All of it is borrowed for the learner's life. */
struct learn_setup {
    const struct conf *conf;
    struct db         *db;
    struct http       *http;
    struct embedder   *embedder;
    int                stop_fd;  /* readable: end soon; -1: nothing is */
    bool               hurry;    /* builds without rests in between    */
    void             (*note)(void *owner, const struct learn_news *news);
    void              *owner;
};

struct learner *learn_open(const struct learn_setup *setup);
void learn_close(struct learner *l);

/* What a round did. */
struct learn_round {
    size_t adopted;  /* vaults that got the configuration's model     */
    size_t rows;     /* no longer behind                              */
    size_t built;    /* generations                                   */
    size_t busy;     /* vaults that another learner works on          */
    size_t waits;    /* vaults whose model does not work now          */
    bool   wrapped;  /* the next round begins with the first vault    */
};

/*
 * One round.
 *
 * Errors   ERR_STORE: the database is away.  ERR_BUSY: told to stop.  What
 *          was done until then is done, and *round says it.
 */
enum status learn_some(struct learner *l, struct learn_round *round,
                       struct error *err) MUST_CHECK;

/* What a vault goes by from now on. */
enum learn_target {
    LEARN_KEEP,    /* the model that it has                      */
    LEARN_FOLLOW,  /* the learner's model, as others that follow */
    LEARN_PIN,     /* the learner's model, whatever others do    */
    LEARN_WORDS,   /* words alone, whatever others do            */
};

/*
 * All of one vault: its vectors, waiting for other learners (not for a model
 * that does not work), then a new generation, due or not.  Another target than
 * LEARN_KEEP makes all vectors anew; until they are there recall goes on with
 * the old generation.
 *
 * Errors   those of learn_some(); ERR_NOT_FOUND: there is no such vault;
 *          ERR_UPSTREAM: the learner's model does not work, nothing changed;
 *          whatever keeps the vault from having a generation
 */
enum status learn_vault(struct learner *l, int64_t vault_id,
                        enum learn_target target, struct learn_round *round,
                        struct error *err) MUST_CHECK;

/*
 * Looks at a part of what lies on disk: removes what belongs to vaults that
 * are gone, and builds anew where something was deleted.  Every minute or so.
 *
 * Errors   those of learn_some()
 */
enum status learn_sweep(struct learner *l, struct error *err) MUST_CHECK;

#endif
