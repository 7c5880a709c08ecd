/* Folders, links and the lock of a vault. */
#include "memory/generation.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/crypto.h"

#include "base/banned.h"

enum {
    NAME_CHARS = 17,  /* "00000007-5f2c81aa" */
    PATH_BYTES = 4096,
};

#define BAD "bad-"
#define TMP "tmp-"

static enum status
refused_by_disk(const char *path, struct error *err)
{
    return failed(err, ERR_STORE, "%s: %s", path, strerror(errno));
}

/* False when the path is too long. */
static bool
vault_path(char path[PATH_BYTES], const char *state_dir, int64_t vault_id,
           const char *rest)
{
    int len = snprintf(path, PATH_BYTES, "%s/vaults/%02x/%" PRId64 "%s",
                       state_dir, (unsigned)(vault_id & 0xFF), vault_id,
                       rest);

    return len > 0 && len < PATH_BYTES;
}

const char *
generation_vault(struct arena *a, const char *state_dir, int64_t vault_id)
{
    return arena_printf(a, "%s/vaults/%02x/%" PRId64, state_dir,
                        (unsigned)(vault_id & 0xFF), vault_id).ptr;
}

static bool
is_name(const char *name)
{
    for (size_t i = 0; i < NAME_CHARS; i++)
        if (name[i] == '\0' || (i == 8 ? name[i] != '-' :
                                !strchr("0123456789abcdef", name[i])))
            return false;
    return name[NAME_CHARS] == '\0';
}

enum status
generation_current(const char *state_dir, int64_t vault_id,
                   char name[GENERATION_NAME_BYTES], struct error *err)
{
    char    path[PATH_BYTES];
    ssize_t len;

    if (!vault_path(path, state_dir, vault_id, "/current"))
        return failed(err, ERR_CONFIG, "state_dir is too long");
    len = readlink(path, name, GENERATION_NAME_BYTES - 1);
    if (len < 0 && errno != ENOENT && errno != ENOTDIR && errno != EINVAL)
        return failed(err, ERR_BUSY, "%s: %s", path, strerror(errno));
    if (len < 0)
        return failed(err, ERR_NOT_FOUND, "vault %" PRId64
                      " has no generation", vault_id);
    name[len] = '\0';
    if (!is_name(name))
        return failed(err, ERR_NOT_FOUND, "%s leads nowhere", path);
    return OK;
}

/* Every name in a folder; false when it cannot be read. */
static bool
each_name(const char *folder, void (*fn)(void *owner, const char *name),
          void *owner)
{
    DIR                 *dir = opendir(folder);
    const struct dirent *entry;

    if (!dir)
        return false;
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            fn(owner, entry->d_name);
    (void)closedir(dir); /* only read */
    return true;
}

static void
remove_file(void *owner, const char *name)
{
    const int *folder = owner;

    (void)unlinkat(*folder, name, 0); /* rmdir tells what is left */
}

/* A folder of files; what cannot be removed stays for the next time. */
static void
remove_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)each_name(path, remove_file, &fd); /* likewise */
    (void)close(fd);
    (void)rmdir(path);
}

static bool
make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool
make_vault(struct arena *a, const char *state_dir, int64_t vault_id)
{
    return make_folder(arena_printf(a, "%s/vaults", state_dir).ptr) &&
           make_folder(arena_printf(a, "%s/vaults/%02x", state_dir,
                                    (unsigned)(vault_id & 0xFF)).ptr) &&
           make_folder(generation_vault(a, state_dir, vault_id));
}

/* What a look through a vault's folder finds and does. */
struct sweep {
    const char *vault;
    const char *keep;      /* these two generations */
    const char *previous;
    char        newest_bad[GENERATION_NAME_BYTES + sizeof(BAD)];
    uint32_t    highest;   /* number of a generation */
};

static void
remove_in_vault(const struct sweep *s, const char *name)
{
    struct arena a = ARENA_INIT;

    remove_folder(arena_printf(&a, "%s/%s", s->vault, name).ptr);
    arena_release(&a);
}

static const char *
behind(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(name, prefix, len) == 0 ? name + len : NULL;
}

/* Before building: leftovers of the killed go, and numbers are read. */
static void
sweep_before(void *owner, const char *name)
{
    struct sweep *s = owner;
    const char   *bad = behind(name, BAD);
    uint32_t      number;

    if (behind(name, TMP)) {
        remove_in_vault(s, name);
        return;
    }
    if (!is_name(bad ? bad : name))
        return;
    number = (uint32_t)strtoul(bad ? bad : name, NULL, 16);
    if (number > s->highest)
        s->highest = number;
    if (bad && strcmp(name, s->newest_bad) > 0)
        (void)snprintf(s->newest_bad, sizeof(s->newest_bad), "%s", name);
}

/* After publishing: old generations go, and bad ones but for the newest. */
static void
sweep_after(void *owner, const char *name)
{
    struct sweep *s = owner;
    const char   *bad = behind(name, BAD);

    if (bad ? is_name(bad) && strcmp(name, s->newest_bad) != 0
            : is_name(name) && strcmp(name, s->keep) != 0 &&
              strcmp(name, s->previous) != 0)
        remove_in_vault(s, name);
}

