/* Model files that are open, missing or damaged. */
#include "memory/shelf.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "platform/clock.h"

#include "base/banned.h"

enum {
    MODELS_MAX       = 1 + SHELF_OTHERS_MAX,
    NAME_MAX_BYTES   = 100,
    REASON_MAX_BYTES = 100,
    WHY_BYTES        = 500,
};

/* Which file it was, to know whether it is still that one; inode 0: none. */
struct mark {
    dev_t           device;
    ino_t           inode;
    off_t           bytes;
    struct timespec changed;
};

struct shelf_model {
    char            name[NAME_MAX_BYTES + 1];  /* "": free */
    struct encoder *encoder;   /* NULL: not there */
    size_t          users;     /* who encodes with it or opens it */
    bool            opening;
    uint64_t        used;      /* by the shelf's clock */
    int64_t         look_us;   /* when to look for its file again */
    struct mark     bad;       /* the file that was found damaged */
    char            why[WHY_BYTES];  /* there is no encoder */
};

struct shelf {
    const struct conf *conf;
    int64_t            between_us;  /* looks for one file */
    pthread_mutex_t    lock;
    uint64_t           clock;
    unsigned           changes;
    struct shelf_model models[MODELS_MAX];  /* [0] is the configured one */
};

/* Names are those of files of one folder: no '/', not hidden. */
static bool
is_name(struct str name)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (c <= ' ' || c == '/' || c == 0x7F)
            return false;
    }
    return true;
}

enum status
shelf_path(struct arena *a, const struct conf *conf, struct str name,
           const char **path, struct error *err)
{
    if (!is_name(name))
        return failed(err, ERR_CONFIG, "%.*s cannot be the name of a model: "
                      "1 to %d bytes without blanks and slashes",
                      STR_ARG(str_slice(name, 0, NAME_MAX_BYTES)),
                      NAME_MAX_BYTES);
    *path = *conf->model_dir
                ? arena_printf(a, "%s/%.*s.model", conf->model_dir,
                               STR_ARG(name)).ptr
                : arena_printf(a, "%s/models/%.*s.model", conf->state_dir,
                               STR_ARG(name)).ptr;
    return OK;
}

static void
name_model(struct shelf_model *m, struct str name)
{
    *m = (struct shelf_model){ .encoder = NULL };
    (void)snprintf(m->name, sizeof(m->name), "%.*s", STR_ARG(name));
}

struct shelf *
shelf_new(const struct conf *conf, int64_t look_us)
{
    struct shelf *s = alloc_array_or_die(1, sizeof(*s));

    (void)pthread_mutex_init(&s->lock, NULL); /* cannot fail on Linux */
    s->conf = conf;
    s->between_us = look_us;
    name_model(&s->models[0], str_from(conf->embedding_model));
    return s;
}

void
shelf_free(struct shelf *s)
{
    for (size_t i = 0; i < MODELS_MAX; i++)
        if (s->models[i].encoder)
            encoder_close(s->models[i].encoder);
    (void)pthread_mutex_destroy(&s->lock); /* nobody holds it */
    free(s);
}

/* Looking for a file, without the lock. */

