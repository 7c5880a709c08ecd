/* What the form of a memory and of a question tells. */
#include "unit/check.h"

#include "memory/signs.h"

#include "base/banned.h"

static void
memories_show_their_signs(void **state)
{
    static const struct {
        const char *text;
        const char *signs;  /* of "atns", those that are there */
    } rows[] = {
        { "", "" },
        { "we had soup", "" },
        { "How are you?", "a" },
        { "I saw her yesterday", "t" },
        { "we met two weeks ago", "t" },
        { "It was in May", "tn" },
        { "I may come", "" },
        { "they march on", "" },
        { "we go there every March", "tn" },
        { "last week it rained", "t" },
        { "the week was long", "" },
        { "born in 1987", "t" },
        { "room 1187", "" },
        { "room 19876", "" },
        { "we live in Lisbon", "n" },
        { "well, Ann said so", "n" },
        { "Lisbon is nice", "" },
        { "It rained. Then it stopped", "" },
        { "on the TV", "n" },
        { "Always answer briefly", "s" },
        { "From now on, be brief", "s" },
        { "please, when I ask for code, add tests", "s" },
        { "I prefer tea", "s" },
        { "he is nevertheless here", "" },
        { "the hallways never end", "s" },
        { "\xF0\x9F\x98\x80 \xFF\xFE", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct signs s = signs_of(str_from(rows[i].text));
        char         seen[5] = "";
        size_t       n = 0;

        if (s.asks)
            seen[n++] = 'a';
        if (s.timed)
            seen[n++] = 't';
        if (s.named)
            seen[n++] = 'n';
        if (s.standing)
            seen[n++] = 's';
        if (strcmp(seen, rows[i].signs) != 0)
            fail_msg("%s: %s", rows[i].text, seen);
    }
}

static void
questions_say_what_they_want(void **state)
{
    static const struct {
        const char *question;
        const char *wants;  /* of "wnu": when, which, about us */
    } rows[] = {
        { "", "" },
        { "When did it rain?", "w" },
        { "whenever it rains", "" },
        { "How long did it take?", "w" },
        { "What day was that?", "w" },
        { "Who came?", "n" },
        { "Whose dog is it?", "n" },
        { "whole wheat", "" },
        { "Where is the key?", "n" },
        { "What city was it?", "n" },
        { "What is my name?", "u" },
        { "When did we meet?", "wu" },
        { "where's Mine?", "nu" },
        { "Is it mine or ours?", "u" },
        { "Who came?\nTell me about the weather", "u" },
        { "I like it.\n\n  When was it?  \n", "w" },
        { "- \"Who came?\"", "n" },
        { "industry in Europe", "" },
        { "\n\n", "" },
        { "???", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct asks a = signs_asks(str_from(rows[i].question));
        char        seen[4] = "";
        size_t      n = 0;

        if (a.when)
            seen[n++] = 'w';
        if (a.which)
            seen[n++] = 'n';
        if (a.about_us)
            seen[n++] = 'u';
        if (strcmp(seen, rows[i].wants) != 0)
            fail_msg("%s: %s", rows[i].question, seen);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memories_show_their_signs),
        cmocka_unit_test(questions_say_what_they_want),
    };

    return cmocka_run_group_tests_name("signs", tests, NULL, NULL);
}
