/* Foreign model files: what is in them ends up in its place, and damaged ones
 * are refused. */
#include "unit/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "memory/bert.h"
#include "memory/import.h"
#include "memory/onnx.h"
#include "memory/safetensors.h"
#include "memory/vocabulary.h"
#include "unit/tiny_bert.h"

#include "base/banned.h"

struct fixture {
    struct arena          arena;
    char                  folder[64];
    struct weights_source source;
    struct error          err;
};

static int
set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){ .folder = "/tmp/test_import.XXXXXX" };
    *state = &f;
    return mkdtemp(f.folder) ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *facts, int type,
           struct FTW *where)
{
    (void)facts, (void)type, (void)where;
    return remove(path);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    arena_release(&f->arena);
    return nftw(f->folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static const char *
path_of(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->folder, name).ptr;
}

static void
put(struct fixture *f, const char *name, struct str bytes)
{
    int fd = open(path_of(f, name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    (void)close(fd);
}

/* A folder as Hugging Face has it. */
static void
put_folder(struct fixture *f, const char *type, const char *prefix)
{
    struct buf *b = buf_new(&f->arena, TINY_FILE_MAX);

    tiny_safetensors(b, type, prefix);
    put(f, "model.safetensors", buf_str(b));
    put(f, "config.json", STR(TINY_CONFIG));
    put(f, "vocab.txt", STR(TINY_VOCABULARY));
}

static void
put_onnx(struct fixture *f, bool quantised)
{
    struct buf *b = buf_new(&f->arena, TINY_FILE_MAX);

    tiny_onnx(b, quantised);
    put(f, "tiny.onnx", buf_str(b));
    put(f, "tiny-tokenizer.json", STR(TINY_TOKENIZER));
}

static enum status
read_model(struct fixture *f, const char *path)
{
    struct import_options options = { .name = STR("tiny") };

    return import_read(&f->arena, path, &options, &f->source, &f->err);
}

static void
check_error(struct fixture *f, enum status st, enum status wanted,
            const char *part)
{
    assert_int_equal(st, wanted);
    if (!strstr(f->err.text, part))
        fail_msg("\"%s\" lacks \"%s\"", f->err.text, part);
}

/* What is expected. */

static size_t
index_of(const char *name)
{
    for (size_t i = 0; i < COUNT(tiny_tensors); i++)
        if (strcmp(tiny_tensors[i].name, name) == 0)
            return i;
    fail_msg("there is no %s", name);
    return 0;
}

static void
check_floats(const float *floats, const char *name)
{
    size_t                    i = index_of(name);
    const struct tiny_tensor *t = &tiny_tensors[i];

    for (size_t row = 0; row < tiny_rows(t); row++)
        for (size_t column = 0; column < t->columns; column++)
            if ((int)floats[row * t->columns + column] !=
                (int)tiny_number(i, row, column))
                fail_msg("%s is wrong at %zu, %zu", name, row, column);
}

/* [in][out], whether floats or bytes. */
static void
check_dense(const struct weights_source_dense *d, const char *part)
{
    char   name[128];
    size_t i;

    (void)snprintf(name, sizeof(name), TINY_LAYER "%s.bias", part);
    check_floats(d->bias, name);
    (void)snprintf(name, sizeof(name), TINY_LAYER "%s.weight", part);
    i = index_of(name);
    for (size_t out = 0; out < tiny_tensors[i].rows; out++)
        for (size_t in = 0; in < tiny_tensors[i].columns; in++) {
            size_t at = in * tiny_tensors[i].rows + out;
            float  value = d->floats ? d->floats[at]
                                     : (float)d->bytes[at] * d->scales[out];

            if ((int)value != (int)tiny_number(i, out, in))
                fail_msg("%s is wrong at %zu, %zu", name, out, in);
        }
}

static void
check_source(const struct weights_source *s)
{
    const struct weights_config       *c = &s->config;
    const struct weights_source_layer *l = s->layers;

    assert_int_equal(c->layers, 1);
    assert_int_equal(c->width, TINY_WIDTH);
    assert_int_equal(c->heads, TINY_HEADS);
    assert_int_equal(c->inner, TINY_INNER);
    assert_int_equal(c->positions, TINY_POSITIONS);
    assert_true(c->normalise && c->lowercase);
    assert_int_equal(c->pooling, WEIGHTS_POOL_MEAN);
    assert_int_equal(s->vocabulary_count, TINY_WORDS);
    check_str(s->vocabulary[4], "hello");
    check_str(s->vocabulary[5], "world");
    check_floats(s->words, "embeddings.word_embeddings.weight");
    check_floats(s->positions, "embeddings.position_embeddings.weight");
    check_floats(s->type, "embeddings.token_type_embeddings.weight");
    check_floats(s->embedding_norm.gain, "embeddings.LayerNorm.weight");
    check_dense(&l->query, "attention.self.query");
    check_dense(&l->key, "attention.self.key");
    check_dense(&l->value, "attention.self.value");
    check_dense(&l->attention, "attention.output.dense");
    check_dense(&l->inner, "intermediate.dense");
    check_dense(&l->outer, "output.dense");
    check_floats(l->attention_norm.gain,
                 TINY_LAYER "attention.output.LayerNorm.weight");
    check_floats(l->outer_norm.bias, TINY_LAYER "output.LayerNorm.bias");
}

/* Tests. */

static void
a_folder_is_read(void **state)
{
    struct fixture *f = *state;
    static const char *const types[] = { "F32", "F16", "BF16" };
    static const char *const prefixes[] = { "", "bert." };

    for (size_t i = 0; i < COUNT(types); i++)
        for (size_t k = 0; k < COUNT(prefixes); k++) {
            put_folder(f, types[i], prefixes[k]);
            assert_int_equal(read_model(f, f->folder), OK);
            check_source(&f->source);
        }
}

static void
a_graph_is_read(void **state)
{
    struct fixture *f = *state;

    for (int quantised = 0; quantised < 2; quantised++) {
        put_onnx(f, quantised);
        if (read_model(f, path_of(f, "tiny.onnx")) != OK)
            fail_msg("%s", f->err.text);
        check_source(&f->source);
        /* Bytes stay bytes. */
        assert_true((f->source.layers[0].query.bytes != NULL) == quantised);
    }
}

/* A graph without the constants of attention does not tell its heads. */
static void
a_config_beside_a_graph_counts(void **state)
{
    struct fixture *f = *state;

    put_onnx(f, false);
    put(f, "config.json", STR("{\"num_hidden_layers\": 1, \"hidden_size\": 8,"
                              " \"num_attention_heads\": 4,"
                              " \"intermediate_size\": 16,"
                              " \"max_position_embeddings\": 5}"));
    assert_int_equal(read_model(f, path_of(f, "tiny.onnx")), OK);
    assert_int_equal(f->source.config.heads, 4);
    assert_int_equal(f->source.config.positions, 5);
    put(f, "config.json", STR("{}"));
    check_error(f, read_model(f, path_of(f, "tiny.onnx")), ERR_INPUT,
                "config.json");
}

static void
prefixes_come_from_the_family_or_the_options(void **state)
{
    struct fixture       *f = *state;
    struct import_options options = { .name = STR("e5-tiny") };

    put_folder(f, "F32", "");
    assert_int_equal(import_read(&f->arena, f->folder, &options, &f->source,
                                 &f->err), OK);
    check_str(f->source.config.question_prefix, "query: ");
    check_str(f->source.config.passage_prefix, "passage: ");
    options.question_prefix = "Q ";
    options.passage_prefix = "";
    assert_int_equal(import_read(&f->arena, f->folder, &options, &f->source,
                                 &f->err), OK);
    check_str(f->source.config.question_prefix, "Q ");
    check_str(f->source.config.passage_prefix, "");
    assert_int_equal(read_model(f, f->folder), OK);
    check_str(f->source.config.question_prefix, "");
}

static void
pooling_and_case_come_from_their_files(void **state)
{
    struct fixture *f = *state;

    put_folder(f, "F32", "");
    assert_int_equal(mkdir(path_of(f, "1_Pooling"), 0755), 0);
    put(f, "1_Pooling/config.json", STR("{\"pooling_mode_cls_token\": true,"
                                        "\"pooling_mode_mean_tokens\":false}"));
    put(f, "tokenizer_config.json", STR("{\"do_lower_case\": false}"));
    assert_int_equal(read_model(f, f->folder), OK);
    assert_int_equal(f->source.config.pooling, WEIGHTS_POOL_CLS);
    assert_false(f->source.config.lowercase);
    put(f, "1_Pooling/config.json", STR("{\"pooling_mode_max_tokens\":true}"));
    check_error(f, read_model(f, f->folder), ERR_INPUT, "pools neither");
}

static void
what_does_not_fit_the_configuration_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *config, *why;
    } cases[] = {
        { "{", "config.json" },
        { "{\"model_type\": \"xlm-roberta\"}", "model_type" },
        { "{\"model_type\": \"bert\"}", "num_hidden_layers" },
        { "{\"hidden_act\": \"relu\"}", "hidden_act" },
        { "{\"num_hidden_layers\":2,\"hidden_size\":8,\"num_attention_heads\":"
          "2,\"intermediate_size\":16,\"max_position_embeddings\":6}",
          "no encoder.layer.1." },
        { "{\"num_hidden_layers\":1,\"hidden_size\":16,\"num_attention_heads\""
          ":2,\"intermediate_size\":16,\"max_position_embeddings\":6}",
          "is 6 x 8 where" },
        { "{\"num_hidden_layers\":1,\"hidden_size\":8,\"num_attention_heads\":"
          "3,\"intermediate_size\":16,\"max_position_embeddings\":6}",
          "no encoder for this program" },
        { "{\"num_hidden_layers\":1,\"hidden_size\":8,\"num_attention_heads\":"
          "2,\"intermediate_size\":2000000000,\"max_position_embeddings\":6}",
          "no encoder for this program" },
        { "{\"num_hidden_layers\":1,\"hidden_size\":8,\"num_attention_heads\":"
          "2,\"intermediate_size\":16,\"max_position_embeddings\":7}",
          "position_embeddings" },
    };

    put_folder(f, "F32", "");
    for (size_t i = 0; i < COUNT(cases); i++) {
        put(f, "config.json", str_from(cases[i].config));
        check_error(f, read_model(f, f->folder), ERR_INPUT, cases[i].why);
    }
    put(f, "config.json", STR(TINY_CONFIG));
    put(f, "vocab.txt", STR(TINY_VOCABULARY "one more\n"));
    check_error(f, read_model(f, f->folder), ERR_INPUT, "word_embeddings");
}

static void
missing_files_are_named(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "model.safetensors", "config.json",
                                         "vocab.txt" };

