/* Notes of turns. */
#include "store/notes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/checksum.h"
#include "platform/crypto.h"
#include "store/spool_format.h"

#include "base/banned.h"

enum {
    NAME_BYTES = 64,
    KEPT_BYTES = 1 << 20,  /* a larger file is cut when it is emptied */
};

/* What stands before the text; no length: there is none. */
struct head {
    uint64_t len;
    uint64_t sum;
};

struct note {
    struct note *next;       /* that is free */
    struct note *made_next;
    uint64_t     len;
    int          fd;
    char         name[NAME_BYTES];
};

struct notes {
    pthread_mutex_t lock;    /* of the two lists */
    struct note    *free;
    struct note    *made;
    char           *folder;
};

struct notes *
notes_open(const char *state_dir)
{
    struct arena  a = ARENA_INIT;
    struct notes *n = alloc_or_die(sizeof(*n));

    *n = (struct notes){ .lock = PTHREAD_MUTEX_INITIALIZER };
    n->folder = strdup(arena_printf(&a, "%s/spool", state_dir).ptr);
    arena_release(&a);
    return n;
}

static const char *
path_of(struct arena *a, const struct notes *n, const char *name)
{
    return arena_printf(a, "%s/%s", n->folder, name).ptr;
}

void
notes_close(struct notes *n)
{
    struct arena a = ARENA_INIT;

    if (!n)
        return;
    while (n->made) {
        struct note *gone = n->made;

        n->made = gone->made_next;
        (void)unlink(path_of(&a, n, gone->name)); /* else a replay does it */
        (void)close(gone->fd);                    /* nothing is in it      */
        free(gone);
    }
    (void)pthread_mutex_destroy(&n->lock); /* nobody holds it */
    arena_release(&a);
    free(n->folder);
    free(n);
}

static enum status
cannot(const struct notes *n, struct error *err)
{
    return failed(err, ERR_INTERNAL, "%s: the turn is not noted before its "
                  "commit: %s", n->folder, strerror(errno));
}

/* Locked before it has its name: no replay ever finds it free. */
static int
make_file(struct arena *a, const struct notes *n, struct note *note)
{
    const char *made = arena_printf(a, "%s/%s.tmp", n->folder,
                                    note->name).ptr;
    int         fd, why;

    (void)mkdir(n->folder, 0700); /* it may be there */
    fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        rename(made, path_of(a, n, note->name)) == 0)
        return fd;
    why = errno;
    (void)unlink(made); /* nobody knows of it */
    (void)close(fd);
    errno = why;
    return -1;
}

static enum status
make_note(struct notes *n, struct arena *a, struct note **note,
          struct error *err)
{
    struct note *made = alloc_or_die(sizeof(*made));

    *made = (struct note){ .len = 0 };
    (void)snprintf(made->name, sizeof(made->name), "%.*s" NOTE_END,
                   STR_ARG(crypto_new_request_id(a))); /* it fits */
    made->fd = make_file(a, n, made);
    if (made->fd < 0) {
        free(made);
        return cannot(n, err);
    }
    (void)pthread_mutex_lock(&n->lock);   /* these cannot fail: it is a */
    made->made_next = n->made;            /* plain mutex, held by none  */
    n->made = made;
    (void)pthread_mutex_unlock(&n->lock); /* of our own                 */
    *note = made;
    return OK;
}

static struct note *
take_free(struct notes *n)
{
    struct note *note;

    (void)pthread_mutex_lock(&n->lock);
    note = n->free;
    if (note)
        n->free = note->next;
    (void)pthread_mutex_unlock(&n->lock);
    return note;
}

static bool
put(struct note *note, struct str text)
{
    struct head  head = { text.len, checksum_of(text.ptr, text.len) };
    struct iovec parts[] = { { &head, sizeof(head) },
                             { (void *)(uintptr_t)text.ptr, text.len } };

    note->len = text.len;
    errno = ENOSPC; /* of a write that is short */
    return pwritev(note->fd, parts, 2, 0) ==
           (ssize_t)(sizeof(head) + text.len);
}

enum status
notes_write(struct notes *n, struct arena *a, const struct exchange *x,
           struct note **note, struct error *err)
{
    struct str  text;
    enum status st = spool_format_write(a, x, &text, err);

    if (st == OK && !*note && !(*note = take_free(n)))
        st = make_note(n, a, note, err);
    if (st == OK && !put(*note, text))
        st = cannot(n, err);
    if (st != OK) {
        notes_clear(n, *note);
        *note = NULL;
    }
    return st;
}

void
notes_clear(struct notes *n, struct note *note)
{
    static const struct head none = { 0, 0 };

    if (!note)
        return;
    /* If it stays, a replay finds the turn saved. */
    (void)!pwrite(note->fd, &none, sizeof(none), 0);
    if (note->len > KEPT_BYTES)
        (void)!ftruncate(note->fd, 0);
    (void)pthread_mutex_lock(&n->lock);
    note->next = n->free;
    n->free = note;
    (void)pthread_mutex_unlock(&n->lock);
}

/* Another process's. */

static bool
read_text(struct arena *a, int fd, struct str *text)
{
    struct head head;
    char       *bytes;

    if (pread(fd, &head, sizeof(head), 0) != sizeof(head) || head.len == 0 ||
        head.len > SPOOL_FILE_MAX_BYTES)
        return false;
    bytes = arena_alloc(a, head.len);
    if (pread(fd, bytes, head.len, sizeof(head)) != (ssize_t)head.len ||
        checksum_of(bytes, head.len) != head.sum)
        return false;
    *text = (struct str){ bytes, head.len };
    return true;
}

enum note_state
notes_look(struct arena *a, int folder, const char *name, int *fd,
          struct str *text)
{
    *fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (*fd < 0)
        return NOTE_HELD;
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(*fd); /* only read */
        return NOTE_HELD;
    }
    return read_text(a, *fd, text) ? NOTE_LEFT : NOTE_EMPTY;
}
