/* The folder of models. */
#include "admin/model_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/table.h"
#include "memory/golden.h"

#include "base/banned.h"

#define SAME_COSINE 0.9999f  /* two different texts never come that close */

const char *
model_file_folder(struct admin *m)
{
    if (*m->conf.model_dir)
        return m->conf.model_dir;
    return arena_printf(m->arena, "%s/models", m->conf.state_dir).ptr;
}

const char *
model_file_path(struct admin *m, struct str name)
{
    return arena_printf(m->arena, "%s/%.*s.model", model_file_folder(m),
                        STR_ARG(name)).ptr;
}

enum status
model_file_make_folder(struct admin *m, struct error *err)
{
    struct str folder = arena_copy(m->arena, str_from(model_file_folder(m)));
    char      *path = (char *)(uintptr_t)folder.ptr; /* arena_copy()'s */

    for (size_t i = 1; i <= folder.len; i++) {
        if (i < folder.len && path[i] != '/')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
        if (i < folder.len)
            path[i] = '/';
    }
    return OK;
}

/* A model that nobody knows can only be wrong in itself. */
static enum status
check_unknown(const struct encoder *e, struct error *err)
{
    size_t     width = encoder_dimensions(e);
    struct str pair[] = { golden_text(0), golden_text(1) };
    float     *rows = alloc_array_or_die(2 * width, sizeof(*rows));
    float      product = 0, length = 0;

    encoder_run(e, ENCODE_PASSAGE, pair, 2, rows);
    for (size_t i = 0; i < width; i++) {
        product += rows[i] * rows[width + i];
        length += rows[i] * rows[i];
    }
    free(rows);
    if (!(fabsf(length - 1) < 0.01f)) /* nor is it a number */
        return failed(err, ERR_INPUT, "the model's vectors have length %.3f",
                      (double)sqrtf(length));
    if (!(product < SAME_COSINE))
        return failed(err, ERR_INPUT, "the model gives the same vector for "
                      "different texts");
    return OK;
}

enum status
model_file_check(const struct encoder *e, float least, struct error *err)
{
    if (str_equal(encoder_name(e), STR(GOLDEN_MODEL)))
        return golden_check(e, least, err);
    return check_unknown(e, err);
}

static const float *
measure(struct arena *a, const struct encoder *e, enum encoder_use use)
{
    float *centre = arena_array(a, float, encoder_dimensions(e));

    encoder_measure_centre(e, use, centre);
    return centre;
}

/* Writes the file, tries it, and writes what was learnt from that into it. */
static enum status
write_and_try(struct arena *a, const char *path, struct weights_source *source,
              struct error *err)
{
    float           least = source->layers[0].query.floats
                                ? GOLDEN_COSINE_FLOATS : GOLDEN_COSINE_BYTES;
    struct encoder *e;
    enum status     st = weights_write(path, source, err);

    if (st != OK || (st = encoder_open(path, &e, err)) != OK)
        return st;
    st = model_file_check(e, least, err);
    if (st == OK) {
        source->config.question_centre = measure(a, e, ENCODE_QUESTION);
        source->config.passage_centre = measure(a, e, ENCODE_PASSAGE);
    }
    encoder_close(e);
    return st == OK ? weights_write(path, source, err) : st;
}

enum status
model_file_install(struct admin *m, const char *path,
                   const struct import_options *options, struct error *err)
{
    const char *target = model_file_path(m, options->name);
    const char *trial = arena_printf(m->arena, "%s.%ld.new", target,
                                     (long)getpid()).ptr;
    struct arena          a = ARENA_INIT; /* hundreds of megabytes */
    struct weights_source source;
    enum status           st = model_file_make_folder(m, err);

    if (st == OK)
        st = import_read(&a, path, options, &source, err);
    if (st == OK)
        st = write_and_try(&a, trial, &source, err);
    if (st == OK && rename(trial, target) != 0)
        st = failed(err, ERR_CONFIG, "%s: %s", target, strerror(errno));
    if (st != OK)
        (void)unlink(trial); /* perhaps it was not even made */
    arena_release(&a);
    return st;
}

enum status
model_file_print(struct admin *m, struct str name, struct str source,
                struct error *err)
{
    static const struct table_column columns[] = {
        { "model", CELL_TEXT }, { "source", CELL_TEXT },
        { "file", CELL_TEXT },  { "bytes", CELL_NUMBER },
    };
    const char *path = model_file_path(m, name);
    struct stat facts;

    if (stat(path, &facts) != 0)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    if (m->json) {
        struct cell cells[] = { CELL_T(name), CELL_T(source),
                                CELL_T(str_from(path)),
                                CELL_N(facts.st_size) };

        table_print_object(m->arena, &(struct table){
                               columns, COUNT(columns), cells, 1 });
    } else {
        (void)printf("%.*s: %s, %lld bytes (%.*s)\n", STR_ARG(name), path,
                     (long long)facts.st_size, STR_ARG(source));
    }
    return OK;
}