    for (size_t i = 0; i < COUNT(names); i++) {
        put_folder(f, "F32", "");
        assert_int_equal(unlink(path_of(f, names[i])), 0);
        check_error(f, read_model(f, f->folder), ERR_CONFIG, names[i]);
    }
    check_error(f, read_model(f, path_of(f, "none.onnx")), ERR_CONFIG,
                "none.onnx");
    put_onnx(f, false);
    assert_int_equal(unlink(path_of(f, "tiny-tokenizer.json")), 0);
    check_error(f, read_model(f, path_of(f, "tiny.onnx")), ERR_CONFIG,
                "tokenizer.json");
}

/* Reads a damaged copy, of its exact size so that sanitizers see its end;
 * whatever is in it, nothing else may happen than an error. */
static enum status
read_copy(bool onnx, struct str file, size_t len, size_t at, char byte)
{
    struct arena          a = ARENA_INIT;
    struct tensor_set     set;
    struct weights_source source = { .vocabulary_count = TINY_WORDS };
    struct error          err;
    char                 *copy = alloc_or_die(len);
    struct str            bytes = { copy, len };
    enum status           st;

    memcpy(copy, file.ptr, len);
    if (at < len)
        copy[at] = byte;
    st = onnx ? onnx_read(&a, bytes, &set, &err)
              : safetensors_read(&a, bytes, &set, &err);
    if (st == OK) {
        bert_guess(&set, &source.config);
        if (source.config.heads == 0)
            source.config.heads = TINY_HEADS;
        st = bert_assemble(&a, &set, &source, &err);
    }
    arena_release(&a);
    free(copy);
    return st;
}

