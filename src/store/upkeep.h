/*
 * What is done with rows from time to time, by every learner: usage is rolled
 * up, and what is older than keys and options want is deleted.
 *
 * Work is done in small transactions and may be cut off between any two of
 * them; several learners at once do no harm.
 */
#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include "store/db.h"

struct upkeep_done {
    size_t days;     /* of usage, rolled up */
    size_t deleted;  /* memories */
    size_t events;   /* of usage, deleted */
};

struct conf;

/*
 * Does what is due, at most UPKEEP_DAYS days and UPKEEP_BATCHES deletions; the
 * rest waits for the next time.
 *
 * A vault's memories are kept for as long as the key wants that keeps longest;
 * revoked keys that want to keep for ever do not count.
 * Errors   ERR_STORE; *done tells what was done before
 */
enum status upkeep_run(struct db *db, const struct conf *conf, int64_t now_ms,
                       struct upkeep_done *done, struct error *err) MUST_CHECK;

enum { UPKEEP_DAYS = 1000, UPKEEP_BATCHES = 1000, UPKEEP_BATCH_ROWS = 500 };

#endif
