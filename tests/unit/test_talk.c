/* Files of conversations in LoCoMo's form, and the dates in them. */
#include "unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recall/date.h"
#include "recall/talk.h"

#include "base/banned.h"

static const int64_t DAY_MS = 86400000;

static void
dates_are_read_in_many_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t     minutes;  /* since 2023-05-08 00:00 */
    } dates[] = {
        { "1:56 pm on 8 May, 2023", 836 }, { "12:05 am on 8 May, 2023", 5 },
        { "12:30 PM on 8 May, 2023", 750 }, { "8 May 2023", 0 },
        { "May 8, 2023", 0 }, { "May-08-2023", 0 }, { "2023-05-08", 0 },
        { "2023-05-08T13:56:00Z", 836 }, { "08.05.2023, 13:56:00", 836 },
        { "05/08/2023", 0 }, { "23:59, Monday, 8th of May 2023", 1439 },
    };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        assert_true(date_read(str_from(dates[i].text), &ms));
        assert_int_equal(ms, 19485 * DAY_MS + dates[i].minutes * 60000);
    }
    assert_true(date_read(STR("1970-01-01"), &ms));
    assert_int_equal(ms, 0);
    assert_true(date_read(STR("29 February 2024"), &ms));
    assert_int_equal(ms, 19782 * DAY_MS);
}

static void
what_is_no_date_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "", "soon", "May", "8 May", "2023", "13:56", "99.99.2023", "2023-13-01",
        "25:00 on 8 May 2023", "999999999999999999999",
    };
    int64_t ms = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_false(date_read(str_from(texts[i]), &ms));
    assert_int_equal(ms, 7);
}

/* The conversations of a file with this text. */
static enum status
read_text(struct arena *a, const char *text, struct talk **talks,
          size_t *count)
{
    char         path[] = "/tmp/test_talk-XXXXXX";
    int          fd = mkstemp(path);
    struct error err;
    enum status  st;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    st = talk_read(a, path, talks, count, &err);
    assert_int_equal(unlink(path), 0);
    return st;
}

static const char people[] =
    "[{\"conversation\": {\"speaker_a\": \"Ada\","
    " \"session_2\": [{\"speaker\": \"Ada\", \"dia_id\": \"D2:1\","
    "  \"text\": \"Look!\", \"blip_caption\": \"a red boat\"}],"
    " \"session_1_date_time\": \"1:00 am on 2 January, 1970\","
    " \"session_1\": [{\"speaker\": \"Ada\", \"dia_id\": \"D1:1\","
    "  \"text\": \"Hello\\u0000 you\"},"
    "  {\"speaker\": \"Ben\", \"dia_id\": \"D1:2\", \"text\": \" \"},"
    "  {\"speaker\": \"Ben\", \"dia_id\": \"D1:3\", \"text\": \"Hi.\"}]},"
    " \"qa\": [{\"question\": \"Who?\", \"evidence\": [\"D1:1\", \"D\","
    "  \"D2:1; D1:1\"], \"category\": 4, \"answer\": NaN},"
    "  {\"question\": \"What?\", \"evidence\": \"D1:3; D9:9\","
    "   \"category\": \"3\", \"kind\": \"name\"},"
    "  {\"question\": \"Why?\", \"evidence\": [], \"category\": 1},"
    "  {\"question\": \"Where?\", \"evidence\": [\"D1:2\"]},"
    "  {\"question\": \"When?\", \"evidence\": [\"D1:1\"],"
    "   \"category\": 5}]}]";

static void
lines_stand_in_order_of_their_sessions(void **state)
{
    struct arena      a = ARENA_INIT;
    struct talk      *talks;
    struct talk_line *lines;
    size_t            count;

    (void)state;
    assert_int_equal(read_text(&a, people, &talks, &count), OK);
    assert_int_equal(count, 1);
    assert_int_equal(talks->line_count, 3);
    lines = talks->lines;
    check_str(lines[0].text, "Hello you");
    check_str(lines[1].text, "Hi.");
    check_str(lines[2].text, "Look! [shares a red boat]");
    check_str(lines[0].session, "session_1");
    check_str(lines[2].session, "session_2");
    check_str(lines[1].author, "Ben");
    assert_int_equal(lines[1].role, ROLE_USER);
    assert_int_equal(lines[0].occurred_ms, DAY_MS + 3600000 + 20000);
    assert_true(lines[2].occurred_ms > lines[1].occurred_ms + DAY_MS);
    arena_release(&a);
}

static void
only_questions_that_can_be_judged_are_asked(void **state)
{
    struct arena          a = ARENA_INIT;
    struct talk          *talks;
    struct talk_question *q;
    size_t                count;

    (void)state;
    assert_int_equal(read_text(&a, people, &talks, &count), OK);
    assert_int_equal(talks->question_count, 2);
    q = talks->questions;
    check_str(q[0].text, "Who?");
    check_str(q[0].category, "4");
    assert_int_equal(q[0].evidence_count, 2);
    assert_int_equal(q[0].evidence[0], 0);
    assert_int_equal(q[0].evidence[1], 2);
    check_str(q[1].category, "name");
    assert_int_equal(q[1].evidence_count, 1);
    assert_int_equal(q[1].evidence[0], 1);
    arena_release(&a);
}

static void
a_user_and_an_assistant_have_roles_and_no_names(void **state)
{
    static const char text[] =
        "[{\"conversation\": {\"session_1\": ["
        "{\"speaker\": \"User\", \"dia_id\": \"D1:1\", \"text\": \"a\"},"
        "{\"speaker\": \"assistant\", \"dia_id\": \"D1:2\", \"text\": \"b\"},"
        "{\"speaker\": \"human\", \"dia_id\": \"D1:3\", \"text\": \"c\"},"
        "{\"speaker\": \"AI\", \"dia_id\": \"D1:4\", \"text\": \"d\"}]},"
        "\"qa\": []}]";
    struct arena a = ARENA_INIT;
    struct talk *talks;
    size_t       count;

    (void)state;
    assert_int_equal(read_text(&a, text, &talks, &count), OK);
    assert_int_equal(talks->line_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(talks->lines[i].role,
                         i % 2 ? ROLE_ASSISTANT : ROLE_USER);
        assert_int_equal(talks->lines[i].author.len, 0);
    }
    arena_release(&a);
}

static void
other_files_are_refused(void **state)
{
    static const char *const texts[] = { "", "{}", "[{}]", "[1]", "no",
                                         "[{\"conversation\": {}}]" };
    struct arena a = ARENA_INIT;
    struct talk *talks;
    size_t       count;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(read_text(&a, texts[i], &talks, &count), ERR_INPUT);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read_in_many_forms),
        cmocka_unit_test(what_is_no_date_changes_nothing),
        cmocka_unit_test(lines_stand_in_order_of_their_sessions),
        cmocka_unit_test(only_questions_that_can_be_judged_are_asked),
        cmocka_unit_test(a_user_and_an_assistant_have_roles_and_no_names),
        cmocka_unit_test(other_files_are_refused),
    };

    return cmocka_run_group_tests_name("talk", tests, NULL, NULL);
}
