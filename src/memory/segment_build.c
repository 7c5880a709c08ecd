/* From rows to a published generation. */
#include "memory/segment_build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/generation.h"
#include "memory/frozen.h"
#include "memory/manifest.h"
#include "memory/vectors_write.h"
#include "platform/clock.h"
#include "platform/files.h"

#include "base/banned.h"

struct build {
    const struct segment_source *source;
    struct arena                *arena;
    struct generation           *generation;
    struct lexicon              *lexicon;
    struct vectors_writer       *vectors;  /* NULL: words only */
    struct manifest              manifest;
    int64_t                      last_seq;
};

static enum status
refused_by_disk(const char *path, struct error *err)
{
    return failed(err, ERR_STORE, "%s: %s", path, strerror(errno));
}

/* A whole file, on disk when it returns OK. */
static enum status
write_file(struct build *b, const char *name, struct str text,
           struct error *err)
{
    const char *path = arena_printf(b->arena, "%s/%s", b->generation->path,
                                    name).ptr;
    int  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum status st = OK;

    if (fd < 0)
        return refused_by_disk(path, err);
    if (!files_write(fd, text) || fsync(fd) != 0)
        st = refused_by_disk(path, err);
    (void)close(fd); /* fsync has told */
    return st;
}

static enum status
put(void *file, struct str bytes, struct error *err)
{
    if (fwrite(bytes.ptr, 1, bytes.len, file) != bytes.len)
        return refused_by_disk("the index of words", err);
    return OK;
}

static enum status
begin_file(struct build *b, const char *name, FILE **file, struct error *err)
{
    const char *path = arena_printf(b->arena, "%s/%s", b->generation->path,
                                    name).ptr;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (*file)
        return OK;
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    return refused_by_disk(path, err);
}

/* On disk when it returns OK; `st` is how the writing went. */
static enum status
end_file(FILE *file, enum status st, struct error *err)
{
    if (!file)
        return st;
    if (st == OK && (fflush(file) != 0 || fsync(fileno(file)) != 0))
        st = refused_by_disk("the index of words", err);
    (void)fclose(file); /* fsync has told */
    return st;
}

/* The files "lexicon" and "items". */
static enum status
write_lexicon(struct build *b, struct error *err)
{
    FILE       *lexicon, *items = NULL;
    enum status st = begin_file(b, "lexicon", &lexicon, err);

    if (st == OK)
        st = begin_file(b, "items", &items, err);
    if (st == OK)
        st = frozen_write(b->lexicon, (struct sink){ put, lexicon },
                          (struct sink){ put, items }, err);
    st = end_file(items, st, err);
    return end_file(lexicon, st, err);
}

static enum status
add_row(struct build *b, const struct segment_row *row, struct error *err)
{
    const float *vector = row->vector;

    if (row->memory->seq <= b->last_seq ||
        row->memory->seq > b->source->base_seq)
        return failed(err, ERR_INTERNAL, "seq %" PRId64 " behind %" PRId64
                      " in a segment up to %" PRId64, row->memory->seq,
                      b->last_seq, b->source->base_seq);
    b->last_seq = row->memory->seq;
    lexicon_add(b->lexicon, row->memory);
    if (!b->vectors)
        return OK;
    if (row->dimensions != b->source->dimensions)
        vector = NULL; /* of another model, or cut */
    return vectors_write_add(b->vectors, vector, err);
}

static enum status
add_rows(struct build *b, struct error *err)
{
    struct segment_row row;
    enum status        st;

    for (;;) {
        row = (struct segment_row){ NULL, NULL, 0 };
        st = b->source->next(b->source->owner, &row, err);
        if (st != OK || !row.memory)
            return st;
        st = add_row(b, &row, err);
        if (st != OK)
            return st;
    }
}

static enum status
sum_file(struct build *b, struct manifest_file *file, struct error *err)
{
    const char *path = arena_printf(b->arena, "%s/%s", b->generation->path,
                                    file->name).ptr;
    int         fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    enum status st;

    if (fd < 0)
        return refused_by_disk(path, err);
    if (fstat(fd, &about) != 0 || fsync(fd) != 0) {
        st = refused_by_disk(path, err);
    } else {
        file->bytes = (uint64_t)about.st_size;
        if (file->head_bytes > file->bytes)
            file->head_bytes = file->bytes;
        st = manifest_sum(b->arena, fd, file, err);
    }
    (void)close(fd); /* only read */
    return st;
}