/* False when there is no such file. */
static bool
read_mark(const char *path, struct mark *mark)
{
    struct stat st;

    *mark = (struct mark){ .bytes = 0 };
    if (stat(path, &st) != 0)
        return false;
    *mark = (struct mark){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
    return true;
}

static bool
same_mark(const struct mark *a, const struct mark *b)
{
    return a->device == b->device && a->inode == b->inode &&
           a->bytes == b->bytes &&
           a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Moves the file away, unless another one took its place meanwhile. */
static bool
set_aside(struct arena *a, const char *path, const struct mark *was)
{
    struct mark now;

    return read_mark(path, &now) && same_mark(was, &now) &&
           rename(path, arena_printf(a, "%s.bad", path).ptr) == 0;
}

/* What a look at a model's file found. */
struct finding {
    struct encoder *encoder;
    struct mark     bad;
    char            why[WHY_BYTES];
};

#define FETCH "run memoryrouter-admin model fetch"

/* What follows the path in an error: ": Permission denied", " is damaged".  The
 * path itself is not for everybody who reads the sentence. */
static struct str
behind_path(const struct error *err, const char *path)
{
    struct str text = str_from(err->text);

    if (!str_starts(text, str_from(path)))
        return STR(" cannot be opened");
    text = str_slice(text, strlen(path), text.len);
    return str_slice(text, 0, REASON_MAX_BYTES);
}

static void PRINTF_LIKE(2, 3)
say(struct finding *found, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(found->why, sizeof(found->why), format, args);
    va_end(args);
}

static void
find_damage(struct arena *a, const char *path, const struct mark *mark,
            struct str name, struct str reason, struct finding *found)
{
    const char *outcome = set_aside(a, path, mark) ? "was set aside as"
                                                   : "should be moved to";

    found->bad = *mark;
    say(found, "model %.*s%.*s; its file %s %.*s.model.bad: " FETCH,
        STR_ARG(name), STR_ARG(reason), outcome, STR_ARG(name));
}

static void
open_file(struct arena *a, const char *path, const struct mark *mark,
          struct str name, struct finding *found)
{
    struct error err;
    enum status  st = encoder_open(path, &found->encoder, &err);

    if (st == ERR_INPUT) {
        find_damage(a, path, mark, name, behind_path(&err, path), found);
    } else if (st != OK) {
        say(found, "model %.*s%.*s", STR_ARG(name),
            STR_ARG(behind_path(&err, path)));
    } else if (!str_equal(encoder_name(found->encoder), name)) {
        say(found, "the file of model %.*s holds %.*s: rename it",
            STR_ARG(name), STR_ARG(encoder_name(found->encoder)));
        encoder_close(found->encoder);
        found->encoder = NULL;
    }
}

/* `found` comes with what the look before this one found: that stays while the
 * damaged file is there, and when it was set aside. */
static void
look_for(struct arena *a, const struct conf *conf, struct str name,
         struct finding *found)
{
    struct mark  mark;
    struct error err;
    const char  *path;

    if (shelf_path(a, conf, name, &path, &err) != OK)
        say(found, "%s", "no file can have this model's name");
    else if (!read_mark(path, &mark) && errno != ENOENT)
        say(found, "model %.*s cannot be read: %s", STR_ARG(name),
            strerror(errno));
    else if (mark.inode == 0 && found->bad.inode == 0)
        say(found, "there is no model %.*s in the model folder: " FETCH,
            STR_ARG(name));
    else if (mark.inode != 0 && !same_mark(&found->bad, &mark))
        open_file(a, path, &mark, name, found);
}

/* What the look changed, under the lock.  Of other models than the configured
 * one only damage is news: that they are missing is told to who asks. */
static void
settle(struct shelf *s, struct shelf_model *m, const struct finding *found)
{
    bool news = m == &s->models[0]
                    ? found->encoder || strcmp(m->why, found->why) != 0
                    : !same_mark(&m->bad, &found->bad);

    m->encoder = found->encoder;
    m->bad = found->bad;
    memcpy(m->why, found->why, sizeof(m->why));
    s->changes += news;
}

/* Under the lock, which is let go meanwhile. */
static void
look(struct shelf *s, struct shelf_model *m)
{
    struct arena   a = ARENA_INIT;
    struct finding found = { .bad = m->bad };

    memcpy(found.why, m->why, sizeof(found.why));
    m->opening = true;
    m->users++;
    (void)pthread_mutex_unlock(&s->lock);
    look_for(&a, s->conf, str_from(m->name), &found);
    arena_release(&a);
    (void)pthread_mutex_lock(&s->lock);
    settle(s, m, &found);
    m->look_us = clock_tick_us() + s->between_us;
    m->users--;
    m->opening = false;
}

/* The model of that name, else a place for it, else NULL. */
static struct shelf_model *
find(struct shelf *s, struct str name)
{
    struct shelf_model *oldest = NULL;

    for (size_t i = 0; i < MODELS_MAX; i++) {
        struct shelf_model *m = &s->models[i];

        if (str_equal(str_from(m->name), name))
            return m;
        if (i > 0 && m->users == 0 && (!oldest || m->used < oldest->used))
            oldest = m;
    }
    if (oldest && oldest->encoder)
        encoder_close(oldest->encoder);
    if (oldest)
        name_model(oldest, name);
    return oldest;
}

enum status
shelf_borrow(struct shelf *s, struct str name, struct shelf_model **model,
             const struct encoder **encoder, struct error *err)
{
    struct shelf_model *m;
    enum status         st = OK;

    if (!is_name(name))
        return failed(err, ERR_NOT_FOUND, "no file can have this model's name");
    (void)pthread_mutex_lock(&s->lock);
    m = find(s, name);
    if (m && !m->encoder && !m->opening && clock_tick_us() >= m->look_us)
        look(s, m);
    if (!m) {
        st = failed(err, ERR_NOT_FOUND, "more than %d models are in use",
                    MODELS_MAX);
    } else if (!m->encoder) {
        st = failed(err, ERR_NOT_FOUND, "%.399s",
                    *m->why ? m->why : "the model is being opened");
    } else {
        m->users++;
        m->used = ++s->clock;
        *model = m;
        *encoder = m->encoder;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

void
shelf_return(struct shelf *s, struct shelf_model *model)
{
    (void)pthread_mutex_lock(&s->lock);
    model->users--;
    (void)pthread_mutex_unlock(&s->lock);
}

unsigned
shelf_changes(struct shelf *s)
{
    unsigned changes;

    (void)pthread_mutex_lock(&s->lock);
    changes = s->changes;
    (void)pthread_mutex_unlock(&s->lock);
    return changes;
}

void
shelf_add_damage(struct shelf *s, char *text, size_t room)
{
    size_t len = strlen(text);

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 1; i < MODELS_MAX; i++) {
        const struct shelf_model *m = &s->models[i];

        if (!m->encoder && m->bad.inode != 0) {
            (void)snprintf(text + len, room - len, "; %s", m->why);
            len += strlen(text + len);
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
}
