/*
 * The key ring: a file outside the database (mode 0600), lines of
 *
 *     hash 64-hex-digits              keys the BLAKE2b hash of memory keys
 *     seal ID 64-hex-digits           XChaCha20-Poly1305 keys; the first `seal`
 *                                     line seals, all of them open
 *     next ID 64-hex-digits           opens, and seals from the next rotation
 *                                     on: given to other machines before that
 *
 * A ring that was loaded is only read; any thread may use it.  The file may
 * change meanwhile: whoever meets an id that his ring lacks, or seals, reads it
 * again (key_ring_again).  It is only ever replaced as a whole, so that readers
 * and a crash find the old one or the new one.
 */
#ifndef PLATFORM_KEY_RING_H
#define PLATFORM_KEY_RING_H

#include <stdint.h>

#include "platform/conf.h"

enum {
    KEY_RING_MAX       = 16,  /* `seal` and `next` lines */
    KEY_RING_KEY_BYTES = 32,
};

struct key_ring_seal {
    uint32_t id;      /* from 1 */
    bool     next;
    uint8_t  key[KEY_RING_KEY_BYTES];
};

struct key_ring {
    const char          *path;   /* of its file, borrowed; NULL: none */
    uint8_t              hash_key[KEY_RING_KEY_BYTES];
    size_t               seal_count;
    struct key_ring_seal seal[KEY_RING_MAX];  /* the first one seals */
};

/* Where the ring is: option key_ring, or STATE_DIR/key-ring; owned by `a`. */
const char *key_ring_path(struct arena *a, const struct conf *conf);

/* `path` must outlive the ring.  Errors: ERR_CONFIG (missing, readable by
 * others, damaged), with what to do. */
enum status key_ring_load(const char *path, struct key_ring *ring,
                          struct error *err) MUST_CHECK;

/* The ring as its file is now, owned by `a` and wiped with it; one without a
 * file is itself.  Errors: those of key_ring_load(). */
enum status key_ring_again(struct arena *a, const struct key_ring *ring,
                           const struct key_ring **now,
                           struct error *err) MUST_CHECK;

/* Writes a new ring with random keys, mode 0600, fsynced; made by root it
 * belongs to the owner of its folder.  ERR_CONFLICT when the file exists,
 * ERR_CONFIG when it cannot be written. */
enum status key_ring_create(const char *path, struct error *err) MUST_CHECK;

/* The key of this id, or NULL. */
const struct key_ring_seal *key_ring_find(const struct key_ring *ring,
                                          uint32_t id);

/* Changes of a ring in memory; key_ring_replace() makes them last. */

/* Adds a random `next` key, whose id is above all in the ring and above
 * `used`.  Errors: ERR_CONFLICT: the ring is full. */
enum status key_ring_add(struct key_ring *ring, uint32_t used,
                         struct error *err) MUST_CHECK;

/* A `next` key, if there is one, becomes the key that seals; whether it did. */
bool key_ring_advance(struct key_ring *ring);

/* Takes out the key of this id, if it is not the one that seals. */
void key_ring_drop(struct key_ring *ring, uint32_t id);

/* Puts the ring in the place of its file, which keeps its owner.  Errors:
 * ERR_CONFIG, and the file is what it was. */
enum status key_ring_replace(const struct key_ring *ring,
                             struct error *err) MUST_CHECK;

/* Overwrites the keys. */
void key_ring_wipe(struct key_ring *ring);

#endif
