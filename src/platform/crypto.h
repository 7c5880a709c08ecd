/*
 * Secrets: the hash that finds a memory key, the box that seals provider keys,
 * random tokens.  libsodium does the cryptography; this is its only user.
 *
 * The key ring is a file outside the database (mode 0600), lines of
 *
 *     hash 64-hex-digits              keys the BLAKE2b hash of memory keys
 *     seal ID 64-hex-digits           XChaCha20-Poly1305 keys; the first `seal`
 *                                     line seals, all of them open
 *
 * A ring is read-only after loading; any thread may use it.
 */
#ifndef PLATFORM_CRYPTO_H
#define PLATFORM_CRYPTO_H

#include <stdint.h>

#include "platform/conf.h"

enum {
    CRYPTO_HASH_BYTES   = 32,
    CRYPTO_SHA256_BYTES = 32,
    CRYPTO_RING_MAX     = 16,  /* seal keys in one ring */
    KEY_SECRET_CHARS    = 32,  /* base62 characters behind mk_ */
};

struct key_ring {
    uint8_t hash_key[32];
    size_t  seal_count;
    struct {
        uint32_t id;
        uint8_t  key[32];
    } seal[CRYPTO_RING_MAX];
};

/* Once, before anything else here.  Errors: ERR_INTERNAL. */
enum status crypto_init(struct error *err) MUST_CHECK;

/* Where the ring is: option key_ring, or STATE_DIR/key-ring; owned by `a`. */
const char *key_ring_path(struct arena *a, const struct conf *conf);

/* Errors: ERR_CONFIG (missing, readable by others, damaged), with what to
 * do. */
enum status key_ring_load(const char *path, struct key_ring *ring,
                          struct error *err) MUST_CHECK;

/* Writes a new ring with random keys, mode 0600, fsynced; made by root it
 * belongs to the owner of its folder.  ERR_CONFLICT when the file exists,
 * ERR_CONFIG when it cannot be written. */
enum status key_ring_create(const char *path, struct error *err) MUST_CHECK;

/* Overwrites the keys. */
void key_ring_wipe(struct key_ring *ring);

/* Keyed BLAKE2b-256 of a memory key as the client sends it, without suffix. */
void crypto_hash_key(const struct key_ring *ring, struct str secret,
                     uint8_t hash[CRYPTO_HASH_BYTES]);

/* Unkeyed BLAKE2b-256 of a text, to find exact repeats. */
void crypto_hash_text(struct str text, uint8_t hash[CRYPTO_HASH_BYTES]);

/* SHA-256 of bytes, as publishers of files print it. */
void crypto_sha256(struct str bytes, uint8_t hash[CRYPTO_SHA256_BYTES]);

/* Lower-case hex digits, owned by `a`. */
struct str crypto_hex(struct arena *a, const void *bytes, size_t len);

/* Exactly `len` bytes from 2 * len hex digits; false for anything else. */
bool crypto_from_hex(struct str hex, void *bytes, size_t len);

/* Zeroes the bytes when the arena is reset or released. */
void crypto_wipe_later(struct arena *a, void *bytes, size_t len);

/* The version of libsodium. */
const char *crypto_version(void);

/*
 * Seals `plain` for the row named by `context` (a sealed value copied to
 * another row does not open).  *sealed is nonce + ciphertext, owned by `a`.
 */
enum status crypto_seal(struct arena *a, const struct key_ring *ring,
                        struct str plain, struct str context,
                        uint32_t *ring_id, struct str *sealed,
                        struct error *err) MUST_CHECK;

/* Opens it; *plain is owned by `a` and wiped with it.  ERR_CONFIG when the
 * ring has no such id, ERR_INTERNAL when it was changed. */
enum status crypto_open(struct arena *a, const struct key_ring *ring,
                        uint32_t ring_id, struct str sealed,
                        struct str context, struct str *plain,
                        struct error *err) MUST_CHECK;

/* "mk_" and KEY_SECRET_CHARS random base62 characters; wiped with `a`. */
struct str crypto_new_memory_key(struct arena *a);

/* 32 random lower-case hex digits. */
struct str crypto_new_request_id(struct arena *a);

/* Random bytes. */
void crypto_random(void *out, size_t len);

/* Argon2id hash of a password in its usual text form, owned by `a`. */
enum status crypto_hash_password(struct arena *a, struct str password,
                                 struct str *hash,
                                 struct error *err) MUST_CHECK;

/* Equal, in time that depends on the lengths alone. */
bool crypto_equal(struct str a, struct str b);

#endif
