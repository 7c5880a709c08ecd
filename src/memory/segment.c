/* Opening a generation, and not believing it. */
#include "memory/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/frozen.h"
#include "memory/generation.h"
#include "platform/conf.h"

#include "base/banned.h"

enum {
    SMALL_BYTES = 2 << 20,  /* such files are checked whole at once */
    TRIES       = 3,        /* while generations follow each other */
};

struct segment {
    struct arena     arena;      /* paths */
    const char      *state_dir;  /* of the caller */
    const char      *path;
    char             name[GENERATION_NAME_BYTES];
    struct manifest  manifest;   /* without sums */
    struct str       lexicon_map;
    struct str       items_map;
    struct lexicon  *lexicon;
    struct vectors  *vectors;
    bool             unverified;
};

/* Running out of descriptors or memory says nothing about the file. */
static enum status
not_opened(const char *path, struct error *err)
{
    bool damaged = errno != EMFILE && errno != ENFILE && errno != ENOMEM &&
                   errno != EACCES && errno != EINTR;

    return failed(err, damaged ? ERR_INTERNAL : ERR_BUSY, "%s: %s", path,
                  strerror(errno));
}

static enum status
open_file(const struct segment *s, const char *name, int *fd,
          struct error *err)
{
    struct arena a = ARENA_INIT;
    const char  *path = arena_printf(&a, "%s/%s", s->path, name).ptr;
    enum status  st = OK;

    *fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        st = not_opened(path, err);
    arena_release(&a);
    return st;
}

/* ERR_INTERNAL unless it is a file of `least` to `most` bytes. */
static enum status
check_size(int fd, const char *name, uint64_t least, uint64_t most,
           uint64_t *bytes, struct error *err)
{
    struct stat about;

    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        (uint64_t)about.st_size < least || (uint64_t)about.st_size > most)
        return failed(err, ERR_INTERNAL, "%s has another size", name);
    *bytes = (uint64_t)about.st_size;
    return OK;
}

/* *m is owned by `a`. */
static enum status
read_manifest(const struct segment *s, struct arena *a, int64_t vault_id,
              struct manifest **m, struct error *err)
{
    struct str   text;
    uint64_t     bytes;
    enum status  st;
    int          fd;

    st = open_file(s, "MANIFEST", &fd, err);
    if (st != OK)
        return st;
    st = check_size(fd, "MANIFEST", 1, MANIFEST_MAX_BYTES, &bytes, err);
    if (st == OK && conf_read_fd(a, fd, s->path, bytes, &text, err) != OK)
        st = failed(err, ERR_INTERNAL, "MANIFEST cannot be read");
    (void)close(fd); /* only read */
    if (st == OK)
        st = manifest_parse(a, text, m, err);
    if (st == OK && (*m)->vault_id != vault_id)
        st = failed(err, ERR_INTERNAL, "it is of vault %" PRId64,
                    (*m)->vault_id);
    return st;
}

/* The whole of a small file, the head of a large one. */
static enum status
check_file(struct segment *s, const struct manifest_file *file,
           struct error *err)
{
    bool        small = file->bytes <= SMALL_BYTES;
    uint64_t    want = small ? file->bytes : file->head_bytes;
    uint64_t    bytes;
    enum status st;
    int         fd;

    st = open_file(s, file->name, &fd, err);
    if (st != OK)
        return st;
    st = check_size(fd, file->name, file->bytes, file->bytes, &bytes, err);
    /* On a cold disk all of it at once, not piece by piece; only a hint. */
    (void)posix_fadvise(fd, 0, (off_t)want, POSIX_FADV_WILLNEED);
    if (st == OK)
        st = small ? manifest_check(file, fd, err)
                   : manifest_check_head(file, fd, err);
    (void)close(fd); /* only read */
    if (want < file->bytes)
        s->unverified = true;
    return st;
}

