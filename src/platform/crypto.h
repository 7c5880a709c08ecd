/*
 * Secrets: the hash that finds a memory key, the box that seals provider keys,
 * random tokens.  libsodium does the cryptography; this and key_ring.c are its
 * only users.
 */
#ifndef PLATFORM_CRYPTO_H
#define PLATFORM_CRYPTO_H

#include <stdint.h>

#include "platform/key_ring.h"

enum {
    CRYPTO_HASH_BYTES       = 32,
    CRYPTO_SHA256_BYTES     = 32,
    CRYPTO_REQUEST_ID_BYTES = 16,
    KEY_SECRET_CHARS        = 32,  /* base62 characters behind mk_ */
};

/* Once, before anything else here.  Errors: ERR_INTERNAL. */
enum status crypto_init(struct error *err) MUST_CHECK;

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

/* A request id as it is stored.  Errors: ERR_INTERNAL: it is none. */
enum status crypto_request_id(struct str hex,
                              uint8_t id[CRYPTO_REQUEST_ID_BYTES],
                              struct error *err) MUST_CHECK;

/* Random bytes. */
void crypto_random(void *out, size_t len);

/* Argon2id hash of a password in its usual text form, owned by `a`. */
enum status crypto_hash_password(struct arena *a, struct str password,
                                 struct str *hash,
                                 struct error *err) MUST_CHECK;

/* Equal, in time that depends on the lengths alone. */
bool crypto_equal(struct str a, struct str b);

#endif
