/* From a question to memories, on a vault in memory. */
#include "unit/check.h"

#include "memory/recall.h"
#include "memory/render.h"
#include "platform/clock.h"
#include "unit/fake_store.h"

#include "base/banned.h"

static struct recall_query
ask(const char *question)
{
    return (struct recall_query){
        .vault = { .vault_id = 1, .epoch = (int64_t)fake.count,
                   .deadline_us = clock_tick_us() + 60000000 },
        .question = str_from(question),
        .scope = SCOPE_MERGED,
        .select = { .limit = 30, .token_budget = 2000 },
    };
}

static struct recall *
open_recall(size_t cache_bytes)
{
    return recall_open(&(struct recall_options){
        .tails = { .cache_bytes = cache_bytes, .most = 10 },
        .searches = 2,
    });
}

/* The seqs that are found, best first, as "2 1". */
static struct str
found(struct arena *a, struct recall *r, const struct recall_query *q)
{
    struct str           out = STR_NONE;
    struct recall_answer found;
    struct error         err;

    assert_int_equal(recall_find(r, NULL, a, q, &found, &err), OK);
    for (size_t i = 0; i < found.count; i++)
        out = arena_printf(a, "%.*s%s%lld", STR_ARG(out), out.len ? " " : "",
                           (long long)found.hits[i].row.seq);
    assert_int_equal(fake.borrowed, 0);
    return out;
}

static void
what_was_said_is_found(void **state)
{
    struct recall      *r = open_recall(1 << 20);
    struct arena        a = ARENA_INIT;
    struct recall_query q;

    (void)state;
    q = ask("What is my favorite color?");
    check_str(found(&a, r, &q), "");
    (void)fake_add(0, "Remember that my favorite color is blue.");
    q = ask("What is my favorite color?");
    check_str(found(&a, r, &q), "1");
    q = ask("hi");
    check_str(found(&a, r, &q), "");
    assert_int_equal(fake.fetches, 1);
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

static void
sessions_are_searched_as_the_scope_says(void **state)
{
    static const struct {
        const char     *session;
        enum conf_scope scope;
        const char     *seqs;
    } rows[] = {
        { "", SCOPE_MERGED, "1" },          { "", SCOPE_EXCLUSIVE, "1" },
        { "", SCOPE_ALL, "1 3 2" },         { "seven", SCOPE_MERGED, "2 1" },
        { "seven", SCOPE_EXCLUSIVE, "2" },  { "seven", SCOPE_ALL, "2 3 1" },
        { "nobody's", SCOPE_MERGED, "1" },  { "nobody's", SCOPE_ALL, "3 2 1" },
        { "nobody's", SCOPE_EXCLUSIVE, "" },
    };
    struct recall *r = open_recall(1 << 20);
    struct arena   a = ARENA_INIT;

    (void)state;
    (void)fake_add(0, "The code word is apple.");
    (void)fake_add(7, "The code word is cherry.");
    (void)fake_add(8, "The code word is plum.");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct recall_query q = ask("Which code word?");

        q.session = str_from(rows[i].session);
        q.scope = rows[i].scope;
        check_str(found(&a, r, &q), rows[i].seqs);
    }
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

static void
nothing_is_said_twice(void **state)
{
    struct recall      *r = open_recall(1 << 20);
    struct arena        a = ARENA_INIT;
    struct recall_query q;

    (void)state;
    (void)fake_add(0, "My dog is called Rex.");
    fake_add(0, "My dog is called Rex.")->duplicate_of = 1;
    (void)fake_add(0, "my dog is called REX");
    (void)fake_add(0, "My dog is not called Rex.");
    q = ask("What is my dog called?");
    check_str(found(&a, r, &q), "3 4");
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

static void
what_was_deleted_meanwhile_is_not_given(void **state)
{
    struct recall      *r = open_recall(1 << 20);
    struct arena        a = ARENA_INIT;
    struct recall_query q;

    (void)state;
    (void)fake_add(0, "My dog is called Rex.");
    (void)fake_add(0, "My dog likes bones.");
    q = ask("dog");
    check_str(found(&a, r, &q), "1 2");
    fake_remove(1);
    check_str(found(&a, r, &q), "2");
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

static void
limit_and_budget_are_kept(void **state)
{
    struct recall      *r = open_recall(8 << 20);
    struct arena        a = ARENA_INIT;
    struct recall_query q;
    struct recall_answer all;
    struct error         err;

    (void)state;
    for (int i = 0; i < 400; i++)
        (void)fake_add(0, arena_printf(&a, "My dog number %d is brown.",
                                       i).ptr);
    for (size_t limit = 1; limit <= 250; limit += 83) {
        q = ask("dog");
        q.select.limit = limit;
        q.select.token_budget = 100000;
        assert_int_equal(recall_find(r, NULL, &a, &q, &all, &err), OK);
        assert_int_equal(all.count, limit);
    }
    for (size_t budget = 50; budget < 1500; budget += 75) {
        struct str block;

        q = ask("dog");
        q.select.token_budget = budget;
        assert_int_equal(recall_find(r, NULL, &a, &q, &all, &err), OK);
        block = render_memories(&a, STR("claude"), all.hits, all.count);
        assert_true(block.len / 4 <= budget);
        assert_true(budget < 200 || all.count > 0);
    }
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

static void
a_minimum_score_is_kept(void **state)
{
    struct recall      *r = open_recall(1 << 20);
    struct arena        a = ARENA_INIT;
    struct recall_query q;

    (void)state;
    (void)fake_add(0, "My dog is called Rex.");
    q = ask("dog");
    q.min_share = 1;
    check_str(found(&a, r, &q), "");
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

static void
past_the_deadline_nothing_is_given(void **state)
{
    struct recall      *r = open_recall(1 << 20);
    struct arena        a = ARENA_INIT;
    struct recall_query q;
    struct recall_answer none;
    struct error         err;

    (void)state;
    (void)fake_add(0, "My dog is called Rex.");
    q = ask("dog");
    check_str(found(&a, r, &q), "1");
    q.vault.deadline_us = clock_tick_us() - 1;
    assert_int_equal(recall_find(r, NULL, &a, &q, &none, &err), ERR_TIMEOUT);
    assert_int_equal(none.count, 0);
    recall_forget(r, 1);
    fake.failure = ERR_STORE;
    q = ask("dog");
    assert_int_equal(recall_find(r, NULL, &a, &q, &none, &err), ERR_STORE);
    assert_int_equal(none.count, 0);
    arena_release(&a);
    recall_close(r);
    fake_clear();
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_is_found),
        cmocka_unit_test(sessions_are_searched_as_the_scope_says),
        cmocka_unit_test(nothing_is_said_twice),
        cmocka_unit_test(what_was_deleted_meanwhile_is_not_given),
        cmocka_unit_test(limit_and_budget_are_kept),
        cmocka_unit_test(a_minimum_score_is_kept),
        cmocka_unit_test(past_the_deadline_nothing_is_given),
    };

    return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
