/* Reading, making and replacing the file of a key ring. */
#include "platform/key_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "platform/crypto.h"

#include "base/banned.h"

enum { TEXT_MAX_BYTES = 8 << 10 };

/* The file's text; whoever has one wipes it. */
struct ring_text {
    char   bytes[TEXT_MAX_BYTES];
    size_t len;
};

const char *
key_ring_path(struct arena *a, const struct conf *conf)
{
    if (conf->key_ring[0])
        return conf->key_ring;
    return arena_printf(a, "%s/key-ring", conf->state_dir).ptr;
}

const struct key_ring_seal *
key_ring_find(const struct key_ring *ring, uint32_t id)
{
    for (size_t i = 0; i < ring->seal_count; i++)
        if (ring->seal[i].id == id)
            return &ring->seal[i];
    return NULL;
}

void
key_ring_wipe(struct key_ring *ring)
{
    sodium_memzero(ring, sizeof(*ring));
}

/* Reading. */

/* "ID HEX", behind the word. */
static bool
read_seal(struct str rest, bool next, struct key_ring *ring)
{
    struct key_ring_seal *seal = &ring->seal[ring->seal_count];
    struct str            number, hex;
    int64_t               id;

    if (!str_cut(str_trim(rest), ' ', &number, &hex) ||
        !str_to_int(number, &id) || id < 1 || id > UINT32_MAX ||
        ring->seal_count == KEY_RING_MAX ||
        key_ring_find(ring, (uint32_t)id))
        return false;
    seal->id = (uint32_t)id;
    seal->next = next;
    ring->seal_count++;
    return crypto_from_hex(str_trim(hex), seal->key, sizeof(seal->key));
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
                                     sizeof(ring->hash_key));
        else if ((!str_equal(word, STR("seal")) &&
                  !str_equal(word, STR("next"))) ||
                 !read_seal(rest, str_equal(word, STR("next")), ring))
            return false;
    }
    return hashed && ring->seal_count > 0 && !ring->seal[0].next;
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
    struct ring_text t = { .len = 0 };
    ssize_t          got = 1;
    int              fd;
    bool             good;
    enum status      st = open_ring(path, &fd, err);

    if (st != OK)
        return st;
    while (t.len < sizeof(t.bytes) && got > 0) {
        got = read(fd, t.bytes + t.len, sizeof(t.bytes) - t.len);
        t.len += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd); /* only read */
    memset(ring, 0, sizeof(*ring));
    ring->path = path;
    good = got == 0 && read_ring((struct str){ t.bytes, t.len }, ring);
    sodium_memzero(&t, sizeof(t));
    if (good)
        return OK;
    key_ring_wipe(ring);
    return failed(err, ERR_CONFIG, "key ring %s: damaged: it needs one line "
                  "`hash HEX` and 1 to %d lines `seal ID HEX`; restore it "
                  "from your backup", path, KEY_RING_MAX);
}

enum status
key_ring_again(struct arena *a, const struct key_ring *ring,
               const struct key_ring **now, struct error *err)
{
    struct key_ring *fresh;

    *now = ring;
    if (!ring->path)
        return OK;
    *now = fresh = arena_new(a, struct key_ring);
    crypto_wipe_later(a, fresh, sizeof(*fresh));
    return key_ring_load(ring->path, fresh, err);
}

/* Changing. */

static struct key_ring_seal
random_seal(uint32_t id)
{
    struct key_ring_seal seal = { .id = id };

    crypto_random(seal.key, sizeof(seal.key));
    return seal;
}

enum status
key_ring_add(struct key_ring *ring, uint32_t used, struct error *err)
{
    for (size_t i = 0; i < ring->seal_count; i++)
        if (ring->seal[i].id > used)
            used = ring->seal[i].id;
    if (ring->seal_count == KEY_RING_MAX || used == UINT32_MAX)
        return failed(err, ERR_CONFLICT, "the key ring has %zu seal keys, %d "
                      "at most, and id %u: drop the old ones with "
                      "`memoryrouter-admin key-ring rotate --drop-old`",
                      ring->seal_count, KEY_RING_MAX, (unsigned)used);
    ring->seal[ring->seal_count] = random_seal(used + 1);
    ring->seal[ring->seal_count++].next = true;
    return OK;
}

bool
key_ring_advance(struct key_ring *ring)
{
    struct key_ring_seal first;
    size_t               i = 0;

    while (i < ring->seal_count && !ring->seal[i].next)
        i++;
    if (i == ring->seal_count)
        return false;
    first = ring->seal[i];
    first.next = false;
    memmove(&ring->seal[1], &ring->seal[0], i * sizeof(first));
    ring->seal[0] = first;
    sodium_memzero(&first, sizeof(first));
    return true;
}

