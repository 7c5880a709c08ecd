/* Base and tail are read as one, and a frozen base reads as a growing one. */
#include "unit/check.h"

#include <stdlib.h>

#include "base/buf.h"
#include "memory/frozen.h"
#include "memory/rank.h"

#include "base/banned.h"

enum { ROWS = 240 };

/* One window holds all. */
static const struct windows windows = { .most_ms = { 0 } };

/* Rows of several sessions and authors, the same in every run. */
static struct memory_row
row_of(struct arena *a, int number)
{
    static const char *const words[] = { "red", "boat", "lake", "dog", "always",
                                         "Lisbon", "violin", "tea?", "42" };
    static const char *const authors[] = { "", "Ann", "Bob Smith", "" };
    struct memory_row row = { .seq = number + 1, .id = number + 1 };
    unsigned          n = (unsigned)number * 2654435761U >> 7;

    row.session_id = n % 5;
    row.author = str_from(authors[n / 5 % COUNT(authors)]);
    row.role = n % 3 ? ROLE_USER : ROLE_ASSISTANT;
    row.occurred_ms = number * 1000;
    row.text = STR("We");
    for (unsigned i = 0; i < 2 + n % 7; i++, n = n * 1103515245U + 12345U)
        row.text = arena_printf(a, "%.*s %s", STR_ARG(row.text),
                                words[n / 65536 % COUNT(words)]);
    return row;
}

static struct lexicon *
lexicon_of(struct arena *a, const struct lexicon *base, int from, int to)
{
    struct lexicon *lex = lexicon_new(base);

    for (int i = from; i < to; i++) {
        struct memory_row row = row_of(a, i);

        lexicon_add(lex, &row);
    }
    return lex;
}

/* A sink that appends to a buffer. */
static enum status
append(void *owner, struct str bytes, struct error *err)
{
    (void)err;
    buf_add(owner, bytes);
    return OK;
}

struct files {
    struct str lexicon;
    struct str items;
};

static struct files
freeze(struct arena *a, const struct lexicon *lex)
{
    struct buf  *lexicon_file = buf_new(a, 1 << 20);
    struct buf  *items_file = buf_new(a, 1 << 20);
    struct error err;

    assert_int_equal(frozen_write(lex, (struct sink){ append, lexicon_file },
                                  (struct sink){ append, items_file }, &err),
                     OK);
    return (struct files){ arena_copy(a, buf_str(lexicon_file)),
                           arena_copy(a, buf_str(items_file)) };
}

static const char *const questions[] = {
    "Where is the red boat?", "Did Ann see the lake in Lisbon?", "Bob",
    "violin", "42", "What do you always drink?", "nothing of it", "dog tea",
};

static void
rank(struct arena *a, const struct index *ix, const char *question,
     struct match_scope scope, struct ranked **list, size_t *count)
{
    struct scratch_pool *pool = scratch_open(1);
    struct scratch      *scratch = scratch_borrow(pool, index_count(ix));
    struct rank_query    q = { .question = str_from(question),
                               .scope = scope, .windows = &windows,
                               .keep = ROWS };

    assert_false(rank_find(ix, scratch, a, &q, list, count));
    scratch_return(pool, scratch);
    scratch_close(pool);
}

static void
check_same(struct arena *a, const struct index *whole,
           const struct index *parts)
{
    static const struct match_scope scopes[] = {
        { .all = true },
        { .first = 1, .second = 1 },
        { .first = 3, .second = 0 },
        { .first = -1, .second = 0 },
        { .all = true, .filter = { .role = MATCH_ROLE_USER } },
        { .first = 2, .filter = { 50000, 200000, MATCH_ROLE_ANY } },
    };

    for (size_t i = 0; i < COUNT(questions) * COUNT(scopes); i++) {
        struct match_scope scope = scopes[i % COUNT(scopes)];
        const char        *question = questions[i / COUNT(scopes)];
        struct ranked     *l, *r;
        size_t             l_count, r_count;

        rank(a, whole, question, scope, &l, &l_count);
        rank(a, parts, question, scope, &r, &r_count);
        assert_int_equal(l_count, r_count);
        for (size_t k = 0; k < l_count; k++) {
            assert_int_equal(l[k].item, r[k].item);
            assert_int_equal(l[k].relevant, r[k].relevant);
            assert_true(l[k].score - r[k].score < 1e-6 &&
                        r[k].score - l[k].score < 1e-6);
        }
    }
}

static void
two_parts_rank_as_the_whole(void **state)
{
    static const int cuts[] = { 0, 1, 5, ROWS / 2, ROWS - 1, ROWS };
    struct arena     a = ARENA_INIT;
    struct lexicon  *all = lexicon_of(&a, NULL, 0, ROWS);
    struct index     whole = index_of(NULL, all);

    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct lexicon *growing = lexicon_of(&a, NULL, 0, cuts[i]);
        struct files    files = freeze(&a, growing);
        struct lexicon *base, *tail;
        struct index    parts;
        struct error    err;

        assert_int_equal(frozen_map(files.lexicon, files.items, &base, &err),
                         OK);
        tail = lexicon_of(&a, base, cuts[i], ROWS);
        parts = index_of(base, tail);
        check_same(&a, &whole, &parts);
        lexicon_free(tail);
        lexicon_free(base);
        lexicon_free(growing);
    }
    lexicon_free(all);
    arena_release(&a);
}

