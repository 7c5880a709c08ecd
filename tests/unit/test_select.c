/* Choosing among the ranked: duplicates, shares, limit and budget. */
#include "unit/check.h"

#include <math.h>

#include "memory/select.h"
#include "memory/words.h"

#include "base/banned.h"

enum { MOST = 80, NOW = 100000 };

/* A vault whose memories are ranked in the order in which they were added. */
struct fixture {
    struct arena      arena;
    struct words     *words;
    struct lexicon   *lex;
    struct memory_row rows[MOST];
    struct ranked     ranked[MOST];
    size_t            count;
    struct select_query query;
    struct pick      *picks;
};

static int
set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){ .arena = ARENA_INIT, .words = words_new(),
                          .lex = lexicon_new(NULL) };
    f.query = (struct select_query){
        .limit = 10, .token_budget = 1000,
        .windows = { .most_ms = { 100, 1000, 10000 }, .share_percent = 20,
                     .now_ms = NOW } };
    *state = &f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    lexicon_free(f->lex);
    words_free(f->words);
    arena_release(&f->arena);
    return 0;
}

/* `text` must live as long as the fixture. */
static struct memory_row *
add(struct fixture *f, const char *text, int64_t age)
{
    struct memory_row *row = &f->rows[f->count];

    *row = (struct memory_row){ .role = ROLE_USER };
    row->seq = row->id = (int64_t)f->count + 1;
    row->text = str_from(text);
    row->tokens = 10;
    row->occurred_ms = NOW - age;
    f->ranked[f->count] = (struct ranked){
        .item = (uint32_t)f->count, .relevant = true, .centred = NAN };
    f->ranked[f->count].score = 100 - (double)f->count;
    f->count++;
    return row;
}

/* All that recall.c does between ranking and the hits. */
static void
choose(struct fixture *f)
{
    struct index    ix;
    struct likeness likeness;

    for (size_t i = 0; i < f->count; i++)
        lexicon_add(f->lex, &f->rows[i]);
    ix = index_of(NULL, f->lex);
    f->picks = select_begin(&ix, &f->arena, &f->query, f->ranked, f->count);
    likeness = select_likeness(&ix, &f->arena, f->picks, f->count);
    for (size_t i = 0; i < f->count; i++) {
        struct pick *p = &f->picks[i];

        if (p->fate != FATE_CHOSEN)
            continue;
        p->row = &f->rows[p->item.seq - 1];
        p->tokens = (size_t)p->row->tokens;
    }
    select_end(&f->arena, f->words, &f->query, f->picks, f->count, &likeness);
}

/* The fate of the pick at a place, and of which memory it tells. */
static void
check_pick(const struct fixture *f, size_t at, int64_t id, enum fate fate,
           int64_t other_id)
{
    assert_int_equal(f->picks[at].item.id, id);
    assert_string_equal(select_fate_name(f->picks[at].fate),
                        select_fate_name(fate));
    assert_int_equal(f->picks[at].other_id, other_id);
}

static size_t
count_fate(const struct fixture *f, enum fate fate)
{
    size_t count = 0;

    for (size_t i = 0; i < f->count; i++)
        count += f->picks[i].fate == fate;
    return count;
}

static void
of_what_says_the_same_the_newest_stays_in_the_best_place(void **state)
{
    struct fixture *f = *state;

    (void)add(f, "My dog is called Rex.", 900);
    (void)add(f, "The sun is hot.", 50);
    (void)add(f, "my dog is called REX!", 5);
    add(f, "My dog is called Rex.", 700)->duplicate_of = 1;
    (void)add(f, "Called Rex is my dog.", 1);
    choose(f);
    check_pick(f, 0, 5, FATE_CHOSEN, 0);
    check_pick(f, 1, 2, FATE_CHOSEN, 0);
    assert_int_equal(count_fate(f, FATE_REPEATED), 3);
    assert_int_equal(f->picks[0].window, WINDOW_HOT);
    assert_ptr_equal(f->picks[0].row, &f->rows[4]);
    for (size_t i = 2; i < f->count; i++)
        assert_true(f->picks[i].other_id != 0);
}

