/* Key rings, sealing, hashing and random tokens, by libsodium. */
#include "platform/crypto.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/banned.h"

enum {
    NONCE_BYTES    = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES      = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    RING_MAX_BYTES = 8 << 10,
    KEY_BYTES      = 32,
    KEY_HEX_CHARS  = 2 * KEY_BYTES,
};

static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
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

const char *
key_ring_path(struct arena *a, const struct conf *conf)
{
    if (conf->key_ring[0])
        return conf->key_ring;
    return arena_printf(a, "%s/key-ring", conf->state_dir).ptr;
}

/* "seal ID HEX", behind its first word. */
static bool
read_seal(struct str rest, struct key_ring *ring)
{
    struct str number, hex;
    int64_t    id;

    if (!str_cut(str_trim(rest), ' ', &number, &hex) ||
        !str_to_int(number, &id) || id < 1 || id > UINT32_MAX ||
        ring->seal_count == CRYPTO_RING_MAX)
        return false;
    for (size_t i = 0; i < ring->seal_count; i++)
        if (ring->seal[i].id == (uint32_t)id)
            return false;
    ring->seal[ring->seal_count].id = (uint32_t)id;
    if (!crypto_from_hex(str_trim(hex), ring->seal[ring->seal_count].key,
                         KEY_BYTES))
        return false;
    ring->seal_count++;
    return true;
}

static bool
read_ring(struct str text, struct key_ring *ring)
{
    struct str line, word, rest;
    bool       hashed = false;

    while (text.len) {
        (void)str_cut(text, '\n', &line, &text); /* the last may lack it */
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        (void)str_cut(line, ' ', &word, &rest); /* a lone word fails below */
        if (str_equal(word, STR("hash")) && !hashed)
            hashed = crypto_from_hex(str_trim(rest), ring->hash_key,
                                     KEY_BYTES);
        else if (!str_equal(word, STR("seal")) || !read_seal(rest, ring))
            return false;
    }
    return hashed && ring->seal_count > 0;
}

/* The mode is judged by the descriptor, so that it is that of what is read. */
static enum status
open_ring(const char *path, int *fd, struct error *err)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return failed(err, ERR_CONFIG, "key ring %s: %s: %s", path,
                      strerror(errno),
                      errno == ENOENT
                          ? "run memoryrouter-admin migrate, or restore it "
                            "from your backup"
                          : "let the service's user read it");
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (st.st_mode & 077) == 0)
        return OK;
    (void)close(*fd); /* nothing was written */
    return failed(err, ERR_CONFIG, "key ring %s: must be a file that its "
                  "owner alone can read: chmod 600 %s", path, path);
}

enum status
key_ring_load(const char *path, struct key_ring *ring, struct error *err)
{
    char        text[RING_MAX_BYTES];
    size_t      len = 0;
    ssize_t     got = 1;
    int         fd;
    bool        good;
    enum status st = open_ring(path, &fd, err);

    if (st != OK)
        return st;
    while (len < sizeof(text) && got > 0) {
        got = read(fd, text + len, sizeof(text) - len);
        len += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd); /* only read */
    memset(ring, 0, sizeof(*ring));
    good = got == 0 && read_ring((struct str){ text, len }, ring);
    sodium_memzero(text, sizeof(text));
    if (good)
        return OK;
    key_ring_wipe(ring);
    return failed(err, ERR_CONFIG, "key ring %s: damaged: it needs one line "
                  "`hash HEX` and 1 to %d lines `seal ID HEX`; restore it "
                  "from your backup", path, CRYPTO_RING_MAX);
}

