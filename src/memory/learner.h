/*
 * What the parts of the learner share; only memory/learn*.c include this.
 */
#ifndef MEMORY_LEARNER_H
#define MEMORY_LEARNER_H

#include "memory/generation.h"
#include "memory/learn.h"
#include "store/memory.h"

enum {
    LEARN_ROWS_MAX  = 256,        /* of a batch            */
    LEARN_BYTES_MAX = 48 << 10,   /* of its texts, about   */
    LEARN_FACTS     = 1024,
};

/* A model that embeds now, or did. */
struct learn_model {
    struct embedder *embedder;
    int64_t          id;        /* in the database; 0: none or not known */
    size_t           dimensions;
    struct str       name;
    bool             ready;     /* worth a try                              */
    int              failures;  /* since it last worked                     */
    int64_t          retry_us;  /* not ready: not to be tried before        */
    int64_t          since_us;  /* of the first failure                     */
};

/* What is known of a vault's generation. */
struct learn_facts {
    int64_t vault_id;
    char    name[GENERATION_NAME_BYTES];  /* of the generation, "": none */
    int64_t model_id;
    int64_t base_seq;
    int64_t purge_epoch;
    int64_t items;
    int64_t build_after_us;               /* not before */
};

struct learner {
    struct learn_setup setup;
    struct arena       list;       /* of a round         */
    struct arena       batch;      /* of one vault in it */
    struct db_conn    *conn;       /* borrowed for a round */
    struct learn_model own;        /* of the configuration */
    struct learn_model other;      /* of a vault that has another one */
    struct arena       other_arena;
    struct conf        other_conf;
    int64_t            cursor;     /* the vault after which a round begins */
    size_t             bucket;     /* the folder that is swept next */
    int64_t            build_after_us;      /* none before: the disk is full */
    struct learn_facts facts[LEARN_FACTS];  /* by vault id, the last seen */
};

/* Tells the owner. */
void learn_note(struct learner *l, const struct learn_news *news);
void learn_note_error(struct learner *l, int64_t vault_id,
                      const struct error *err);

/* ERR_BUSY when the owner wants to end. */
enum status learn_go_on(const struct learner *l,
                        struct error *err) MUST_CHECK;

#endif