static enum status
map_file(const struct segment *s, const char *name, struct str *map,
         struct error *err)
{
    const struct manifest_file *file = manifest_file(&s->manifest, name);
    enum status st;
    void       *bytes;
    int         fd;

    if (!file || file->bytes == 0)
        return failed(err, ERR_INTERNAL, "MANIFEST lacks %s", name);
    if ((st = open_file(s, name, &fd, err)) != OK)
        return st;
    bytes = mmap(NULL, file->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        st = not_opened(name, err);
    else
        *map = (struct str){ bytes, file->bytes };
    (void)close(fd); /* the map stays */
    return st;
}

static enum status
open_lexicon(struct segment *s, struct error *err)
{
    enum status st = map_file(s, "lexicon", &s->lexicon_map, err);

    if (st == OK)
        st = map_file(s, "items", &s->items_map, err);
    if (st == OK)
        st = frozen_map(s->lexicon_map, s->items_map, &s->lexicon, err);
    if (st == OK && lexicon_count(s->lexicon) != s->manifest.items)
        st = failed(err, ERR_INTERNAL, "the words are not those of MANIFEST");
    if (st == ERR_INPUT)
        err->status = st = ERR_INTERNAL;
    return st;
}

static void
unmap(struct str map)
{
    if (map.ptr)
        (void)munmap((void *)(uintptr_t)map.ptr, map.len); /* ours */
}

static enum status
open_vectors(struct segment *s, struct error *err)
{
    const struct manifest *m = &s->manifest;
    enum status            st;

    if (m->vectors == 0)
        return OK;
    /* What is read must have been checked. */
    if (!manifest_file(m, "vectors.faiss") || !manifest_file(m, "vectors.map"))
        return failed(err, ERR_INTERNAL, "MANIFEST lacks the vectors");
    st = vectors_open(s->path, &s->vectors, err);
    if (st == ERR_NOT_FOUND)
        err->status = st = ERR_INTERNAL;
    if (st == OK && (vectors_items(s->vectors) != m->items ||
                     vectors_count(s->vectors) != m->vectors ||
                     vectors_dimensions(s->vectors) != m->dimensions))
        st = failed(err, ERR_INTERNAL, "vectors are not those of MANIFEST");
    return st;
}

/* Keeps the manifest without its sums, which large vaults have many of and
 * only segment_verify() wants again. */
static void
keep_manifest(struct segment *s, const struct manifest *m)
{
    s->manifest = *m;
    for (size_t i = 0; i < m->file_count; i++)
        s->manifest.files[i].sums = NULL;
}

static enum status
check_files(struct segment *s, int64_t vault_id, struct error *err)
{
    struct arena     a = ARENA_INIT;
    struct manifest *m;
    enum status      st = read_manifest(s, &a, vault_id, &m, err);

    for (size_t i = 0; st == OK && i < m->file_count; i++)
        st = check_file(s, &m->files[i], err);
    if (st == OK)
        keep_manifest(s, m);
    arena_release(&a);
    return st;
}

static enum status
open_all(struct segment *s, int64_t vault_id, struct error *err)
{
    enum status st = check_files(s, vault_id, err);

    if (st == OK)
        st = open_lexicon(s, err);
    return st == OK ? open_vectors(s, err) : st;
}

static struct segment *
new_segment(const char *state_dir, int64_t vault_id, const char *name)
{
    struct segment *s = alloc_array_or_die(1, sizeof(*s));

    s->state_dir = state_dir;
    memcpy(s->name, name, sizeof(s->name));
    s->path = arena_printf(&s->arena, "%s/%s",
                           generation_vault(&s->arena, state_dir, vault_id),
                           name).ptr;
    return s;
}

/* The error, with what was done. */
static enum status
set_aside(const char *state_dir, int64_t vault_id, const char *name,
          struct error *err)
{
    struct error why = *err;