static void
roles_authors_and_questions_are_not_compared(void **state)
{
    struct fixture *f = *state;

    (void)add(f, "The cabin key is under the mat.", 900);
    add(f, "Under the mat is the cabin key.", 800)->role = ROLE_ASSISTANT;
    add(f, "The mat is under the cabin key.", 700)->author = STR("Ann");
    (void)add(f, "Is the cabin key under the mat?", 600);
    choose(f);
    assert_int_equal(count_fate(f, FATE_CHOSEN), f->count);
}

static void
what_is_irrelevant_is_told_so(void **state)
{
    struct fixture *f = *state;

    (void)add(f, "My dog is called Rex.", 1);
    (void)add(f, "my dog is called rex", 2);
    (void)add(f, "A stone.", 3);
    f->ranked[0].relevant = f->ranked[2].relevant = false;
    choose(f);
    check_pick(f, 0, 1, FATE_IRRELEVANT, 0);
    check_pick(f, 1, 2, FATE_CHOSEN, 0);
    check_pick(f, 2, 3, FATE_IRRELEVANT, 0);
}

static void
add_numbered(struct fixture *f, size_t count, int64_t age)
{
    for (size_t i = 0; i < count; i++)
        (void)add(f, arena_printf(&f->arena, "Note %zu of age %lld.", i,
                                  (long long)age).ptr, age);
}

static size_t
count_chosen_of(const struct fixture *f, enum window window)
{
    size_t count = 0;

    for (size_t i = 0; i < f->count; i++)
        count += f->picks[i].fate == FATE_CHOSEN &&
                 f->picks[i].window == window;
    return count;
}

static void
each_window_has_its_share(void **state)
{
    struct fixture *f = *state;

    add_numbered(f, 20, 50);
    add_numbered(f, 1, 500);
    add_numbered(f, 5, 5000);
    add_numbered(f, 5, 50000);
    choose(f);
    assert_int_equal(count_chosen_of(f, WINDOW_HOT), 5);
    assert_int_equal(count_chosen_of(f, WINDOW_WORKING), 1);
    assert_int_equal(count_chosen_of(f, WINDOW_LONGTERM), 2);
    assert_int_equal(count_chosen_of(f, WINDOW_ARCHIVE), 2);
}

static void
what_a_window_leaves_goes_to_the_best(void **state)
{
    struct fixture *f = *state;

    add_numbered(f, 30, 50);
    choose(f);
    assert_int_equal(count_fate(f, FATE_CHOSEN), 10);
    for (size_t i = 0; i < f->count; i++)
        assert_int_equal(f->picks[i].fate,
                         i < 10 ? FATE_CHOSEN : FATE_LIMIT);
}

static void
what_is_too_long_makes_room_for_shorter_ones(void **state)
{
    struct fixture *f = *state;

    f->query.token_budget = 100;
    add_numbered(f, 4, 50);
    f->rows[0].tokens = 90;
    f->rows[1].tokens = 90;
    choose(f);
    check_pick(f, 0, 1, FATE_BUDGET, 0);
    check_pick(f, 1, 2, FATE_BUDGET, 0);
    check_pick(f, 2, 3, FATE_CHOSEN, 0);
    check_pick(f, 3, 4, FATE_CHOSEN, 0);
}

/* Whatever the numbers are: limit and budget hold, each fate is explained,
 * and who was left out for the limit was left out at the limit. */