static void
damage_everywhere(bool onnx, struct str file)
{
    static const char bytes[] = { 0, 1, '\x7f', '\x80', '\xff', '9', '"' };

    assert_int_equal(read_copy(onnx, file, file.len, file.len, 0), OK);
    for (size_t at = 0; at < file.len; at++) {
        /* A cut file is never whole. */
        assert_int_not_equal(read_copy(onnx, file, at, at, 0), OK);
        for (size_t i = 0; i < COUNT(bytes); i++)
            error_ignore(read_copy(onnx, file, file.len, at, bytes[i]));
    }
}

static void
damaged_files_end_in_errors(void **state)
{
    struct fixture *f = *state;
    struct buf     *b = buf_new(&f->arena, TINY_FILE_MAX);

    tiny_safetensors(b, "F16", "");
    damage_everywhere(false, buf_str(b));
    buf_clear(b);
    tiny_onnx(b, true);
    damage_everywhere(true, buf_str(b));
}

static void
hostile_headers_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *header, *why;
    } cases[] = {
        { "[]", "no JSON object" },
        { "{\"a\":1}", "not right" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}",
          "outside" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
          "outside" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
          "where its shape" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
          "not right" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1],"
          "\"data_offsets\":[0,4]}}", "3 dimensions" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905,4],"
          "\"data_offsets\":[0,4]}}", "where its shape" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf       *b = buf_new(&f->arena, TINY_FILE_MAX);
        uint64_t          len = strlen(cases[i].header);
        struct tensor_set set;

        tiny_add_bytes(b, &len, sizeof(len));
        buf_add(b, str_from(cases[i].header));
        buf_add(b, STR("1234"));
        check_error(f, safetensors_read(&f->arena, buf_str(b), &set, &f->err),
                    ERR_INPUT, cases[i].why);
    }
}

