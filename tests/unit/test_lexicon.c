/* The index of words, and the ranker on top of it. */
#include "unit/check.h"

#include "memory/rank.h"

#include "base/banned.h"

static int64_t next_seq;

/* One window holds all. */
static const struct windows windows = { .most_ms = { 0 } };

static void
say(struct lexicon *lex, int64_t session, const char *author,
    const char *text)
{
    struct memory_row row = { .session_id = session, .role = ROLE_USER };

    row.seq = row.id = row.occurred_ms = ++next_seq;
    row.author = str_from(author);
    row.text = str_from(text);
    lexicon_add(lex, &row);
}

static struct lexicon *
new_lexicon(void)
{
    next_seq = 0;
    return lexicon_new(NULL);
}

/* As rank_find(), on an index without base and vectors. */
static void
rank(struct arena *a, const struct lexicon *lex, const struct rank_query *q,
     struct ranked **list, size_t *count)
{
    struct index         ix = index_of(NULL, lex);
    struct scratch_pool *pool = scratch_open(1);
    struct scratch      *scratch = scratch_borrow(pool, index_count(&ix));
    struct rank_query    in_windows = *q;

    in_windows.windows = &windows;
    assert_false(rank_find(&ix, scratch, a, &in_windows, list, count));
    for (uint32_t i = 0; i < index_count(&ix); i++)
        assert_true(scratch->own[i] == 0 && scratch->context[i] == 0 &&
                    scratch->shared[i] == 0 && scratch->near[i] == 0);
    scratch_return(pool, scratch);
    scratch_close(pool);
}

/* The numbers of relevant memories, best first, as "2 0". */
static struct str
find(struct arena *a, const struct lexicon *lex, const char *question,
     struct match_scope scope)
{
    struct rank_query q = { .question = str_from(question), .scope = scope,
                            .keep = 100 };
    struct ranked    *list;
    struct str        out = STR_NONE;
    size_t            count;

    rank(a, lex, &q, &list, &count);
    for (size_t i = 0; i < count; i++)
        if (list[i].relevant)
            out = arena_printf(a, "%.*s%s%u", STR_ARG(out),
                               out.len ? " " : "", list[i].item);
    return out;
}

static struct match_scope
scope_of(bool all, int64_t first, int64_t second)
{
    return (struct match_scope){ .all = all, .first = first,
                                 .second = second };
}

static const struct match_scope everything = { .all = true };

static void
the_only_memory_is_found(void **state)
{
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    say(lex, 0, "", "Remember that my favorite color is blue.");
    check_str(find(&a, lex, "What is my favorite color?", everything), "0");
    check_str(find(&a, lex, "What's my favourite colour", everything), "0");
    arena_release(&a);
    lexicon_free(lex);
}

static void
what_shares_nothing_is_not_relevant(void **state)
{
    static const char *const questions[] = {
        "hi", "Hello there!", "", "?!", "thanks", "How are you?",
        "What is the capital of France?",
        "Explain how photosynthesis works in plants",
    };
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    check_str(find(&a, lex, "my color", everything), "");
    say(lex, 0, "", "Hi! How are you?");
    say(lex, 0, "", "Remember that my favorite color is blue.");
    say(lex, 0, "", "I work for a bank.");
    for (size_t i = 0; i < COUNT(questions); i++)
        check_str(find(&a, lex, questions[i], everything), "");
    arena_release(&a);
    lexicon_free(lex);
}

static void
a_small_vault_gives_only_what_fits(void **state)
{
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    say(lex, 1, "", "My sister lives in Lisbon.");
    say(lex, 2, "", "I am allergic to peanuts.");
    say(lex, 3, "", "Our dog is called Rex.");
    say(lex, 4, "", "I was born in May 1980.");
    check_str(find(&a, lex, "What is my dog's name?", everything), "2");
    check_str(find(&a, lex, "Which nuts am I allergic to?", everything), "1");
    check_str(find(&a, lex, "Where does my sister live?", everything), "0");
    check_str(find(&a, lex, "1980", everything), "3");
    arena_release(&a);
    lexicon_free(lex);
}

static void
of_equals_the_newer_ranks_first(void **state)
{
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    say(lex, 1, "", "The code word is apple.");
    say(lex, 2, "", "The code word is cherry.");
    check_str(find(&a, lex, "code word", everything), "1 0");
    check_str(find(&a, lex, "code word", scope_of(true, 1, 1)), "0 1");
    arena_release(&a);
    lexicon_free(lex);
}

