/*
 * Which vaults have a turn that was answered but is not committed yet.
 *
 * One map of the node, STATE/pending, shared by all processes.  A turn raises
 * its vault before the last byte of the reply goes out and lowers it after the
 * commit; a turn that starts on a raised vault waits a little before recall.
 * A raise that nobody lowered (a crash) is ignored after PENDING_STALE_MS.
 * Two vaults may share a slot: then one waits in vain, no more.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { PENDING_SLOTS = 8192, PENDING_STALE_MS = 5000 };

struct pending;

/* Maps STATE/pending, creating it.  Errors: ERR_CONFIG. */
enum status pending_open(const char *state_dir, struct pending **map,
                         struct error *err) MUST_CHECK;
void pending_close(struct pending *map);

void pending_raise(struct pending *map, int64_t vault_id, int64_t now_ms);
void pending_lower(struct pending *map, int64_t vault_id);

/* True when a turn of this vault is on its way to the database. */
bool pending_is_raised(struct pending *map, int64_t vault_id, int64_t now_ms);

/*
 * Waits until it is not, at most `most_ms`.  True when a turn of this vault
 * was on its way a moment ago: an epoch that was read before may be old, also
 * when there was nothing to wait for any more.
 */
bool pending_wait(struct pending *map, int64_t vault_id, int64_t most_ms);

#endif
