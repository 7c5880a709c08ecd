/* Damaged generations are found, set aside and replaced. */
#include "unit/segments.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/banned.h"

static const char *
file_path(struct segments_fixture *f, const char *name)
{
    return segments_path(&f->arena, f->state_dir,
                         arena_printf(&f->arena, "current/%s", name).ptr);
}

static void
read_file(const char *path, char **bytes, size_t *len)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    *bytes = alloc_or_die(1 << 20);
    *len = fread(*bytes, 1, 1 << 20, file);
    (void)fclose(file);
}

static void
write_over(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* Gives the generation its name and `current` its place again. */
static void
put_back(struct segments_fixture *f, const char *name)
{
    const char *bad = segments_path(&f->arena, f->state_dir,
        arena_printf(&f->arena, "bad-%s", name).ptr);

    assert_int_equal(rename(bad, segments_path(&f->arena, f->state_dir,
                                               name)), 0);
}

static void
damage_every_range(struct segments_fixture *f, const char *name,
                   const char *file)
{
    const char *path = file_path(f, file);
    char       *bytes;
    size_t      len, step;

    read_file(path, &bytes, &len);
    step = len / 150 + 1;
    for (size_t at = 0; at < len; at += step) {
        bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        write_over(path, bytes, len);
        assert_int_equal(segments_open(f), ERR_INTERNAL);
        bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        put_back(f, name);
        /* As it was when it was damaged. */
        assert_int_equal(segments_open(f), ERR_INTERNAL);
        put_back(f, name);
        write_over(path, bytes, len);
        assert_int_equal(segments_open(f), OK);
    }
    for (size_t cut = 0; cut < len; cut += step * 10) {
        write_over(path, bytes, cut);
        assert_int_equal(segments_open(f), ERR_INTERNAL);
        put_back(f, name);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(segments_open(f), ERR_INTERNAL);
    put_back(f, name);
    write_over(path, bytes, len);
    assert_int_equal(segments_open(f), OK);
    free(bytes);
}

static void
every_damaged_range_is_found_and_set_aside(void **state)
{
    static const char *const files[] = {
        "MANIFEST", "vectors.faiss", "vectors.map", "lexicon", "items",
    };
    struct segments_fixture *f = *state;
    const char     *name;

    segments_build_rows(f, 60, 7);
    assert_int_equal(segments_open(f), OK);
    name = arena_printf(&f->arena, "%s", segment_name(f->segment)).ptr;
    for (size_t i = 0; i < COUNT(files); i++)
        damage_every_range(f, name, files[i]);
    assert_true(segments_is_wanted(f->state_dir));
}

static void
what_was_set_aside_is_replaced(void **state)
{
    struct segments_fixture *f = *state;

    for (size_t i = 0; i < 3; i++) {
        segments_build_rows(f, 20, 0);
        write_over(file_path(f, "vectors.faiss"), "IwFl", 4);
        assert_int_equal(segments_open(f), ERR_INTERNAL);
        assert_int_equal(segments_open(f), ERR_NOT_FOUND);
    }
    assert_int_equal(segments_count_names(f->state_dir, "bad-"), 2);
    segments_build_rows(f, 20, 0);
    assert_int_equal(segments_open(f), OK);
    assert_int_equal(segments_count_names(f->state_dir, "bad-"), 1);
    assert_int_equal(segments_count_names(f->state_dir, "bad-00000003"), 1);
    assert_false(segments_is_wanted(f->state_dir));
}

static void
the_segment_of_another_vault_is_not_opened(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;
    const char     *vault = segments_path(&f->arena, f->state_dir, "");
    const char     *other = arena_printf(&f->arena, "%s/vaults/0a",
                                         f->state_dir).ptr;

    segments_build_rows(f, 5, 0);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(rename(vault, arena_printf(&f->arena, "%s/778",
                                                other).ptr), 0);
    assert_int_equal(segment_open(f->state_dir, 778, &f->segment, &err),
                     ERR_INTERNAL);
    assert_int_equal(segment_open(f->state_dir, 778, &f->segment, &err),
                     ERR_NOT_FOUND);
    f->segment = NULL;
}

static void
a_link_that_leads_elsewhere_is_no_generation(void **state)
{
    static const char *const places[] = {
        "..", "../../../x", "/etc", "00000001-0000000g", "",
        "00000001-00000000/../..",
    };
    struct segments_fixture *f = *state;
    const char     *link;

    segments_build_rows(f, 5, 0);
    link = segments_path(&f->arena, f->state_dir, "current");
    for (size_t i = 0; i < COUNT(places); i++) {
        assert_int_equal(unlink(link), 0);
        if (places[i][0])
            assert_int_equal(symlink(places[i], link), 0);
        assert_int_equal(segments_open(f), ERR_NOT_FOUND);
        if (!places[i][0])
            assert_int_equal(symlink("x", link), 0);
    }
}

/* Files over 2 MiB are checked in two parts. */
static void
the_bulk_of_large_files_is_verified_later(void **state)
{
    struct segments_fixture *f = *state;
    struct error    err;
    const char     *path;
    int             fd;
    uint32_t        item;
    float           question[SEGMENT_WIDTH] = { 1 }, score;

    segments_build_rows(f, 80000, 0);
    assert_int_equal(segments_open(f), OK);
    assert_true(segment_is_unverified(f->segment));
    assert_int_equal(segment_verify(f->segment, &err), OK);
    assert_false(segment_is_unverified(f->segment));

    path = file_path(f, "vectors.faiss");
    fd = open(path, O_WRONLY | O_CLOEXEC);
    /* The last list's last id, and a vector before it. */
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8,
                            lseek(fd, 0, SEEK_END) - 8), 8);
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 3 << 20), 4);
    assert_int_equal(close(fd), 0);
    assert_int_equal(segments_open(f), OK); /* wrong scores, nothing worse */
    (void)vectors_nearest(segment_vectors(f->segment), question, 1, &item,
                          &score);
    assert_int_equal(segment_verify(f->segment, &err), ERR_INTERNAL);
    assert_true(segments_is_wanted(f->state_dir));
    assert_int_equal(segments_count_names(f->state_dir, "bad-"), 1);
    assert_int_equal(segments_open(f), ERR_NOT_FOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SEGMENTS_TEST(every_damaged_range_is_found_and_set_aside),
        SEGMENTS_TEST(what_was_set_aside_is_replaced),
        SEGMENTS_TEST(the_segment_of_another_vault_is_not_opened),
        SEGMENTS_TEST(a_link_that_leads_elsewhere_is_no_generation),
        SEGMENTS_TEST(the_bulk_of_large_files_is_verified_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