static void
what_is_gone_is_not_ranked(void **state)
{
    struct arena    a = ARENA_INIT;
    struct lexicon *base = lexicon_of(&a, NULL, 0, ROWS);
    struct lexicon *tail = lexicon_new(base);
    struct index    ix = index_of(base, tail);
    uint8_t         dead[ROWS / 8 + 1];
    struct ranked  *list;
    size_t          count;

    (void)state;
    for (size_t i = 0; i < sizeof(dead); i++)
        dead[i] = 0x55;
    ix.dead = dead;
    for (size_t i = 0; i < COUNT(questions); i++) {
        rank(&a, &ix, questions[i], (struct match_scope){ .all = true },
             &list, &count);
        for (size_t k = 0; k < count; k++)
            assert_true(list[k].item % 2 == 1);
    }
    lexicon_free(tail);
    lexicon_free(base);
    arena_release(&a);
}

/* Damage is for the manifest to find; here it must only do no harm. */
static void
damaged_files_lead_nowhere(void **state)
{
    struct arena    a = ARENA_INIT;
    struct lexicon *growing = lexicon_of(&a, NULL, 0, ROWS);
    struct files    files = freeze(&a, growing);
    struct lexicon *tail;
    size_t          bytes = files.lexicon.len + files.items.len;

    (void)state;
    for (size_t at = 0; at < bytes; at += at < 256 ? 1 : 37) {
        char *byte = (char *)(uintptr_t)(at < files.lexicon.len
                          ? files.lexicon.ptr + at
                          : files.items.ptr + at - files.lexicon.len);
        struct lexicon *base;
        struct index    ix;
        struct ranked  *list;
        size_t          count;
        struct error    err;

        *byte ^= (char)0xA5;
        if (frozen_map(files.lexicon, files.items, &base, &err) == OK) {
            tail = lexicon_new(base);
            ix = index_of(base, tail);
            for (size_t i = 0; i < COUNT(questions); i++)
                rank(&a, &ix, questions[i],
                     (struct match_scope){ .all = i % 2, .first = 1 },
                     &list, &count);
            lexicon_free(tail);
            lexicon_free(base);
        }
        *byte ^= (char)0xA5;
    }
    lexicon_free(growing);
    arena_release(&a);
}

static void
files_that_are_cut_off_are_refused(void **state)
{
    struct arena    a = ARENA_INIT;
    struct lexicon *growing = lexicon_of(&a, NULL, 0, ROWS);
    struct files    files = freeze(&a, growing);
    struct lexicon *base;
    struct error    err;

    (void)state;
    for (size_t len = 0; len < files.items.len; len += 61)
        assert_int_equal(frozen_map(files.lexicon,
                                    str_slice(files.items, 0, len), &base,
                                    &err), ERR_INPUT);
    for (size_t len = 0; len < files.lexicon.len; len += 61)
        assert_int_equal(frozen_map(str_slice(files.lexicon, 0, len),
                                    files.items, &base, &err), ERR_INPUT);
    assert_int_equal(frozen_map(files.items, files.lexicon, &base, &err),
                     ERR_INPUT);
    lexicon_free(growing);
    arena_release(&a);
}

enum { CROWD = 24000 };  /* more than are looked at one by one */

static void
what_is_said_all_the_time_hides_nothing(void **state)
{
    struct arena    a = ARENA_INIT;
    struct lexicon *lex = lexicon_new(NULL);
    struct index    ix;
    struct ranked  *list;
    size_t          count;
    bool            seen = false;

    (void)state;
    for (int i = 1; i <= CROWD; i++) {
        struct memory_row row = { .seq = i, .id = i, .occurred_ms = i,
                                  .text = STR("Check the build."),
                                  .duplicate_of = i > 1 };

        if (i == CROWD / 2) {
            row.text = STR("Mould in the cellar stopped the build of our new "
                           "house for half a year, said the architect.");
            row.duplicate_of = 0;
        }
        lexicon_add(lex, &row);
    }
    ix = index_of(NULL, lex);
    rank(&a, &ix, "What of the build?", (struct match_scope){ .all = true },
         &list, &count);
    for (size_t i = 0; i < count; i++)
        seen = seen || index_item(&ix, list[i].item)->id == CROWD / 2;
    assert_true(seen);
    assert_true(count < 100); /* the crowd is one */
    lexicon_free(lex);
    arena_release(&a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_parts_rank_as_the_whole),
        cmocka_unit_test(what_is_gone_is_not_ranked),
        cmocka_unit_test(what_is_said_all_the_time_hides_nothing),
        cmocka_unit_test(damaged_files_lead_nowhere),
        cmocka_unit_test(files_that_are_cut_off_are_refused),
    };

    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