static void
limits_always_hold(void **state)
{
    static const int64_t ages[] = { 1, 500, 5000, 50000 };

    for (unsigned seed = 1; seed <= 60; seed++) {
        struct fixture *f;
        unsigned        n = seed * 2654435761U;
        size_t          tokens = 0, chosen, share, of_window[WINDOW_COUNT];

        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        f = *state;
        f->query.limit = 1 + seed % 23;
        f->query.token_budget = 40 + seed * 13 % 400;
        f->query.windows.share_percent = seed % 26;
        memset(of_window, 0, sizeof(of_window));
        for (size_t i = 0; i < MOST; i++, n = n * 1103515245U + 12345U) {
            struct memory_row *row =
                add(f, arena_printf(&f->arena, "Number %zu.", i).ptr,
                    ages[n / 65536 % COUNT(ages)]);

            row->tokens = 5 + n / 524288 % 30;
        }
        choose(f);
        chosen = count_fate(f, FATE_CHOSEN);
        share = windows_share(&f->query.windows, f->query.limit);
        for (size_t i = 0; i < f->count; i++) {
            const struct pick *p = &f->picks[i];

            of_window[p->window]++;
            tokens += p->fate == FATE_CHOSEN ? p->tokens : 0;
            assert_true(p->fate == FATE_CHOSEN || p->fate == FATE_LIMIT ||
                        p->fate == FATE_BUDGET);
        }
        assert_true(chosen <= f->query.limit);
        assert_true(tokens <= f->query.token_budget);
        if (count_fate(f, FATE_BUDGET) == 0) {
            assert_int_equal(chosen, f->query.limit);
            for (size_t w = 0; w < WINDOW_COUNT; w++)
                assert_true(count_chosen_of(f, (enum window)w) >=
                            (share < of_window[w] ? share : of_window[w]));
        }
    }
}

static void
what_is_gone_takes_no_place(void **state)
{
    struct fixture *f = *state;
    struct index    ix;
    struct likeness likeness;

    add_numbered(f, 12, 50);
    for (size_t i = 0; i < f->count; i++)
        lexicon_add(f->lex, &f->rows[i]);
    ix = index_of(NULL, f->lex);
    f->picks = select_begin(&ix, &f->arena, &f->query, f->ranked, f->count);
    likeness = select_likeness(&ix, &f->arena, f->picks, f->count);
    for (size_t i = 0; i < f->count; i++) {
        f->picks[i].fate = i % 6 ? FATE_CHOSEN : FATE_GONE;
        f->picks[i].row = i % 6 ? &f->rows[i] : NULL;
        f->picks[i].tokens = 10;
    }
    select_end(&f->arena, f->words, &f->query, f->picks, f->count, &likeness);
    assert_int_equal(count_fate(f, FATE_CHOSEN), 10);
    assert_int_equal(count_fate(f, FATE_GONE), 2);
}

static void
the_entry_of_a_name_has_the_first_place(void **state)
{
    struct fixture *f = *state;

    f->query.limit = 2;
    f->query.name = STR("door");
    (void)add(f, "doors: green", 4);
    (void)add(f, "door is what I painted", 3);
    (void)add(f, "door: red", 2000);
    (void)add(f, "window: red", 2);
    (void)add(f, "door: blue", 50);
    choose(f);
    for (size_t i = 0; i < f->count; i++) {
        bool named = str_starts(f->picks[i].row->text, STR("door:"));

        assert_int_equal(f->picks[i].named, named);
        assert_int_equal(f->picks[i].fate,
                         named ? FATE_CHOSEN : FATE_LIMIT);
    }
}

static void
of_two_entries_of_a_name_the_later_has_the_place(void **state)
{
    struct fixture *f = *state;

    f->query.limit = 1;
    f->query.name = STR("door");
    (void)add(f, "door: red", 2000);
    (void)add(f, "door: blue", 50);
    choose(f);
    check_pick(f, 0, 1, FATE_LIMIT, 0);
    check_pick(f, 1, 2, FATE_CHOSEN, 0);
}

static void
entries_of_other_names_say_something_else(void **state)
{
    struct fixture *f = *state;

    f->query.name = STR("yes");
    (void)add(f, "yes: the same words", 2);
    (void)add(f, "the same words, yes", 1);
    choose(f);
    check_pick(f, 0, 1, FATE_CHOSEN, 0);
    check_pick(f, 1, 2, FATE_CHOSEN, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(of_what_says_the_same_the_newest_stays_in_the_best_place),
        TEST(roles_authors_and_questions_are_not_compared),
        TEST(what_is_irrelevant_is_told_so),
        TEST(each_window_has_its_share),
        TEST(what_a_window_leaves_goes_to_the_best),
        TEST(what_is_too_long_makes_room_for_shorter_ones),
        TEST(limits_always_hold),
        TEST(what_is_gone_takes_no_place),
        TEST(the_entry_of_a_name_has_the_first_place),
        TEST(of_two_entries_of_a_name_the_later_has_the_place),
        TEST(entries_of_other_names_say_something_else),
    };

    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