static void
vocabularies_are_checked(void **state)
{
    struct fixture   *f = *state;
    struct vocabulary v;
    static const struct {
        const char *json, *why;
    } cases[] = {
        { "[]", "no WordPiece" },
        { "{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}", "no WordPiece" },
        { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":1}}}",
          "number of a" },
        { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0,\"b\":0}}}",
          "number of b" },
        { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"\":0,\"b\":0}}}",
          "number of b" },
        { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}",
          "number of a" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_error(f, vocabulary_from_json(&f->arena, str_from(cases[i].json),
                                            &v, &f->err), ERR_INPUT,
                    cases[i].why);
    assert_int_equal(vocabulary_from_json(
        &f->arena, STR("{\"model\":{\"type\":\"WordPiece\",\"vocab\":"
                       "{\"\\u00e9\":1,\"a\\\"\":0}},\"normalizer\":"
                       "{\"lowercase\":false}}"), &v, &f->err), OK);
    check_str(v.words[0], "a\"");
    check_str(v.words[1], "\xc3\xa9");
    assert_false(v.lowercase);
    assert_int_equal(vocabulary_from_lines(&f->arena, STR("a\r\n\nb"), &v,
                                           &f->err), OK);
    assert_int_equal(v.count, 3);
    check_str(v.words[0], "a");
    check_str(v.words[2], "b");
    check_error(f, vocabulary_from_lines(&f->arena, STR("\xff"), &v, &f->err),
                ERR_INPUT, "UTF-8");
}

/* Archives. */

static void
add16(struct buf *b, size_t number)
{
    buf_add_byte(b, (char)(number & 255));
    buf_add_byte(b, (char)(number >> 8 & 255));
}

static void
add32(struct buf *b, size_t number)
{
    add16(b, number & 65535);
    add16(b, number >> 16);
}

/* What local and central headers share. */
static void
add_facts(struct buf *b, struct str name, bool packed, struct str file,
          size_t bytes)
{
    add16(b, 20);
    add16(b, 0);
    add16(b, packed ? 8 : 0);
    add32(b, 0);
    add32(b, crc32_z(0, (const Bytef *)file.ptr, file.len));
    add32(b, bytes);
    add32(b, file.len);
    add16(b, name.len);
    add16(b, 0);
}

static void
add_entry(struct buf *archive, struct buf *directory, struct str name,
          bool packed, struct str file)
{
    size_t   offset = archive->len;
    z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)file.ptr,
                   .avail_in = (uInt)file.len };
    Bytef   *out = alloc_or_die(TINY_FILE_MAX);
    size_t   bytes = file.len;

    if (packed) {
        z.next_out = out;
        z.avail_out = TINY_FILE_MAX;
        assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8,
                                      Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        bytes = TINY_FILE_MAX - z.avail_out;
        (void)deflateEnd(&z);
    }
    buf_add(archive, STR("PK\3\4"));
    add_facts(archive, name, packed, file, bytes);
    buf_add(archive, name);
    tiny_add_bytes(archive, packed ? (const char *)out : file.ptr, bytes);
    buf_add(directory, STR("PK\1\2"));
    add16(directory, 20);
    add_facts(directory, name, packed, file, bytes);
    add16(directory, 0);
    add32(directory, 0);
    add32(directory, 0);
    add32(directory, offset);
    buf_add(directory, name);
    free(out);
}

