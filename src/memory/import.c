/* Reading foreign models. */
#include "memory/import.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/bert.h"
#include "memory/bert_config.h"
#include "memory/onnx.h"
#include "memory/safetensors.h"
#include "memory/vocabulary.h"
#include "platform/crypto.h"
#include "platform/mapped.h"
#include "platform/zip.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 64, JAR_FILE_MAX_BYTES = 1 << 30 };

/* Models whose texts want words in front, unless options say otherwise. */
static const struct {
    const char *family;
    const char *question, *passage;
} families[] = {
    { "e5-", "query: ", "passage: " },
};

/* What an import has in hand. */
struct import {
    struct arena                *arena;
    const struct import_options *options;
    struct weights_source       *source;
    struct vocabulary            vocabulary;
    struct tensor_set            set;
    struct error                *err;
};

bool
import_name_is_good(struct str name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '\0' || !strchr(good, name.ptr[i]))
            return false;
    return name.len > 0 && name.len <= NAME_MAX_BYTES && name.ptr[0] != '.';
}

struct str
import_name_of(struct arena *a, const char *path)
{
    static const char *const endings[] = { ".onnx", ".jar", ".model" };
    struct str name = str_from(path);
    char      *bytes;

    while (str_ends(name, STR("/")))
        name.len--;
    for (size_t at; (at = str_find_byte(name, '/')) != STR_NOWHERE;)
        name = str_slice(name, at + 1, name.len);
    for (size_t i = 0; i < COUNT(endings); i++)
        if (str_ends(name, str_from(endings[i])))
            name.len -= strlen(endings[i]);
    name = arena_copy(a, str_slice(name, 0, NAME_MAX_BYTES));
    bytes = (char *)(uintptr_t)name.ptr; /* arena_copy() made them */
    for (size_t i = 0; i < name.len; i++) {
        bytes[i] = (char)tolower((unsigned char)bytes[i]);
        if (!import_name_is_good((struct str){ bytes + i, 1 }) && i > 0)
            bytes[i] = '-';
    }
    return name;
}

/* An error inside a file gets its name in front. */
static enum status
in_file(struct import *m, const char *name, enum status st)
{
    struct error inside;

    if (st == OK)
        return OK;
    inside = *m->err;
    return failed(m->err, st, "%s: %s", name, inside.text);
}

/* The options and the name settle what no file tells. */
static void
settle(struct import *m)
{
    struct weights_config       *c = &m->source->config;
    const struct import_options *o = m->options;

    c->name = o->name;
    c->normalise = true;
    for (size_t i = 0; i < COUNT(families); i++)
        if (str_starts(o->name, str_from(families[i].family))) {
            c->question_prefix = str_from(families[i].question);
            c->passage_prefix = str_from(families[i].passage);
        }
    if (o->question_prefix)
        c->question_prefix = str_from(o->question_prefix);
    if (o->passage_prefix)
        c->passage_prefix = str_from(o->passage_prefix);
    m->source->vocabulary = m->vocabulary.words;
    m->source->vocabulary_count = m->vocabulary.count;
}

/* A graph with its tokenizer. */

static enum status
check_sum(struct import *m, struct str graph)
{
    uint8_t    sum[CRYPTO_SHA256_BYTES];
    struct str hex;

    if (!m->options->onnx_sha256)
        return OK;
    crypto_sha256(graph, sum);
    hex = crypto_hex(m->arena, sum, sizeof(sum));
    if (!str_equal(hex, str_from(m->options->onnx_sha256)))
        return failed(m->err, ERR_INPUT, "its SHA-256 is %.*s, not %s",
                      STR_ARG(hex), m->options->onnx_sha256);
    return OK;
}

/* `config` is empty where there is no config.json: the graph tells enough. */
static enum status
read_graph(struct import *m, const char *name, struct str graph,
           const char *tokenizer_name, struct str tokenizer,
           struct str config)
{
    struct weights_config *c = &m->source->config;
    enum status            st = check_sum(m, graph);

    if (st == OK)
        st = onnx_read(m->arena, graph, &m->set, m->err);
    if (st != OK)
        return in_file(m, name, st);
    st = vocabulary_from_json(m->arena, tokenizer, &m->vocabulary, m->err);
    if (st != OK)
        return in_file(m, tokenizer_name, st);
    bert_guess(&m->set, c);
    c->epsilon = BERT_CONFIG_EPSILON;
    c->pooling = WEIGHTS_POOL_MEAN;
    c->lowercase = m->vocabulary.lowercase;
    if (config.len) {
        st = bert_config_read(m->arena, config, c, m->err);
        if (st != OK)
            return in_file(m, "config.json", st);
    }
    settle(m);
    return in_file(m, name, bert_assemble(m->arena, &m->set, m->source,
                                          m->err));
}

/* X.onnx with X-tokenizer.json or tokenizer.json beside it, and perhaps a
 * config.json. */
static enum status
import_onnx(struct import *m, const char *path)
{
    struct str  stem = str_from(path), folder = stem;
    struct str  graph, tokenizer, config = STR_NONE;
    const char *name, *config_name;
    enum status st = mapped_file(m->arena, path, &graph, m->err);

    if (st != OK)
        return st;
    stem.len -= strlen(".onnx");
    while (folder.len && !str_ends(folder, STR("/")))
        folder.len--;
    name = arena_printf(m->arena, "%.*s-tokenizer.json", STR_ARG(stem)).ptr;
    if (access(name, F_OK) != 0)
        name = arena_printf(m->arena, "%.*stokenizer.json",
                            STR_ARG(folder)).ptr;
    config_name = arena_printf(m->arena, "%.*sconfig.json",
                               STR_ARG(folder)).ptr;
    st = mapped_file(m->arena, name, &tokenizer, m->err);
    if (st == OK && access(config_name, F_OK) == 0)
        st = mapped_file(m->arena, config_name, &config, m->err);
    if (st != OK)
        return st;
    return read_graph(m, path, graph, name, tokenizer, config);
}