static void
a_scope_hides_other_sessions(void **state)
{
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    say(lex, 0, "", "The code word is apple.");
    say(lex, 7, "", "The code word is cherry.");
    say(lex, 8, "", "The code word is plum.");
    check_str(find(&a, lex, "code word", scope_of(false, 7, 7)), "1");
    check_str(find(&a, lex, "code word", scope_of(false, 7, 0)), "1 0");
    check_str(find(&a, lex, "code word", scope_of(false, -1, -1)), "");
    check_str(find(&a, lex, "code word", scope_of(false, 0, 0)), "0");
    arena_release(&a);
    lexicon_free(lex);
}

static void
the_author_who_is_asked_about_ranks_first(void **state)
{
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    say(lex, 1, "Ann", "I went hiking in the hills.");
    say(lex, 2, "Bob", "I went hiking in the woods.");
    check_str(find(&a, lex, "Where did Ann go hiking?", everything), "0 1");
    check_str(find(&a, lex, "Where did Bob go hiking?", everything), "1 0");
    arena_release(&a);
    lexicon_free(lex);
}

static void
the_answer_next_door_is_found(void **state)
{
    struct lexicon *lex = new_lexicon();
    struct arena    a = ARENA_INIT;

    (void)state;
    for (int i = 0; i < 30; i++)
        say(lex, 2, "", "We talked about the weather and the garden.");
    say(lex, 1, "Ann", "What is the name of your violin teacher?");
    say(lex, 1, "Bob", "She is called Irina Petrova.");
    check_str(find(&a, lex, "Who is Bob's violin teacher?", everything),
              "31 30");
    arena_release(&a);
    lexicon_free(lex);
}

static void
neighbours_are_those_of_the_session(void **state)
{
    struct lexicon *lex = new_lexicon();

    (void)state;
    say(lex, 1, "", "one");
    say(lex, 2, "", "two three");
    say(lex, 1, "", "four five six");
    assert_int_equal(lexicon_place(lex, 0)->next, 2);
    assert_int_equal(lexicon_place(lex, 2)->previous, 0);
    assert_int_equal(lexicon_place(lex, 1)->previous, LEXICON_NONE);
    assert_int_equal(lexicon_session_count(lex, 1), 2);
    assert_int_equal(lexicon_session_count(lex, 99), 0);
    assert_int_equal(lexicon_place(lex, 0)->context, 4);
    lexicon_free(lex);
}

static void
add_numbered(struct lexicon *lex, int64_t seq, int64_t id, const char *text)
{
    struct memory_row row = { .seq = seq, .id = id, .session_id = 1,
                              .text = str_from(text) };

    lexicon_add(lex, &row);
}

/* The same places and sums as of one whose rows come in order of id. */
static void
what_was_edited_keeps_its_neighbours(void **state)
{
    static const struct {
        int64_t     id;
        const char *text;
    } rows[] = {
        { 1, "one" }, { 2, "two three" }, { 3, "four five six" },
        { 4, "seven eight nine ten" },
    };
    static const size_t orders[][4] = {
        { 0, 2, 3, 1 }, { 1, 2, 3, 0 }, { 3, 2, 1, 0 }, { 0, 3, 1, 2 },
    };
    struct lexicon *straight = new_lexicon();

    (void)state;
    for (size_t i = 0; i < 4; i++)
        add_numbered(straight, (int64_t)i + 1, rows[i].id, rows[i].text);
    for (size_t o = 0; o < COUNT(orders); o++) {
        struct lexicon *lex = new_lexicon();
        uint32_t        at[4];

        for (uint32_t i = 0; i < 4; i++) {
            at[orders[o][i]] = i;
            add_numbered(lex, i + 1, rows[orders[o][i]].id,
                         rows[orders[o][i]].text);
        }
        for (uint32_t i = 0; i < 4; i++) {
            const struct lexicon_place *p = lexicon_place(lex, at[i]);

            assert_int_equal(p->previous, i > 0 ? at[i - 1] : LEXICON_NONE);
            assert_int_equal(p->next, i < 3 ? at[i + 1] : LEXICON_NONE);
            assert_int_equal(p->context, lexicon_place(straight, i)->context);
        }
        assert_int_equal(lexicon_session_last(lex, 1), at[3]);
        assert_int_equal(lexicon_total_context(lex),
                         lexicon_total_context(straight));
        lexicon_free(lex);
    }
    lexicon_free(straight);
}

