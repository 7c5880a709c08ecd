/* Exchanges in files, while the database is away. */
#include "store/exchange.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/files.h"
#include "store/notes.h"
#include "store/spool_format.h"

#include "base/banned.h"

enum { ID_CHARS = 32 };

#define WAITING_END ".json"  /* as long as NOTE_END */

static bool
is_request_id(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr("0123456789abcdef", s.ptr[i]) || s.ptr[i] == '\0')
            return false;
    return s.len == ID_CHARS;
}

/* 32 hex digits, of the request when it waits, and the end. */
static bool
is_named(struct str name, struct str end)
{
    return str_ends(name, end) &&
           is_request_id(str_slice(name, 0, name.len - end.len));
}

static int
open_folder(struct arena *a, const char *state_dir)
{
    return open(arena_printf(a, "%s/spool", state_dir).ptr,
                O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Under a name of its own first, so that no half file is ever replayed. */
static bool
write_file(struct arena *a, int folder, struct str id, struct str text)
{
    const char *made = arena_printf(a, "%.*s.%ld.tmp", STR_ARG(id),
                                    (long)getpid()).ptr;
    const char *name = arena_printf(a, "%.*s" WAITING_END, STR_ARG(id)).ptr;
    int         fd = openat(folder, made,
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool        good;
    int         why;

    if (fd < 0)
        return false;
    good = files_write(fd, text) && fsync(fd) == 0;
    why = errno;
    (void)close(fd); /* fsync has told */
    if (good && renameat(folder, made, folder, name) == 0)
        return fsync(folder) == 0;
    if (!good)
        errno = why;
    why = errno;
    (void)unlinkat(folder, made, 0); /* half of a turn is none */
    errno = why;
    return false;
}

enum status
spool_write(struct arena *a, const char *state_dir, const struct exchange *x,
            struct error *err)
{
    struct str  text;
    int         folder, why;
    bool        good = false;
    enum status st;

    if (!is_request_id(x->request_id))
        return failed(err, ERR_INTERNAL, "a request id is not 32 hex digits");
    if ((st = spool_format_write(a, x, &text, err)) != OK)
        return st;
    /* Made by the first turn that needs it; may exist. */
    (void)mkdir(arena_printf(a, "%s/spool", state_dir).ptr, 0700);
    folder = open_folder(a, state_dir);
    if (folder >= 0)
        good = write_file(a, folder, x->request_id, text);
    why = errno;
    if (folder >= 0)
        (void)close(folder); /* only read */
    if (!good)
        return failed(err, ERR_INTERNAL, "%s/spool: the turn is lost: %s",
                      state_dir, strerror(why));
    return OK;
}

/* The bytes of a file that might be anything. */
static bool
read_file(struct arena *a, int folder, const char *name, struct str *text)
{
    struct stat st;
    char       *bytes;
    ssize_t     got = 1;
    size_t      len = 0;
    int         fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
                                              O_NONBLOCK);

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        st.st_size > SPOOL_FILE_MAX_BYTES) {
        if (fd >= 0)
            (void)close(fd); /* only read */
        return false;
    }
    bytes = arena_alloc(a, (size_t)st.st_size + 1);
    while (got > 0 && len < (size_t)st.st_size) {
        got = read(fd, bytes + len, (size_t)st.st_size - len);
        len += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd); /* only read */
    *text = (struct str){ bytes, len };
    return len == (size_t)st.st_size;
}

/* What became of one file. */
enum fate { FATE_SAVED, FATE_BAD, FATE_GONE, FATE_EMPTY, FATE_LATER };

static enum fate
save(struct db *db, struct arena *a, const struct exchange *x,
     struct error *err)
{
    enum status st = exchange_save(db, a, x, err);

    if (st == ERR_STORE)
        return FATE_LATER;
    return st == OK || st == ERR_NOT_FOUND ? FATE_SAVED : FATE_BAD;
}

static enum fate
replay_waiting(struct db *db, struct arena *a, int folder, const char *name,
               struct error *err)
{
    struct exchange x;
    struct str      text = STR_NONE;
    struct str      id = str_slice(str_from(name), 0, ID_CHARS);
    struct error    why;

    if (!read_file(a, folder, name, &text))
        /* Another process may have saved it just now. */
        return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0
                   ? FATE_BAD : FATE_GONE;
    if (spool_format_read(a, text, &x, &why) != OK ||
        !str_equal(x.request_id, id))
        return FATE_BAD;
    return save(db, a, &x, err);
}

/* One that another process has removed meanwhile is no failure. */
static void
settle(struct arena *a, int folder, const char *name, enum fate fate)
{
    struct str id = str_slice(str_from(name), 0, ID_CHARS);

    if (fate == FATE_SAVED || fate == FATE_EMPTY)
        (void)unlinkat(folder, name, 0);
    if (fate == FATE_BAD)
        (void)renameat(folder, name, folder,
                       arena_printf(a, "%.*s.bad", STR_ARG(id)).ptr);
}

static enum fate
replay_note(struct db *db, struct arena *a, int folder, const char *name,
            struct error *err)
{
    struct exchange x;
    struct str      text;
    struct error    why;
    int             fd;
    enum note_state state = notes_look(a, folder, name, &fd, &text);
    enum fate       fate = FATE_EMPTY;

    if (state == NOTE_HELD)
        return FATE_GONE;
    if (state == NOTE_LEFT)
        fate = spool_format_read(a, text, &x, &why) == OK
                   ? save(db, a, &x, err) : FATE_BAD;
    settle(a, folder, name, fate);
    (void)close(fd); /* only read */
    return fate;
}

static enum fate
replay_file(struct db *db, struct arena *a, int folder, const char *name,
            struct error *err)
{
    enum fate fate;

    if (str_ends(str_from(name), STR(NOTE_END)))
        return replay_note(db, a, folder, name, err);
    fate = replay_waiting(db, a, folder, name, err);
    settle(a, folder, name, fate);
    return fate;
}

/* The names are random, so the order of turns is that of their files. */
struct waiting {
    int64_t written_ns;
    char    name[ID_CHARS + sizeof(WAITING_END)];
};

static int
compare_waiting(const void *left, const void *right)
{
    const struct waiting *a = left, *b = right;

    if (a->written_ns != b->written_ns)
        return a->written_ns < b->written_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

static_assert(sizeof(WAITING_END) == sizeof(NOTE_END), "names fit");

/* Every spooled file, oldest first; the caller frees. */
static struct waiting *
list_waiting(const char *path, int folder, bool notes, size_t *count)
{
    DIR            *dir = opendir(path);
    struct waiting *list = NULL;
    struct dirent  *entry;
    size_t          room = 0;

    *count = 0;
    while (dir && (entry = readdir(dir)) != NULL) {
        struct waiting *w;
        struct stat     st;

        if ((!is_named(str_from(entry->d_name), STR(WAITING_END)) &&
             !(notes && is_named(str_from(entry->d_name), STR(NOTE_END)))) ||
            fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (*count == room) {
            room = room ? room * 2 : 64;
            list = realloc_or_die(list, room * sizeof(*list));
        }
        w = &list[(*count)++];
        w->written_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
                        st.st_mtim.tv_nsec;
        memcpy(w->name, entry->d_name, sizeof(w->name));
    }
    if (dir)
        (void)closedir(dir); /* only read */
    if (*count > 0)
        qsort(list, *count, sizeof(*list), compare_waiting);
    return list;
}

enum status
spool_replay(struct db *db, const char *state_dir, size_t *saved,
             size_t *bad, struct error *err)
{
    struct arena    a = ARENA_INIT;
    int             folder = open_folder(&a, state_dir);
    struct waiting *list = NULL;
    size_t          count = 0;
    enum fate       fate = FATE_SAVED;

    *saved = *bad = 0;
    if (folder >= 0)
        list = list_waiting(arena_printf(&a, "%s/spool", state_dir).ptr,
                            folder, true, &count);
    for (size_t i = 0; i < count && fate != FATE_LATER; i++) {
        arena_reset(&a);
        fate = replay_file(db, &a, folder, list[i].name, err);
        *saved += fate == FATE_SAVED;
        *bad += fate == FATE_BAD;
    }
    if (folder >= 0)
        (void)close(folder); /* only read */
    free(list);
    arena_release(&a);
    return fate == FATE_LATER ? ERR_STORE : OK;
}

size_t
spool_count(const char *state_dir)
{
    struct arena    a = ARENA_INIT;
    int             folder = open_folder(&a, state_dir);
    size_t          count = 0;
    struct waiting *list = NULL;

    if (folder >= 0) {
        list = list_waiting(arena_printf(&a, "%s/spool", state_dir).ptr,
                            folder, false, &count);
        (void)close(folder); /* only read */
    }
    free(list);
    arena_release(&a);
    return count;
}
