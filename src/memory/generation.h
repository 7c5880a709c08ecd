/*
 * The folders of generations, and how one takes the place of another.
 *
 *     STATE/vaults/ab/<vault id>/00000007-5f2c81aa/   a generation
 *     STATE/vaults/ab/<vault id>/current              link to it
 *     STATE/vaults/ab/<vault id>/tmp-...              one being built
 *     STATE/vaults/ab/<vault id>/bad-00000006-...     one set aside
 *     STATE/vaults/ab/<vault id>/lock                 whoever builds holds it
 *     STATE/wanted/<vault id>                         please build one
 *
 * "ab" are the last two hex digits of the vault id.  A name is never used
 * twice.  Whoever is killed leaves at most a tmp- folder, which the next
 * builder removes.  Only one builder works on a vault at a time; readers need
 * no lock: `current` changes by one rename, and files that are mapped live on
 * without a name.
 */
#ifndef MEMORY_GENERATION_H
#define MEMORY_GENERATION_H

#include <stdint.h>

#include "base/arena.h"

enum { GENERATION_NAME_BYTES = 32 };

/* Folder of a vault. */
const char *generation_vault(struct arena *a, const char *state_dir,
                             int64_t vault_id);

/*
 * Name of the current generation.  ERR_NOT_FOUND: the vault has none.  Costs
 * one system call.
 */
enum status generation_current(const char *state_dir, int64_t vault_id,
                               char name[GENERATION_NAME_BYTES],
                               struct error *err) MUST_CHECK;

/* One being built; its folder is `path`. */
struct generation {
    const char *vault;  /* folder of the vault */
    const char *path;
    char        name[GENERATION_NAME_BYTES];
    int         lock;
};

/* Makes an empty folder to build in; owned by `a`.  ERR_CONFLICT: somebody
 * else is building; ERR_STORE: the disk refuses. */
enum status generation_begin(struct arena *a, const char *state_dir,
                             int64_t vault_id, struct generation **g,
                             struct error *err) MUST_CHECK;

/* Syncs the folder, renames it, makes it current and removes those before the
 * previous one.  Errors: ERR_STORE; generation_end() is to be called. */
enum status generation_publish(struct arena *a, struct generation *g,
                               struct error *err) MUST_CHECK;

/* Removes what was not published and lets others build. */
void generation_end(struct generation *g);

/* Puts a damaged one out of the way and asks for another; false when it is
 * gone already. */
bool generation_set_aside(const char *state_dir, int64_t vault_id,
                          const char *name);

/* Asks the learner for a new generation. */
enum status generation_want(const char *state_dir, int64_t vault_id,
                            struct error *err) MUST_CHECK;

/* Takes the wish back; false when there was none. */
bool generation_unwant(const char *state_dir, int64_t vault_id);

/* Removes all that a vault has on disk.  ERR_CONFLICT, ERR_STORE. */
enum status generation_remove(struct arena *a, const char *state_dir,
                              int64_t vault_id, struct error *err) MUST_CHECK;

#endif