static struct str
make_jar(struct fixture *f)
{
    struct buf *graph = buf_new(&f->arena, TINY_FILE_MAX);
    struct buf *archive = buf_new(&f->arena, TINY_FILE_MAX);
    struct buf *directory = buf_new(&f->arena, TINY_FILE_MAX);
    size_t      start;

    tiny_onnx(graph, true);
    add_entry(archive, directory, STR("tiny.onnx"), true, buf_str(graph));
    add_entry(archive, directory, STR("tiny-tokenizer.json"), false,
              STR(TINY_TOKENIZER));
    start = archive->len;
    buf_add(archive, buf_str(directory));
    buf_add(archive, STR("PK\5\6"));
    add32(archive, 0);
    add16(archive, 2);
    add16(archive, 2);
    add32(archive, directory->len);
    add32(archive, start);
    add16(archive, 0);
    return buf_str(archive);
}

static void
a_jar_is_read(void **state)
{
    struct fixture *f = *state;

    put(f, "tiny.jar", make_jar(f));
    if (read_model(f, path_of(f, "tiny.jar")) != OK)
        fail_msg("%s", f->err.text);
    check_source(&f->source);
}

static void
a_graph_with_another_checksum_is_refused(void **state)
{
    struct fixture       *f = *state;
    struct import_options options = {
        .name = STR("tiny"),
        .onnx_sha256 = "7d9092cb25f2bd1c023b7e8d2aa459044a02030ac880e5a59fdaf"
                       "27af69f1ded",
    };

    put(f, "tiny.jar", make_jar(f));
    check_error(f, import_read(&f->arena, path_of(f, "tiny.jar"), &options,
                               &f->source, &f->err), ERR_INPUT, "SHA-256");
}

/* The contents are guarded by a checksum, so that any damage but to times and
 * versions is found. */
static void
damaged_jars_end_in_errors(void **state)
{
    struct fixture *f = *state;
    struct str      made = make_jar(f);
    struct str      jar = { alloc_or_die(made.len), made.len };
    char           *bytes = (char *)(uintptr_t)jar.ptr;
    size_t          refused = 0, tried = 0;

    memcpy(bytes, made.ptr, made.len);
    for (size_t at = 0; at < jar.len; at += 3, tried++) {
        put(f, "cut.jar", str_slice(jar, 0, at));
        assert_int_not_equal(read_model(f, path_of(f, "cut.jar")), OK);
        bytes[at] = (char)(bytes[at] ^ 0x41);
        put(f, "bad.jar", jar);
        refused += read_model(f, path_of(f, "bad.jar")) != OK;
        bytes[at] = (char)(bytes[at] ^ 0x41);
        arena_reset(&f->arena);
    }
    assert_true(refused > tried * 9 / 10);
    free(bytes);
}

static void
names_are_file_names(void **state)
{
    struct fixture *f = *state;

    assert_true(import_name_is_good(STR("bge-small-en-v1.5")));
    assert_false(import_name_is_good(STR("")));
    assert_false(import_name_is_good(STR("..")));
    assert_false(import_name_is_good(STR("a/b")));
    assert_false(import_name_is_good(STR("A")));
    assert_false(import_name_is_good(STR("a b")));
    assert_false(import_name_is_good((struct str){ "a\0b", 3 }));
    check_str(import_name_of(&f->arena, "/x/BGE small/"), "bge-small");
    check_str(import_name_of(&f->arena, "e5-small-v2.onnx"), "e5-small-v2");
    check_str(import_name_of(&f->arena, "/a/b.jar"), "b");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_folder_is_read),
        TEST(a_graph_is_read),
        TEST(a_jar_is_read),
        TEST(a_config_beside_a_graph_counts),
        TEST(prefixes_come_from_the_family_or_the_options),
        TEST(pooling_and_case_come_from_their_files),
        TEST(what_does_not_fit_the_configuration_is_refused),
        TEST(missing_files_are_named),
        TEST(damaged_files_end_in_errors),
        TEST(hostile_headers_are_refused),
        TEST(vocabularies_are_checked),
        TEST(a_graph_with_another_checksum_is_refused),
        TEST(damaged_jars_end_in_errors),
        TEST(names_are_file_names),
    };

    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
