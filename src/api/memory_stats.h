/* Counts of the caller's vault, as they are told. */
#ifndef API_MEMORY_STATS_H
#define API_MEMORY_STATS_H

#include "api/caller.h"
#include "store/tally.h"

/* Errors: ERR_STORE. */
enum status memory_stats_read(const struct caller *who, struct tally *tally,
                              struct error *err) MUST_CHECK;

#endif