/* The base does not change: what is older stands behind its last one. */
static void
what_was_edited_stands_behind_a_base(void **state)
{
    struct lexicon *base = new_lexicon();
    struct lexicon *lex = lexicon_new(base);

    (void)state;
    add_numbered(base, 1, 1, "one");
    add_numbered(base, 9, 9, "nine");
    lexicon_free(lex);
    lex = lexicon_new(base);
    add_numbered(lex, 10, 10, "ten ten");
    add_numbered(lex, 11, 5, "five five five");
    assert_int_equal(lexicon_after(lex, 1), 3);
    assert_int_equal(lexicon_place(lex, 3)->previous, 1);
    assert_int_equal(lexicon_place(lex, 3)->next, 2);
    assert_int_equal(lexicon_place(lex, 2)->previous, 3);
    assert_int_equal(lexicon_place(lex, 2)->next, LEXICON_NONE);
    assert_int_equal(lexicon_session_last(lex, 1), 2);
    assert_int_equal(lexicon_place(lex, 3)->context, 1 + 3 + 2);
    assert_int_equal(lexicon_place(lex, 2)->context, 3 + 2);
    assert_int_equal(lexicon_total_context(lex), 6 + 5 + 3);
    lexicon_free(lex);
    lexicon_free(base);
}

static void
the_same_said_again_is_known(void **state)
{
    struct lexicon *lex = new_lexicon();

    (void)state;
    say(lex, 0, "", "I like the colour blue!");
    say(lex, 0, "", "i LIKE the color  blue");
    say(lex, 0, "", "I do not like the color blue");
    say(lex, 0, "Ann", "I like the colour blue!");
    assert_true(lexicon_item(lex, 0)->same == lexicon_item(lex, 1)->same);
    assert_true(lexicon_item(lex, 0)->same != lexicon_item(lex, 2)->same);
    assert_true(lexicon_item(lex, 0)->same != lexicon_item(lex, 3)->same);
    lexicon_free(lex);
}

/* What is kept is what a sort of everything would put first. */
static void
keeping_few_gives_the_first_of_all(void **state)
{
    struct lexicon   *lex = new_lexicon();
    struct arena      a = ARENA_INIT;
    struct rank_query q = { .question = STR("red boat lake"),
                            .scope = everything, .keep = 1000 };
    struct ranked    *all, *few;
    size_t            all_count, few_count;

    (void)state;
    for (int i = 0; i < 500; i++)
        say(lex, i % 7, "", arena_printf(&a, "%s %s %s number %d",
                                         i % 2 ? "red" : "green",
                                         i % 3 ? "boat" : "house",
                                         i % 5 ? "sea" : "lake", i % 11).ptr);
    rank(&a, lex, &q, &all, &all_count);
    assert_true(all_count > 400);
    for (q.keep = 1; q.keep < 60; q.keep += 7) {
        rank(&a, lex, &q, &few, &few_count);
        assert_int_equal(few_count, q.keep);
        for (size_t i = 0; i < few_count; i++)
            assert_int_equal(few[i].item, all[i].item);
    }
    arena_release(&a);
    lexicon_free(lex);
}

static void
a_very_long_question_is_answered(void **state)
{
    struct lexicon   *lex = new_lexicon();
    struct arena      a = ARENA_INIT;
    struct str        text = STR("zebra escaped zoo");

    (void)state;
    say(lex, 0, "", "The zebra escaped from the zoo.");
    for (int i = 0; i < 700; i++)
        text = arena_printf(&a, "%.*s filler%d", STR_ARG(text), i);
    check_str(find(&a, lex, text.ptr, everything), "0");
    arena_release(&a);
    lexicon_free(lex);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_memory_is_found),
        cmocka_unit_test(what_shares_nothing_is_not_relevant),
        cmocka_unit_test(a_small_vault_gives_only_what_fits),
        cmocka_unit_test(of_equals_the_newer_ranks_first),
        cmocka_unit_test(a_scope_hides_other_sessions),
        cmocka_unit_test(the_author_who_is_asked_about_ranks_first),
        cmocka_unit_test(the_answer_next_door_is_found),
        cmocka_unit_test(neighbours_are_those_of_the_session),
        cmocka_unit_test(what_was_edited_keeps_its_neighbours),
        cmocka_unit_test(what_was_edited_stands_behind_a_base),
        cmocka_unit_test(the_same_said_again_is_known),
        cmocka_unit_test(keeping_few_gives_the_first_of_all),
        cmocka_unit_test(a_very_long_question_is_answered),
    };

    return cmocka_run_group_tests_name("lexicon", tests, NULL, NULL);
}
