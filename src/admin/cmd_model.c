/* model import, model list, model check. */
#include "admin/verbs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "admin/model_file.h"
#include "admin/table.h"
#include "memory/golden.h"

#include "base/banned.h"

/* model import. */

enum status
cmd_model_import(struct admin *m, struct error *err)
{
    const char           *path = arena_copy(m->arena, m->words[0]).ptr;
    struct import_options options = {
        .name = admin_text(m, "name"),
        .question_prefix = admin_given(m, "query-prefix"),
        .passage_prefix = admin_given(m, "passage-prefix"),
    };
    enum status           st;

    if (options.name.len == 0)
        options.name = import_name_of(m->arena, path);
    if (!import_name_is_good(options.name))
        return admin_usage(err, "a model's name is 1 to 64 of a-z, 0-9, -, _ "
                           "and .: choose one with --name");
    st = model_file_install(m, path, &options, err);
    if (st != OK)
        return st;
    return model_file_print(m, options.name, str_from(path), err);
}

/* model list, model check. */

static int
is_model(const struct dirent *entry)
{
    struct str name = str_from(entry->d_name);

    return name.ptr[0] != '.' && str_ends(name, STR(".model"));
}

/* The names of all models, in alphabetical order. */
static enum status
find_models(struct admin *m, struct str **names, size_t *count,
            struct error *err)
{
    struct dirent **entries;
    const char     *folder = model_file_folder(m);
    int             found = scandir(folder, &entries, is_model, alphasort);

    if (found < 0 && errno != ENOENT)
        return failed(err, ERR_CONFIG, "%s: %s", folder, strerror(errno));
    if (found < 0)
        found = 0, entries = NULL;
    *names = arena_array(m->arena, struct str, (size_t)found);
    *count = (size_t)found;
    for (int i = 0; i < found; i++) {
        struct str name = str_from(entries[i]->d_name);

        name.len -= strlen(".model");
        (*names)[i] = arena_copy(m->arena, name);
        free(entries[i]);
    }
    free(entries);
    return OK;
}

static const struct table_column model_columns[] = {
    { "model", CELL_TEXT },  { "state", CELL_TEXT },
    { "dimensions", CELL_NUMBER }, { "bytes", CELL_NUMBER },
    { "cosine", CELL_TEXT }, { "note", CELL_TEXT },
};

/* The least cosine of the golden texts; "" for other models. */
static struct str
least_cosine(struct admin *m, const struct encoder *e)
{
    float least = 1;

    if (!str_equal(encoder_name(e), STR(GOLDEN_MODEL)))
        return STR("");
    for (size_t i = 0; i < GOLDEN_TEXTS; i++) {
        float cosine = golden_cosine(e, i);

        if (!(cosine >= least))
            least = cosine;
    }
    return arena_printf(m->arena, "%.4f", (double)least);
}

/* A row of the table; false when the model is not good. */
static bool
look_at(struct admin *m, struct str name, bool try, struct cell *row)
{
    const char     *path = model_file_path(m, name);
    struct stat     facts = { .st_size = 0 };
    struct encoder *e;
    struct error    why;
    bool            good = encoder_open(path, &e, &why) == OK;

    (void)stat(path, &facts); /* encoder_open() told if it is not there */
    row[0] = CELL_T(name);
    row[2] = CELL_N(0);
    row[3] = CELL_N(facts.st_size);
    row[4] = row[5] = CELL_T(STR(""));
    if (good) {
        row[2] = CELL_N(encoder_dimensions(e));
        if (try) {
            good = model_file_check(e, GOLDEN_COSINE_BYTES, &why) == OK;
            row[4] = CELL_T(least_cosine(m, e));
        }
        encoder_close(e);
    }
    row[1] = CELL_T(good ? STR("ok") : STR("FAILED"));
    if (!good)
        row[5] = CELL_T(arena_copy(m->arena, str_from(why.text)));
    return good;
}

/* Prints a row each; the number of models that are not good. */
static size_t
print_models(struct admin *m, const struct str *names, size_t count, bool try)
{
    struct cell *cells = arena_array(m->arena, struct cell,
                                     count * COUNT(model_columns));
    size_t       bad = 0;

    for (size_t i = 0; i < count; i++)
        bad += !look_at(m, names[i], try, cells + i * COUNT(model_columns));
    table_print(m->arena, &(struct table){ model_columns,
                                           COUNT(model_columns), cells,
                                           count }, m->json);
    return bad;
}

enum status
cmd_model_list(struct admin *m, struct error *err)
{
    struct str *names;
    size_t      count;
    enum status st = find_models(m, &names, &count, err);

    if (st == OK)
        (void)print_models(m, names, count, false); /* it says which */
    return st;
}

enum status
cmd_model_check(struct admin *m, struct error *err)
{
    struct str *names = m->words;
    size_t      count = m->word_count, bad;
    enum status st = OK;

    if (count && !import_name_is_good(names[0]))
        return admin_usage(err, "that is no model's name");
    if (count == 0)
        st = find_models(m, &names, &count, err);
    if (st != OK)
        return st;
    if (count == 0)
        return failed(err, ERR_NOT_FOUND, "there is no model in %s: run "
                      "memoryrouter-admin model fetch", model_file_folder(m));
    bad = print_models(m, names, count, true);
    if (bad > 0)
        return failed(err, ERR_INPUT, "%zu of %zu models are not good", bad,
                      count);
    return OK;
}
