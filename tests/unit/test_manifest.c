/* What a manifest says, and what it may not say. */
#include "unit/check.h"

#include <inttypes.h>

#include "base/checksum.h"
#include "memory/manifest.h"

#include "base/banned.h"

static uint64_t sums[2] = { 1, UINT64_MAX };

static const struct manifest full = {
    .vault_id = INT64_MAX, .model_id = 2, .model = "intfloat/e5 small",
    .dimensions = 384, .base_seq = 0, .purge_epoch = 9, .built_ms = 10,
    .items = UINT32_MAX, .vectors = 7, .file_count = 2,
    .files = {
        { "lexicon", MANIFEST_BLOCK_BYTES + 1, 5, 6, sums },
        { "items", 0, 0, 0, NULL },
    },
};

static enum status
parse(struct arena *a, struct str text, struct manifest **m)
{
    struct error err;

    return manifest_parse(a, text, m, &err);
}

static void
what_is_printed_is_parsed(void **state)
{
    struct arena     a = ARENA_INIT;
    struct buf      *text = buf_new(&a, MANIFEST_MAX_BYTES);
    struct buf      *again = buf_new(&a, MANIFEST_MAX_BYTES);
    struct manifest *m;

    (void)state;
    manifest_print(&full, text);
    assert_int_equal(parse(&a, buf_str(text), &m), OK);
    assert_int_equal(m->vault_id, full.vault_id);
    assert_string_equal(m->model, full.model);
    assert_int_equal(m->items, full.items);
    assert_int_equal(manifest_file(m, "lexicon")->head_bytes, 5);
    assert_true(manifest_file(m, "lexicon")->sums[1] == UINT64_MAX);
    assert_null(manifest_file(m, "lexico"));
    manifest_print(m, again);
    assert_true(str_equal(buf_str(text), buf_str(again)));
    arena_release(&a);
}

static void
every_change_and_every_cut_is_found(void **state)
{
    struct arena     a = ARENA_INIT;
    struct buf      *text = buf_new(&a, MANIFEST_MAX_BYTES);
    struct manifest *m;

    (void)state;
    manifest_print(&full, text);
    for (size_t i = 0; i < text->len; i++) {
        assert_int_equal(parse(&a, str_slice(buf_str(text), 0, i), &m),
                         ERR_INTERNAL);
        for (int bit = 0; bit < 8; bit++) {
            text->ptr[i] = (char)(text->ptr[i] ^ 1 << bit);
            assert_int_equal(parse(&a, buf_str(text), &m), ERR_INTERNAL);
            text->ptr[i] = (char)(text->ptr[i] ^ 1 << bit);
        }
    }
    assert_int_equal(parse(&a, buf_str(text), &m), OK);
    arena_release(&a);
}

/* With a right sum: what only a mistake of ours could write. */
static enum status
parse_with_sum(struct arena *a, const char *head, const char *files)
{
    struct str       text;
    struct manifest *m;

    text = arena_printf(a, "%s\nname x\n%s", head, files);
    text = arena_printf(a, "%.*ssum %016" PRIx64 "\n", STR_ARG(text),
                        checksum_of(text.ptr, text.len));
    return parse(a, text, &m);
}

#define HEAD "memoryrouter segment 1\nvault 1\nmodel 2\ndimensions 3\n" \
             "base_seq 4\npurge_epoch 5\nbuilt_ms 6\nitems 7\nvectors "

#define Z       "0000000000000000"
#define FILE_1  "file x 0 0 " Z
#define FILES_3 FILE_1 "\n" FILE_1 "\n" FILE_1 "\n"

static void
nonsense_with_a_right_sum_is_refused(void **state)
{
    static const char *const heads[] = {
        HEAD "8",   /* more than there are items */
        HEAD "-1", HEAD "x", HEAD, HEAD "1 2",
        HEAD "99999999999999999999",
        "memoryrouter segment 2\nvault 1", "vault 1", "",
    };
    static const char *const files[] = {
        "file ../x 0 0 " Z "\n", "file /x 0 0 " Z "\n",
        "file  0 0 " Z "\n", "file x 0 1 " Z "\n", "file x 0 0\n",
        "file x 0 0 0\n", "file x 1 0 " Z "\n", FILE_1 " " Z "\n",
        "file x -1 0 " Z "\n", "file x 1 0 " Z " 000000000000000\n",
        "file x 1 0 " Z " 000000000000000G\n",
        "file x 9223372036854775807 0 " Z "\n", "file x\n", "file\n",
        "file a-name-that-is-longer-than-there-is-room 0 0 " Z "\n",
        FILES_3 FILES_3 FILES_3, FILE_1, "\n", "other\n",
    };
    struct arena a = ARENA_INIT;

    (void)state;
    assert_int_equal(parse_with_sum(&a, HEAD "7", ""), OK);
    assert_int_equal(parse_with_sum(&a, HEAD "7", FILE_1 "\n"), OK);
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_int_equal(parse_with_sum(&a, heads[i], ""), ERR_INTERNAL);
    for (size_t i = 0; i < COUNT(files); i++)
        assert_int_equal(parse_with_sum(&a, HEAD "7", files[i]),
                         ERR_INTERNAL);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_parsed),
        cmocka_unit_test(every_change_and_every_cut_is_found),
        cmocka_unit_test(nonsense_with_a_right_sum_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