/* The lock of a vault's folder, or -1 with errno. */
static int
take_lock(struct arena *a, const char *vault)
{
    int fd = open(arena_printf(a, "%s/lock", vault).ptr,
                  O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int why;

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    why = errno;
    (void)close(fd);
    errno = why;
    return -1;
}

static enum status
lock_vault(struct arena *a, const char *vault, int64_t vault_id, int *lock,
           struct error *err)
{
    *lock = take_lock(a, vault);
    if (*lock >= 0)
        return OK;
    if (errno == EWOULDBLOCK)
        return failed(err, ERR_CONFLICT, "vault %" PRId64
                      " is being built by somebody else", vault_id);
    return refused_by_disk(vault, err);
}

enum status
generation_begin(struct arena *a, const char *state_dir, int64_t vault_id,
                 struct generation **g, struct error *err)
{
    struct generation *made = arena_new(a, struct generation);
    struct sweep       sweep = { .highest = 0 };
    uint32_t           chance;
    enum status        st;

    if (!make_vault(a, state_dir, vault_id))
        return refused_by_disk(state_dir, err);
    made->vault = sweep.vault = generation_vault(a, state_dir, vault_id);
    st = lock_vault(a, made->vault, vault_id, &made->lock, err);
    if (st != OK)
        return st;
    crypto_random(&chance, sizeof(chance));
    (void)each_name(made->vault, sweep_before, &sweep); /* then mkdir tells */
    (void)snprintf(made->name, sizeof(made->name), "%08" PRIx32 "-%08" PRIx32,
                   sweep.highest + 1, chance);
    made->path = arena_printf(a, "%s/" TMP "%s", made->vault, made->name).ptr;
    if (mkdir(made->path, 0700) != 0) {
        st = refused_by_disk(made->path, err);
        (void)close(made->lock); /* nothing was begun */
        return st;
    }
    *g = made;
    return OK;
}

static bool
sync_folder(const char *path)
{
    int  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int  why = errno;

    if (fd >= 0)
        (void)close(fd); /* fsync has told */
    errno = why;
    return good;
}

static void
read_previous(const char *link, char name[GENERATION_NAME_BYTES])
{
    ssize_t len = readlink(link, name, GENERATION_NAME_BYTES - 1);

    name[len > 0 ? len : 0] = '\0';
}

enum status
generation_publish(struct arena *a, struct generation *g, struct error *err)
{
    const char *place = arena_printf(a, "%s/%s", g->vault, g->name).ptr;
    const char *link = arena_printf(a, "%s/current", g->vault).ptr;
    const char *fresh = arena_printf(a, "%s/current.new", g->vault).ptr;
    char        previous[GENERATION_NAME_BYTES];
    struct sweep sweep = { .vault = g->vault, .keep = g->name,
                           .previous = previous };

    read_previous(link, previous);
    (void)unlink(fresh); /* of somebody killed */
    if (!sync_folder(g->path) || rename(g->path, place) != 0)
        return refused_by_disk(g->path, err);
    g->path = place;
    if (symlink(g->name, fresh) != 0 || rename(fresh, link) != 0)
        return refused_by_disk(link, err);
    g->path = NULL;
    if (!sync_folder(g->vault))
        return refused_by_disk(g->vault, err);
    /* Two looks: the first one finds the newest of the bad. */
    (void)each_name(g->vault, sweep_before, &sweep); /* the next one may */
    (void)each_name(g->vault, sweep_after, &sweep);  /* do it as well    */
    return OK;
}

void
generation_end(struct generation *g)
{
    if (g->path)
        remove_folder(g->path);
    (void)close(g->lock); /* gives it up */
}

bool
generation_set_aside(const char *state_dir, int64_t vault_id,
                     const char *name)
{
    struct arena a = ARENA_INIT;
    struct error ignored;
    const char  *vault = generation_vault(&a, state_dir, vault_id);
    bool         gone;

    gone = rename(arena_printf(&a, "%s/%s", vault, name).ptr,
                  arena_printf(&a, "%s/" BAD "%s", vault, name).ptr) == 0;
    arena_release(&a);
    /* Where that fails, the tail that grows will ask again. */
    error_ignore(generation_want(state_dir, vault_id, &ignored));
    return gone;
}

enum status
generation_want(const char *state_dir, int64_t vault_id, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char  *folder = arena_printf(&a, "%s/wanted", state_dir).ptr;
    const char  *path = arena_printf(&a, "%s/%" PRId64, folder,
                                     vault_id).ptr;
    enum status  st = OK;
    int          fd;

    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno == ENOENT && make_folder(folder))
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        st = refused_by_disk(path, err);
    else
        (void)close(fd); /* it is empty */
    arena_release(&a);
    return st;
}

bool
generation_unwant(const char *state_dir, int64_t vault_id)
{
    struct arena a = ARENA_INIT;
    bool         was = unlink(arena_printf(&a, "%s/wanted/%" PRId64,
                                           state_dir, vault_id).ptr) == 0;

    arena_release(&a);
    return was;
}

static void
remove_any(void *owner, const char *name)
{
    struct sweep *s = owner;
    struct arena  a = ARENA_INIT;
    const char   *path = arena_printf(&a, "%s/%s", s->vault, name).ptr;

    if (unlink(path) != 0) /* a folder, then */
        remove_folder(path);
    arena_release(&a);
}

enum status
generation_remove(struct arena *a, const char *state_dir, int64_t vault_id,
                  struct error *err)
{
    struct sweep sweep = {
        .vault = generation_vault(a, state_dir, vault_id) };
    enum status  st;
    int          lock;

    (void)generation_unwant(state_dir, vault_id); /* wanted or not */
    if (access(sweep.vault, F_OK) != 0 && errno == ENOENT)
        return OK;
    st = lock_vault(a, sweep.vault, vault_id, &lock, err);
    if (st != OK)
        return st;
    if (!each_name(sweep.vault, remove_any, &sweep) ||
        rmdir(sweep.vault) != 0)
        st = refused_by_disk(sweep.vault, err);
    (void)close(lock); /* it has no name any more */
    return st;
}