/* All of it on disk, or false with errno. */
static bool
write_ring(int fd)
{
    uint8_t key[KEY_BYTES];
    char    hash[KEY_HEX_CHARS + 1], seal[KEY_HEX_CHARS + 1];
    char    text[512];
    int     len;
    bool    good;

    crypto_random(key, sizeof(key));
    (void)sodium_bin2hex(hash, sizeof(hash), key, sizeof(key)); /* it fits */
    crypto_random(key, sizeof(key));
    (void)sodium_bin2hex(seal, sizeof(seal), key, sizeof(key)); /* it fits */
    len = snprintf(text, sizeof(text),
                   "# Keys of memoryrouter. Without this file no memory key "
                   "works and no provider\n# key can be opened: keep a "
                   "backup, apart from that of the database.\n"
                   "hash %s\nseal 1 %s\n", hash, seal);
    good = write(fd, text, (size_t)len) == len && fsync(fd) == 0;
    sodium_memzero(key, sizeof(key));
    sodium_memzero(hash, sizeof(hash));
    sodium_memzero(seal, sizeof(seal));
    sodium_memzero(text, sizeof(text));
    return good;
}

/* The folder's descriptor, for its owner and to make the new name durable. */
static int
open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char        folder[CONF_STRING_MAX_BYTES + 1] = ".";

    if (slash)
        (void)snprintf(folder, sizeof(folder), "%.*s",
                       slash == path ? 1 : (int)(slash - path), path);
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum status
key_ring_create(const char *path, struct error *err)
{
    int         folder = open_folder(path);
    int         fd = -1;
    struct stat owner;
    bool        good = false;
    int         why;

    if (folder >= 0)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        good = fstat(folder, &owner) == 0 &&
               (geteuid() != 0 ||
                fchown(fd, owner.st_uid, owner.st_gid) == 0) &&
               write_ring(fd) && fsync(folder) == 0;
    why = errno;
    if (fd >= 0)
        (void)close(fd); /* fsync has told */
    if (folder >= 0)
        (void)close(folder); /* only read */
    if (good)
        return OK;
    if (fd < 0 && why == EEXIST)
        return failed(err, ERR_CONFLICT, "key ring %s exists already", path);
    if (fd >= 0)
        (void)unlink(path); /* half of a ring is none */
    return failed(err, ERR_CONFIG, "key ring %s: cannot be written: %s", path,
                  strerror(why));
}

void
key_ring_wipe(struct key_ring *ring)
{
    sodium_memzero(ring, sizeof(*ring));
}

void
crypto_hash_key(const struct key_ring *ring, struct str secret,
                uint8_t hash[CRYPTO_HASH_BYTES])
{
    (void)crypto_generichash(hash, CRYPTO_HASH_BYTES,
                             (const unsigned char *)secret.ptr, secret.len,
                             ring->hash_key, KEY_BYTES); /* sizes are right */
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

static const uint8_t *
seal_key(const struct key_ring *ring, uint32_t ring_id)
{
    for (size_t i = 0; i < ring->seal_count; i++)
        if (ring->seal[i].id == ring_id)
            return ring->seal[i].key;
    return NULL;
}

enum status
crypto_open(struct arena *a, const struct key_ring *ring, uint32_t ring_id,
            struct str sealed, struct str context, struct str *plain,
            struct error *err)
{
    const uint8_t       *key = seal_key(ring, ring_id);
    const unsigned char *in = (const unsigned char *)sealed.ptr;
    unsigned char       *out;
    unsigned long long   len = 0;

    if (!key)
        return failed(err, ERR_CONFIG, "the key ring has no `seal %u` line, "
                      "which a stored secret needs", (unsigned)ring_id);
    if (sealed.len < NONCE_BYTES + TAG_BYTES)
        return failed(err, ERR_INTERNAL, "a sealed secret is too short");
    out = arena_alloc(a, sealed.len); /* longer by the NUL behind it */
    crypto_wipe_later(a, out, sealed.len);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, &len, NULL, in + NONCE_BYTES, sealed.len - NONCE_BYTES,
            (const unsigned char *)context.ptr, context.len, in, key) != 0)
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
    uint8_t id[16];

    crypto_random(id, sizeof(id));
    return crypto_hex(a, id, sizeof(id));
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
