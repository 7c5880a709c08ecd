/* Sealing, hashing and random tokens, by libsodium. */
#include "platform/crypto.h"

#include <assert.h>

#include <sodium.h>

#include "base/banned.h"

enum {
    NONCE_BYTES    = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES      = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

static_assert(KEY_RING_KEY_BYTES ==
                  crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
              "seal keys are of the cipher's size");

struct wiped {
    void  *bytes;
    size_t len;
};

enum status
crypto_init(struct error *err)
{
    if (sodium_init() < 0)
        return failed(err, ERR_INTERNAL, "libsodium cannot start");
    return OK;
}

const char *
crypto_version(void)
{
    return sodium_version_string();
}

static void
wipe(void *ptr)
{
    struct wiped *w = ptr;

    sodium_memzero(w->bytes, w->len);
}

void
crypto_wipe_later(struct arena *a, void *bytes, size_t len)
{
    struct wiped *w = arena_new(a, struct wiped);

    *w = (struct wiped){ bytes, len };
    arena_defer(a, wipe, w);
}

struct str
crypto_hex(struct arena *a, const void *bytes, size_t len)
{
    char *hex = arena_alloc(a, 2 * len + 1);

    (void)sodium_bin2hex(hex, 2 * len + 1, bytes, len); /* it fits */
    return (struct str){ hex, 2 * len };
}

bool
crypto_from_hex(struct str hex, void *bytes, size_t len)
{
    size_t got = 0;

    return hex.len == 2 * len &&
           sodium_hex2bin(bytes, len, hex.ptr, hex.len, NULL, &got,
                          NULL) == 0 &&
           got == len;
}

void
crypto_hash_key(const struct key_ring *ring, struct str secret,
                uint8_t hash[CRYPTO_HASH_BYTES])
{
    (void)crypto_generichash(hash, CRYPTO_HASH_BYTES,
                             (const unsigned char *)secret.ptr, secret.len,
                             ring->hash_key,
                             KEY_RING_KEY_BYTES); /* sizes are right */
}

void
crypto_hash_text(struct str text, uint8_t hash[CRYPTO_HASH_BYTES])
{
    (void)crypto_generichash(hash, CRYPTO_HASH_BYTES,
                             (const unsigned char *)text.ptr, text.len,
                             NULL, 0); /* sizes are right */
}

void
crypto_sha256(struct str bytes, uint8_t hash[CRYPTO_SHA256_BYTES])
{
    (void)crypto_hash_sha256(hash, (const unsigned char *)bytes.ptr,
                             bytes.len); /* it never fails */
}

enum status
crypto_seal(struct arena *a, const struct key_ring *ring, struct str plain,
            struct str context, uint32_t *ring_id, struct str *sealed,
            struct error *err)
{
    unsigned char     *out;
    unsigned long long len = 0;

    if (ring->seal_count == 0)
        return failed(err, ERR_CONFIG, "the key ring has no `seal` line");
    out = arena_alloc(a, NONCE_BYTES + plain.len + TAG_BYTES);
    randombytes_buf(out, NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + NONCE_BYTES, &len, (const unsigned char *)plain.ptr, plain.len,
        (const unsigned char *)context.ptr, context.len, NULL, out,
        ring->seal[0].key); /* always 0 */
    *ring_id = ring->seal[0].id;
    *sealed = (struct str){ (char *)out, NONCE_BYTES + (size_t)len };
    return OK;
}

enum status
crypto_open(struct arena *a, const struct key_ring *ring, uint32_t ring_id,
            struct str sealed, struct str context, struct str *plain,
            struct error *err)
{
    const struct key_ring_seal *seal = key_ring_find(ring, ring_id);
    const unsigned char *in = (const unsigned char *)sealed.ptr;
    unsigned char       *out;
    unsigned long long   len = 0;

    if (!seal)
        return failed(err, ERR_CONFIG, "the key ring has no `seal %u` line, "
                      "which a stored secret needs", (unsigned)ring_id);
    if (sealed.len < NONCE_BYTES + TAG_BYTES)
        return failed(err, ERR_INTERNAL, "a sealed secret is too short");
    out = arena_alloc(a, sealed.len); /* longer by the NUL behind it */
    crypto_wipe_later(a, out, sealed.len);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, &len, NULL, in + NONCE_BYTES, sealed.len - NONCE_BYTES,
            (const unsigned char *)context.ptr, context.len, in,
            seal->key) != 0)
        return failed(err, ERR_INTERNAL, "a sealed secret was changed, or "
                      "belongs to another row");
    *plain = (struct str){ (char *)out, (size_t)len };
    return OK;
}

struct str
crypto_new_memory_key(struct arena *a)
{
    static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz";
    enum { PREFIX = 3, LEN = PREFIX + KEY_SECRET_CHARS };
    char *key = arena_alloc(a, LEN + 1);

    crypto_wipe_later(a, key, LEN);
    memcpy(key, "mk_", PREFIX);
    for (size_t i = PREFIX; i < LEN; i++)
        key[i] = base62[randombytes_uniform(62)];
    return (struct str){ key, LEN };
}

struct str
crypto_new_request_id(struct arena *a)
{
    uint8_t id[CRYPTO_REQUEST_ID_BYTES];

    crypto_random(id, sizeof(id));
    return crypto_hex(a, id, sizeof(id));
}

enum status
crypto_request_id(struct str hex, uint8_t id[CRYPTO_REQUEST_ID_BYTES],
                  struct error *err)
{
    if (crypto_from_hex(hex, id, CRYPTO_REQUEST_ID_BYTES))
        return OK;
    return failed(err, ERR_INTERNAL, "request id `%.*s` is not 32 hex digits",
                  STR_ARG(str_slice(hex, 0, 64)));
}

void
crypto_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}

enum status
crypto_hash_password(struct arena *a, struct str password, struct str *hash,
                     struct error *err)
{
    char text[crypto_pwhash_STRBYTES];

    if (crypto_pwhash_str(text, password.ptr ? password.ptr : "",
                          password.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return failed(err, ERR_INTERNAL, "no memory for hashing a password");
    *hash = arena_copy(a, str_from(text));
    return OK;
}

bool
crypto_equal(struct str a, struct str b)
{
    return a.len == b.len &&
           (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}