static enum status
import_jar(struct import *m, const char *path)
{
    struct str       archive, graph, tokenizer;
    struct zip       z;
    struct zip_entry entry, graph_entry = { .size = 0 },
                     tokenizer_entry = { .size = 0 };
    enum status      st = mapped_file(m->arena, path, &archive, m->err);

    if (st != OK || (st = zip_open(archive, &z, m->err)) != OK)
        return in_file(m, path, st);
    while (zip_next(&z, &entry)) {
        if (str_ends(entry.name, STR(".onnx")))
            graph_entry = entry;
        if (str_ends(entry.name, STR("tokenizer.json")))
            tokenizer_entry = entry;
    }
    if (graph_entry.size == 0 || tokenizer_entry.size == 0)
        return failed(m->err, ERR_INPUT, "%s holds no .onnx file with a "
                      "tokenizer.json", path);
    st = zip_read(m->arena, &z, &graph_entry, JAR_FILE_MAX_BYTES, &graph,
                  m->err);
    if (st == OK)
        st = zip_read(m->arena, &z, &tokenizer_entry, JAR_FILE_MAX_BYTES,
                      &tokenizer, m->err);
    if (st != OK)
        return in_file(m, path, st);
    return read_graph(m, path, graph, path, tokenizer, STR_NONE);
}

/* A folder. */

/* *found is false, and nothing wrong, when there is no such file. */
static enum status
read_if_there(struct import *m, const char *folder, const char *name,
              const char **path, struct str *bytes, bool *found)
{
    *path = arena_printf(m->arena, "%s/%s", folder, name).ptr;
    *found = access(*path, F_OK) == 0;
    return *found ? mapped_file(m->arena, *path, bytes, m->err) : OK;
}

static enum status
read_vocabulary(struct import *m, const char *folder)
{
    const char *path;
    struct str  bytes = STR_NONE;
    bool        found;
    enum status st = read_if_there(m, folder, "vocab.txt", &path, &bytes,
                                   &found);

    if (st != OK)
        return st;
    if (found)
        return in_file(m, path, vocabulary_from_lines(m->arena, bytes,
                                                      &m->vocabulary,
                                                      m->err));
    st = read_if_there(m, folder, "tokenizer.json", &path, &bytes, &found);
    if (st != OK)
        return st;
    if (!found)
        return failed(m->err, ERR_CONFIG, "%s has neither vocab.txt nor "
                      "tokenizer.json", folder);
    return in_file(m, path, vocabulary_from_json(m->arena, bytes,
                                                 &m->vocabulary, m->err));
}

/* The three small files that say how the model is used. */
static enum status
read_settings(struct import *m, const char *folder)
{
    struct weights_config *c = &m->source->config;
    const char            *path = arena_printf(m->arena, "%s/config.json",
                                               folder).ptr;
    struct str             bytes = STR_NONE;
    bool                   found;
    enum status            st = mapped_file(m->arena, path, &bytes, m->err);

    if (st != OK)
        return st;
    st = bert_config_read(m->arena, bytes, c, m->err);
    if (st != OK)
        return in_file(m, path, st);
    st = read_if_there(m, folder, "1_Pooling/config.json", &path, &bytes,
                       &found);
    if (st == OK && found)
        st = in_file(m, path, bert_config_pooling(bytes, c, m->err));
    if (st != OK)
        return st;
    c->lowercase = m->vocabulary.lowercase;
    st = read_if_there(m, folder, "tokenizer_config.json", &path, &bytes,
                       &found);
    if (st == OK && found)
        st = in_file(m, path, bert_config_case(bytes, c, m->err));
    return st;
}

static enum status
import_folder(struct import *m, const char *folder)
{
    const char *path = arena_printf(m->arena, "%s/model.safetensors",
                                    folder).ptr;
    struct str  file;
    enum status st = mapped_file(m->arena, path, &file, m->err);

    if (st != OK || (st = read_vocabulary(m, folder)) != OK ||
        (st = read_settings(m, folder)) != OK)
        return st;
    settle(m);
    st = safetensors_read(m->arena, file, &m->set, m->err);
    if (st == OK)
        st = bert_assemble(m->arena, &m->set, m->source, m->err);
    return in_file(m, path, st);
}

enum status
import_read(struct arena *a, const char *path,
            const struct import_options *options,
            struct weights_source *source, struct error *err)
{
    struct import m = { .arena = a, .options = options, .source = source,
                        .err = err };
    struct stat   facts;

    memset(source, 0, sizeof(*source));
    if (stat(path, &facts) != 0)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    if (S_ISDIR(facts.st_mode))
        return import_folder(&m, path);
    if (str_ends(str_from(path), STR(".onnx")))
        return import_onnx(&m, path);
    if (str_ends(str_from(path), STR(".jar")) ||
        str_ends(str_from(path), STR(".zip")))
        return import_jar(&m, path);
    return failed(err, ERR_CONFIG, "%s is no folder, .onnx file or .jar",
                  path);
}
