/* Builds segments from made-up rows. */
#ifndef UNIT_SEGMENTS_H
#define UNIT_SEGMENTS_H

#include "unit/check.h"

#include <dirent.h>

#include "unit/folder.h"

#include "memory/segment.h"
#include "memory/segment_build.h"

enum { SEGMENT_WIDTH = 16, SEGMENTS_VAULT = 777 };

/* Rows 1 .. count; every `gap`-th without a vector (0: none is). */
struct made_rows {
    size_t            count;
    size_t            gap;
    size_t            dimensions;  /* of the vectors that are given */
    size_t            fail_at;     /* row at which reading fails, or 0 */
    void            (*at_row)(struct made_rows *rows);  /* or NULL */
    size_t            next;
    struct memory_row row;
    float             vector[64];
};

static inline enum status
segments_next(void *owner, struct segment_row *row, struct error *err)
{
    struct made_rows *r = owner;

    if (r->next == r->count)
        return OK;
    r->next++;
    if (r->next == r->fail_at)
        return failed(err, ERR_TIMEOUT, "the database went away");
    if (r->at_row)
        r->at_row(r);
    r->row = (struct memory_row){
        .seq = (int64_t)r->next, .id = (int64_t)r->next, .session_id = 1,
        .role = ROLE_USER, .author = STR("Ann"),
        .text = STR("The blue bicycle stands behind the house."),
        .tokens = 9, .occurred_ms = 1795466168505,
    };
    folder_vector(r->next, r->dimensions, r->vector);
    row->memory = &r->row;
    if (!r->gap || r->next % r->gap) {
        row->vector = r->vector;
        row->dimensions = r->dimensions;
    }
    return OK;
}

static inline struct segment_source
segments_source(struct made_rows *rows)
{
    if (!rows->dimensions)
        rows->dimensions = SEGMENT_WIDTH;
    return (struct segment_source){
        .vault_id = SEGMENTS_VAULT, .model_id = 5,
        .model = STR("a model"), .dimensions = SEGMENT_WIDTH,
        .base_seq = (int64_t)rows->count, .purge_epoch = 3,
        .next = segments_next, .owner = rows,
    };
}

static inline enum status
segments_build(const char *state_dir, struct made_rows rows,
               struct error *err)
{
    struct segment_source source = segments_source(&rows);

    return segment_build(state_dir, &source, err);
}

/* A file of the vault's current generation, or of its folder. */
static inline const char *
segments_path(struct arena *a, const char *state_dir, const char *name)
{
    return arena_printf(a, "%s/vaults/09/777/%s", state_dir, name).ptr;
}

/* How many names in the vault's folder begin so. */
static inline size_t
segments_count_names(const char *state_dir, const char *prefix)
{
    struct arena         a = ARENA_INIT;
    DIR                 *dir = opendir(segments_path(&a, state_dir, ""));
    const struct dirent *entry;
    size_t               count = 0;

    while (dir && (entry = readdir(dir)) != NULL)
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    if (dir)
        (void)closedir(dir);
    arena_release(&a);
    return count;
}

static inline bool
segments_is_wanted(const char *state_dir)
{
    struct arena a = ARENA_INIT;
    bool         is = access(arena_printf(&a, "%s/wanted/777",
                                          state_dir).ptr, F_OK) == 0;

    arena_release(&a);
    return is;
}

/* Of tests that open one segment. */
struct segments_fixture {
    struct arena    arena;
    char            state_dir[64];
    struct segment *segment;
};

static inline int
segments_set_up(void **state)
{
    static struct segments_fixture f;

    f = (struct segments_fixture){ .state_dir = "/tmp/test_segment.XXXXXX" };
    *state = &f;
    return mkdtemp(f.state_dir) ? 0 : -1;
}

static inline int
segments_tear_down(void **state)
{
    struct segments_fixture *f = *state;

    segment_close(f->segment);
    folder_remove(f->state_dir);
    arena_release(&f->arena);
    return 0;
}

static inline void
segments_build_rows(struct segments_fixture *f, size_t count, size_t gap)
{
    struct error err;

    assert_int_equal(segments_build(f->state_dir, (struct made_rows){
        .count = count, .gap = gap }, &err), OK);
}

static inline enum status
segments_open(struct segments_fixture *f)
{
    struct error err;
    enum status  st;

    segment_close(f->segment);
    f->segment = NULL;
    st = segment_open(f->state_dir, SEGMENTS_VAULT, &f->segment, &err);
    if (st != OK)
        f->segment = NULL;
    return st;
}

/* Around a test. */
#define SEGMENTS_TEST(test) \
    cmocka_unit_test_setup_teardown(test, segments_set_up, segments_tear_down)

#endif