/* `head_bytes`: what must be right before anything is read; more than there
 * are: all. */
static enum status
list_file(struct build *b, const char *name, uint64_t head_bytes,
          struct error *err)
{
    struct manifest_file *file = &b->manifest.files[b->manifest.file_count++];

    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    file->head_bytes = head_bytes;
    return sum_file(b, file, err);
}

static enum status
list_vectors(struct build *b, struct error *err)
{
    struct vectors *opened;
    enum status     st;

    b->manifest.vectors = b->vectors ? vectors_write_count(b->vectors) : 0;
    if (b->manifest.vectors == 0)
        return OK;
    /* FAISS does not tell everything that goes wrong with a file. */
    st = vectors_open(b->generation->path, &opened, err);
    if (st != OK) {
        err->status = ERR_STORE;
        return ERR_STORE;
    }
    vectors_close(opened);
    st = list_file(b, "vectors.faiss",
                   vectors_write_head(b->vectors, "vectors.faiss"), err);
    if (st != OK)
        return st;
    return list_file(b, "vectors.map",
                     vectors_write_head(b->vectors, "vectors.map"), err);
}

/* One line of text, without what could end it. */
static void
copy_name(char *to, size_t room, struct str name)
{
    size_t len = name.len < room - 1 ? name.len : room - 1;

    for (size_t i = 0; i < len; i++)
        to[i] = (unsigned char)name.ptr[i] < ' ' ? ' ' : name.ptr[i];
    to[len] = '\0';
}

static enum status
write_manifest(struct build *b, struct error *err)
{
    const struct segment_source *source = b->source;
    struct manifest             *m = &b->manifest;
    struct buf                  *text = buf_new(b->arena, MANIFEST_MAX_BYTES);
    enum status                  st;

    m->vault_id = source->vault_id;
    if (b->vectors) {
        m->model_id = source->model_id;
        m->dimensions = (uint32_t)source->dimensions;
        copy_name(m->model, sizeof(m->model), source->model);
    }
    m->base_seq = source->base_seq;
    m->purge_epoch = source->purge_epoch;
    m->built_ms = clock_now_ms();
    m->items = lexicon_count(b->lexicon);
    manifest_print(m, text);
    st = buf_finish(text, "MANIFEST", err);
    return st == OK ? write_file(b, "MANIFEST", buf_str(text), err) : st;
}

static enum status
write_all(struct build *b, struct error *err)
{
    enum status st = add_rows(b, err);

    if (st == OK && b->vectors)
        st = vectors_write_end(b->vectors, err);
    if (st == OK)
        st = write_lexicon(b, err);
    if (st == OK)
        st = list_file(b, "lexicon", FROZEN_HEAD_BYTES, err);
    if (st == OK)
        st = list_file(b, "items", FROZEN_HEAD_BYTES, err);
    if (st == OK)
        st = list_vectors(b, err);
    return st == OK ? write_manifest(b, err) : st;
}

/* In the folder of b->generation. */
static enum status
build(struct build *b, struct error *err)
{
    const struct segment_source *source = b->source;
    enum status                  st = OK;

    if (source->model_id && source->dimensions)
        st = vectors_write_begin(b->generation->path, source->dimensions,
                                 &b->vectors, err);
    if (st != OK)
        return st;
    b->lexicon = lexicon_new(NULL);
    st = write_all(b, err);
    lexicon_free(b->lexicon);
    vectors_write_free(b->vectors); /* and its file, before it is published */
    return st == OK ? generation_publish(b->arena, b->generation, err) : st;
}

enum status
segment_build(const char *state_dir, const struct segment_source *source,
              struct error *err)
{
    struct arena a = ARENA_INIT;
    struct build b = { .source = source, .arena = &a };
    struct error ignored;
    enum status  st;
    bool         wanted;

    st = generation_begin(&a, state_dir, source->vault_id, &b.generation,
                          err);
    if (st == OK) {
        wanted = generation_unwant(state_dir, source->vault_id);
        st = build(&b, err);
        generation_end(b.generation);
        /* Where that fails too, a tail that grows will ask again. */
        if (st != OK && wanted)
            error_ignore(generation_want(state_dir, source->vault_id,
                                         &ignored));
    }
    arena_release(&a);
    return st;
}