void
key_ring_drop(struct key_ring *ring, uint32_t id)
{
    size_t kept = 1;

    for (size_t i = 1; i < ring->seal_count; i++)
        if (ring->seal[i].id != id)
            ring->seal[kept++] = ring->seal[i];
    sodium_memzero(&ring->seal[kept],
                   (ring->seal_count - kept) * sizeof(ring->seal[0]));
    ring->seal_count = kept;
}

/* Writing. */

static void PRINTF_LIKE(2, 3)
add(struct ring_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    t->len += (size_t)vsnprintf(t->bytes + t->len, sizeof(t->bytes) - t->len,
                                format, args); /* a full ring fits */
    va_end(args);
}

static void
add_key(struct ring_text *t, const uint8_t key[KEY_RING_KEY_BYTES])
{
    char hex[2 * KEY_RING_KEY_BYTES + 1];

    (void)sodium_bin2hex(hex, sizeof(hex), key, KEY_RING_KEY_BYTES);
    add(t, " %s\n", hex);
    sodium_memzero(hex, sizeof(hex));
}

/* All of it on disk, or false with errno. */
static bool
write_ring(int fd, const struct key_ring *ring)
{
    struct ring_text t = { .len = 0 };
    bool             good;

    add(&t, "# Keys of memoryrouter. Without this file no memory key works "
        "and no provider\n# key can be opened: keep a backup, apart from that "
        "of the database.\nhash");
    add_key(&t, ring->hash_key);
    for (size_t i = 0; i < ring->seal_count; i++) {
        add(&t, "%s %u", ring->seal[i].next ? "next" : "seal",
            (unsigned)ring->seal[i].id);
        add_key(&t, ring->seal[i].key);
    }
    errno = ENOSPC; /* of a write that is short */
    good = write(fd, t.bytes, t.len) == (ssize_t)t.len && fsync(fd) == 0;
    sodium_memzero(&t, sizeof(t));
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

/* A new file, its owner's alone, with the ring in it. */
static bool
make_file(const char *path, const struct stat *owner,
          const struct key_ring *ring)
{
    int  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good;
    int  why;

    if (fd < 0)
        return false;
    good = (geteuid() != 0 ||
            fchown(fd, owner->st_uid, owner->st_gid) == 0) &&
           write_ring(fd, ring);
    why = errno;
    (void)close(fd); /* fsync has told */
    if (!good)
        (void)unlink(path); /* half of a ring is none */
    errno = why;
    return good;
}

static enum status
cannot_write(const char *path, struct error *err)
{
    return failed(err, ERR_CONFIG, "key ring %s: cannot be written: %s", path,
                  strerror(errno));
}

enum status
key_ring_create(const char *path, struct error *err)
{
    struct key_ring ring = { .seal_count = 1 };
    struct stat     owner;
    bool            good;
    int             folder;

    crypto_random(ring.hash_key, sizeof(ring.hash_key));
    ring.seal[0] = random_seal(1);
    folder = open_folder(path);
    good = folder >= 0 && fstat(folder, &owner) == 0 &&
           make_file(path, &owner, &ring);
    key_ring_wipe(&ring);
    if (!good && folder >= 0 && errno == EEXIST) {
        (void)close(folder); /* only read */
        return failed(err, ERR_CONFLICT, "key ring %s exists already", path);
    }
    if (good && fsync(folder) != 0) {
        good = false;
        (void)unlink(path); /* what may vanish must not be used */
    }
    if (folder >= 0)
        (void)close(folder); /* only read */
    return good ? OK : cannot_write(path, err);
}

/* Written beside the file, then renamed onto it. */
static bool
replace_file(const char *path, const struct key_ring *ring)
{
    char        beside[CONF_STRING_MAX_BYTES + 16];
    struct stat old;
    int         folder = open_folder(path), why;
    bool        good;

    (void)snprintf(beside, sizeof(beside), "%s.new", path);
    (void)unlink(beside); /* what a crash left */
    good = folder >= 0 && stat(path, &old) == 0 &&
           make_file(beside, &old, ring);
    if (good && rename(beside, path) != 0) {
        why = errno;
        (void)unlink(beside); /* it was not needed */
        errno = why;
        good = false;
    }
    good = good && fsync(folder) == 0;
    why = errno;
    if (folder >= 0)
        (void)close(folder); /* only read */
    errno = why;
    return good;
}

/* Where the path is a link, what it points to is replaced. */
enum status
key_ring_replace(const struct key_ring *ring, struct error *err)
{
    char       *real = realpath(ring->path, NULL);
    enum status st = OK;

    if (!real || strlen(real) > CONF_STRING_MAX_BYTES ||
        !replace_file(real, ring))
        st = cannot_write(ring->path, err);
    free(real);
    return st;
}
