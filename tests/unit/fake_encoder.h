/*
 * Encoders that stand in for memory/encoder.c: their model files are texts,
 * "good NAME" or anything else for a damaged one.  fake_vector() says which
 * vectors they make.  Included by one file of a program.
 */
#ifndef UNIT_FAKE_ENCODER_H
#define UNIT_FAKE_ENCODER_H

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/encoder.h"

enum { FAKE_DIMENSIONS = 4 };

struct encoder {
    char name[64];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t  freed;
    bool            held;      /* encodes wait */
    size_t          opened, closed;
    size_t          inside, most;
    size_t          runs, texts;
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER,
           .freed = PTHREAD_COND_INITIALIZER };

static inline void
fake_clear(void)
{
    fake.held = false;
    fake.opened = fake.closed = fake.inside = fake.most = 0;
    fake.runs = fake.texts = 0;
}

static inline void
fake_hold(bool held)
{
    pthread_mutex_lock(&fake.lock);
    fake.held = held;
    pthread_cond_broadcast(&fake.freed);
    pthread_mutex_unlock(&fake.lock);
}

static inline size_t
fake_inside(void)
{
    size_t inside;

    pthread_mutex_lock(&fake.lock);
    inside = fake.inside;
    pthread_mutex_unlock(&fake.lock);
    return inside;
}

enum status
encoder_open(const char *path, struct encoder **e, struct error *err)
{
    FILE *file = fopen(path, "r");
    char  line[100] = "", name[64];
    bool  read;

    if (!file)
        return failed(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL,
                      "%s: %s", path, strerror(errno));
    read = fgets(line, sizeof(line), file) != NULL;
    (void)fclose(file); /* only read */
    if (!read || sscanf(line, "good %63s", name) != 1)
        return failed(err, ERR_INPUT, "%s is not a model file", path);
    *e = alloc_array_or_die(1, sizeof(**e));
    memcpy((*e)->name, name, sizeof(name));
    fake.opened++;
    return OK;
}

void
encoder_close(struct encoder *e)
{
    fake.closed++;
    free(e);
}

size_t
encoder_dimensions(const struct encoder *e)
{
    (void)e;
    return FAKE_DIMENSIONS;
}

struct str
encoder_name(const struct encoder *e)
{
    return str_from(e->name);
}

/* That of a model that was never measured is NULL: those whose name starts
 * with n. */
const float *
encoder_centre(const struct encoder *e, enum encoder_use use)
{
    static const float centres[][FAKE_DIMENSIONS] = {
        [ENCODE_QUESTION] = { .7F, .1F, 0, 0 },
        [ENCODE_PASSAGE] = { 0, 0, .3F, .2F },
    };

    return e->name[0] == 'n' ? NULL : centres[use];
}

/* Points where nothing but the length of the text and its use do; its own
 * length is not 1. */
static inline void
fake_vector(enum encoder_use use, size_t len, float *row)
{
    row[0] = 3 * (float)cos((double)len);
    row[1] = 3 * (float)sin((double)len);
    row[2] = use == ENCODE_QUESTION ? 4 : 0;
    row[3] = use == ENCODE_PASSAGE ? 4 : 0;
}

void
encoder_run(const struct encoder *e, enum encoder_use use,
            const struct str *texts, size_t count, float *rows)
{
    (void)e;
    pthread_mutex_lock(&fake.lock);
    fake.runs++;
    fake.texts += count;
    if (++fake.inside > fake.most)
        fake.most = fake.inside;
    while (fake.held)
        pthread_cond_wait(&fake.freed, &fake.lock);
    fake.inside--;
    pthread_mutex_unlock(&fake.lock);
    for (size_t i = 0; i < count; i++)
        fake_vector(use, texts[i].len, rows + i * FAKE_DIMENSIONS);
}

/* A folder for model files, and what is in it. */

static char fake_folder[64];

static inline const char *
fake_path(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", fake_folder, name);
    return path;
}

/* Writes under another name first, as `model fetch` does. */
static inline void
fake_write(const char *name, const char *text)
{
    char  target[128];
    FILE *file = fopen(fake_path("new"), "w");

    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(target, sizeof(target), "%s/%s", fake_folder, name);
    assert_int_equal(rename(fake_path("new"), target), 0);
}

static inline bool
fake_exists(const char *name)
{
    FILE *file = fopen(fake_path(name), "r");

    if (file)
        (void)fclose(file); /* only opened */
    return file != NULL;
}

static inline int
fake_make_folder(void)
{
    (void)snprintf(fake_folder, sizeof(fake_folder), "%s",
                   "/tmp/test_models.XXXXXX");
    fake_clear();
    return mkdtemp(fake_folder) ? 0 : -1;
}

static inline int
fake_remove_folder(void)
{
    static const char *const names[] = {
        "m.model", "m.model.bad", "n.model", "n.model.bad", "a.model",
        "b.model", "c.model", "d.model", "e.model", "f.model",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        (void)remove(fake_path(names[i])); /* most tests have few of them */
    return remove(fake_folder);
}

#endif