    (void)generation_set_aside(state_dir, vault_id, name); /* or another did */
    return failed(err, ERR_INTERNAL,
                  "segment %s of vault %" PRId64 " set aside: %.280s", name,
                  vault_id, why.text);
}

/* Has another generation taken its place, or is it gone? */
static bool
is_gone(const char *state_dir, int64_t vault_id, const struct segment *s)
{
    char         name[GENERATION_NAME_BYTES];
    struct error ignored;

    if (generation_current(state_dir, vault_id, name, &ignored) != OK)
        return true;
    return strcmp(name, s->name) != 0;
}

static enum status
open_once(const char *state_dir, int64_t vault_id, const char *name,
          struct segment **segment, bool *again, struct error *err)
{
    struct segment *s = new_segment(state_dir, vault_id, name);
    enum status     st = open_all(s, vault_id, err);

    *again = false;
    if (st == OK) {
        *segment = s;
        return OK;
    }
    if (st == ERR_INTERNAL) {
        if (is_gone(state_dir, vault_id, s))
            *again = true;
        else if (access(s->path, F_OK) != 0)
            st = failed(err, ERR_NOT_FOUND, "segment %s of vault %" PRId64
                        " is not there", name, vault_id);
        else
            st = set_aside(state_dir, vault_id, name, err);
    }
    segment_close(s);
    return st;
}

enum status
segment_open(const char *state_dir, int64_t vault_id,
             struct segment **segment, struct error *err)
{
    char        name[GENERATION_NAME_BYTES];
    enum status st = OK;
    bool        again = true;

    for (int i = 0; i < TRIES && again; i++) {
        st = generation_current(state_dir, vault_id, name, err);
        if (st != OK)
            return st;
        st = open_once(state_dir, vault_id, name, segment, &again, err);
    }
    return again ? failed(err, ERR_BUSY, "generations of vault %" PRId64
                          " follow each other too fast", vault_id) : st;
}

void
segment_close(struct segment *s)
{
    if (!s)
        return;
    vectors_close(s->vectors);
    lexicon_free(s->lexicon);
    unmap(s->lexicon_map);
    unmap(s->items_map);
    arena_release(&s->arena);
    free(s);
}

const struct manifest *
segment_manifest(const struct segment *s)
{
    return &s->manifest;
}

const char *
segment_name(const struct segment *s)
{
    return s->name;
}

const struct lexicon *
segment_lexicon(const struct segment *s)
{
    return s->lexicon;
}

const struct vectors *
segment_vectors(const struct segment *s)
{
    return s->vectors;
}

size_t
segment_mapped_bytes(const struct segment *s)
{
    size_t bytes = 0;

    for (size_t i = 0; i < s->manifest.file_count; i++)
        bytes += s->manifest.files[i].bytes;
    return bytes;
}

bool
segment_is_unverified(const struct segment *s)
{
    return s->unverified;
}

static enum status
verify_file(const struct segment *s, const struct manifest_file *file,
            struct error *err)
{
    enum status st;
    int         fd;

    if (file->bytes <= SMALL_BYTES)
        return OK;
    st = open_file(s, file->name, &fd, err);
    if (st != OK)
        return st;
    st = manifest_check(file, fd, err);
    (void)close(fd); /* only read */
    return st;
}

enum status
segment_verify(struct segment *s, struct error *err)
{
    struct arena     a = ARENA_INIT;
    struct manifest *m;
    int64_t          vault_id = s->manifest.vault_id;
    enum status      st = read_manifest(s, &a, vault_id, &m, err);

    for (size_t i = 0; st == OK && i < m->file_count; i++)
        st = verify_file(s, &m->files[i], err);
    arena_release(&a);
    if (st == OK)
        s->unverified = false;
    if (st != ERR_INTERNAL)
        return st;
    if (is_gone(s->state_dir, vault_id, s))
        return OK; /* and its files with it, maybe */
    return set_aside(s->state_dir, vault_id, s->name, err);
}
