/* Open segments that are shared. */
#include "unit/segments.h"

#include <fcntl.h>
#include <pthread.h>

#include "memory/segment_cache.h"

#include "base/banned.h"

enum { VAULTS = 6, THREADS = 4, ROUNDS = 60 };

struct fixture {
    struct arena          arena;
    char                  state_dir[64];
    struct segment_cache *cache;
};

static int
set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){ .state_dir = "/tmp/test_segments.XXXXXX" };
    *state = &f;
    if (!mkdtemp(f.state_dir))
        return -1;
    f.cache = segment_cache_open(f.state_dir, VAULTS / 2, 1 << 30);
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    segment_cache_close(f->cache);
    folder_remove(f->state_dir);
    arena_release(&f->arena);
    return 0;
}

static void
build_vault(struct fixture *f, int64_t vault_id, size_t count)
{
    struct made_rows      rows = { .count = count };
    struct segment_source source = segments_source(&rows);
    struct error          err;

    source.vault_id = vault_id;
    assert_int_equal(segment_build(f->state_dir, &source, &err), OK);
}

static const struct segment *
borrow(struct fixture *f, int64_t vault_id)
{
    const struct segment *s = NULL;
    struct error          err;

    assert_int_equal(segment_cache_borrow(f->cache, vault_id, &s, &err), OK);
    assert_int_equal(segment_manifest(s)->vault_id, vault_id);
    return s;
}

static void
the_same_segment_is_opened_once(void **state)
{
    struct fixture       *f = *state;
    const struct segment *a, *b;

    build_vault(f, 777, 5);
    a = borrow(f, 777);
    b = borrow(f, 777);
    assert_ptr_equal(a, b);
    segment_cache_return(f->cache, a);
    segment_cache_return(f->cache, b);
    assert_ptr_equal(borrow(f, 777), a);
    segment_cache_return(f->cache, a);
    segment_cache_return(f->cache, NULL);
    assert_int_equal(segment_cache_count(f->cache), 1);
    assert_true(segment_cache_bytes(f->cache) > 100);
}

static void
a_new_generation_is_seen_at_once_the_old_one_stays_in_use(void **state)
{
    struct fixture       *f = *state;
    const struct segment *old, *fresh;

    build_vault(f, 777, 5);
    old = borrow(f, 777);
    build_vault(f, 777, 6);
    fresh = borrow(f, 777);
    assert_int_equal(segment_manifest(old)->items, 5);
    assert_int_equal(segment_manifest(fresh)->items, 6);
    assert_int_equal(segment_cache_count(f->cache), 1);
    segment_cache_return(f->cache, old);
    segment_cache_return(f->cache, fresh);
}

static void
the_least_recently_used_go_first(void **state)
{
    struct fixture       *f = *state;
    const struct segment *s;

    for (int64_t v = 1; v <= VAULTS; v++) {
        build_vault(f, v, 3);
        s = borrow(f, v);
        segment_cache_return(f->cache, s);
    }
    assert_int_equal(segment_cache_count(f->cache), VAULTS / 2);
    /* Those in use stay. */
    s = borrow(f, 1);
    for (int64_t v = 2; v <= VAULTS; v++)
        segment_cache_return(f->cache, borrow(f, v));
    assert_ptr_equal(borrow(f, 1), s);
    segment_cache_return(f->cache, s);
    segment_cache_return(f->cache, s);
    assert_int_equal(segment_cache_count(f->cache), VAULTS / 2);
}

static void
bytes_are_a_budget_too(void **state)
{
    struct fixture *f = *state;

    segment_cache_close(f->cache);
    f->cache = segment_cache_open(f->state_dir, 100, 1);
    for (int64_t v = 1; v <= 3; v++) {
        build_vault(f, v, 3);
        segment_cache_return(f->cache, borrow(f, v));
    }
    assert_int_equal(segment_cache_count(f->cache), 1);
}

static void
a_vault_without_a_generation_is_not_there(void **state)
{
    struct fixture       *f = *state;
    const struct segment *s;
    struct error          err;

    assert_int_equal(segment_cache_borrow(f->cache, 777, &s, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(segment_cache_count(f->cache), 0);
    build_vault(f, 777, 3);
    segment_cache_return(f->cache, borrow(f, 777));
}

static void
damage_is_told_once(void **state)
{
    struct fixture       *f = *state;
    const struct segment *s;
    struct error          err;

    build_vault(f, 777, 3);
    assert_int_equal(truncate(segments_path(&f->arena, f->state_dir,
                                            "current/MANIFEST"), 7), 0);
    assert_int_equal(segment_cache_borrow(f->cache, 777, &s, &err),
                     ERR_INTERNAL);
    assert_int_equal(segment_cache_borrow(f->cache, 777, &s, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(segment_cache_count(f->cache), 0);
}

static void
damage_in_the_bulk_is_found_and_told_once(void **state)
{
    struct fixture       *f = *state;
    const struct segment *s;
    struct error          err;
    enum status           st;
    int                   fd;

    build_vault(f, 777, 80000);
    fd = open(segments_path(&f->arena, f->state_dir, "current/vectors.faiss"),
              O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "damage", 6, 3 << 20), 6);
    assert_int_equal(close(fd), 0);
    s = borrow(f, 777);
    segment_cache_return(f->cache, s);
    do { /* until the verifier came by */
        st = segment_cache_borrow(f->cache, 777, &s, &err);
        if (st == OK)
            segment_cache_return(f->cache, s);
    } while (st == OK);
    if (st == ERR_NOT_FOUND) /* asked between setting aside and telling */
        st = segment_cache_borrow(f->cache, 777, &s, &err);
    assert_true(st == ERR_INTERNAL || st == ERR_NOT_FOUND);
    assert_int_equal(segment_cache_borrow(f->cache, 777, &s, &err),
                     ERR_NOT_FOUND);
    assert_true(segments_is_wanted(f->state_dir));
}

static void *
use_all(void *owner)
{
    struct fixture *f = owner;
    float           q[SEGMENT_WIDTH], scores[3];
    uint32_t        items[3];

    folder_vector(1, SEGMENT_WIDTH, q);
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct segment *s = NULL;
        struct error          err;

        if (segment_cache_borrow(f->cache, (int64_t)(i * 7 % VAULTS) + 1, &s,
                                 &err) != OK ||
            vectors_nearest(segment_vectors(s), q, 3, items, scores) != 3)
            return owner;
        segment_cache_return(f->cache, s);
    }
    return NULL;
}

static void
many_threads_and_a_builder_share_it(void **state)
{
    struct fixture *f = *state;
    pthread_t       threads[THREADS];
    void           *failure;

    for (int64_t v = 1; v <= VAULTS; v++)
        build_vault(f, v, 10);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_all, f), 0);
    for (int64_t v = 1; v <= VAULTS; v++)
        build_vault(f, v, 12);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &failure), 0);
        assert_null(failure);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        IN_FOLDER(the_same_segment_is_opened_once),
        IN_FOLDER(a_new_generation_is_seen_at_once_the_old_one_stays_in_use),
        IN_FOLDER(the_least_recently_used_go_first),
        IN_FOLDER(bytes_are_a_budget_too),
        IN_FOLDER(a_vault_without_a_generation_is_not_there),
        IN_FOLDER(damage_is_told_once),
        IN_FOLDER(damage_in_the_bulk_is_found_and_told_once),
        IN_FOLDER(many_threads_and_a_builder_share_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
