/* Which times questions speak of. */
#include "unit/check.h"

#include <stdio.h>

#include "base/buf.h"
#include "memory/calendar.h"
#include "memory/when.h"

#include "base/banned.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (1440 * MINUTE_MS)

/* Thursday, 2023-06-15 14:30 UTC, unless a row says otherwise. */
#define NOW "2023-06-15T14:30"

/* "2023-06-15" or "2023-06-15T14:30"; the bytes that it takes. */
static size_t
read_time(const char *text, int64_t *ms)
{
    int year, month, day, hour = 0, minute = 0;
    int count = sscanf(text, "%4d-%2d-%2dT%2d:%2d", &year, &month, &day,
                       &hour, &minute);

    assert_true(count == 3 || count == 5);
    *ms = calendar_day(year, month, day) * DAY_MS +
          (hour * 60 + minute) * MINUTE_MS;
    return count == 3 ? 10 : 16;
}

static void
write_time(struct buf *b, int64_t ms, int64_t now_ms)
{
    int64_t              day = ms / DAY_MS - (ms % DAY_MS < 0);
    struct calendar_date d = calendar_date(day);
    int                  minute = (int)((ms - day * DAY_MS) / MINUTE_MS);

    if (ms == WHEN_EVER_MS) {
        buf_add_byte(b, '*');
    } else if (ms == now_ms || ms == now_ms + 1) {
        buf_add(b, STR("now"));
    } else {
        buf_printf(b, "%lld-%02d-%02d", (long long)d.year, d.month, d.day);
        if (minute)
            buf_printf(b, "T%02d:%02d", minute / 60, minute % 60);
    }
}

/* "from/to" for each range, vague ones with "~". */
static void
check_ranges(const char *now_text, const char *text, const char *want)
{
    struct when_now   now = { 0 };
    struct when_range ranges[WHEN_RANGES_MAX];
    struct buf        b = BUF_INIT(4096);
    size_t            count;

    (void)read_time(now_text, &now.ms);
    count = when_asked(str_from(text), &now, ranges);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_byte(&b, ' ');
        if (ranges[i].strength == WHEN_VAGUE)
            buf_add_byte(&b, '~');
        write_time(&b, ranges[i].from_ms, now.ms);
        buf_add_byte(&b, '/');
        write_time(&b, ranges[i].to_ms, now.ms);
    }
    buf_add_byte(&b, '\0');
    if (strcmp(b.ptr, want) != 0)
        fail_msg("%s: %s, not %s", text, b.ptr, want);
    buf_release(&b);
}

struct row {
    const char *text;
    const char *ranges;
};

static void
check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_ranges(NOW, rows[i].text, rows[i].ranges);
}

static void
days_and_their_parts(void **state)
{
    static const struct row rows[] = {
        { "What did I eat today?", "2023-06-15/2023-06-16" },
        { "what did we talk about yesterday", "2023-06-14/2023-06-15" },
        { "the day before yesterday", "2023-06-13/2023-06-14" },
        { "earlier today", "2023-06-15/2023-06-16" },
        { "this morning", "2023-06-15T04:00/2023-06-15T12:00" },
        { "yesterday evening", "2023-06-14T17:00/2023-06-15" },
        { "last night", "2023-06-14T18:00/2023-06-15T06:00" },
        { "What did I order this afternoon?",
          "2023-06-15T12:00/2023-06-15T18:00" },
        { "tonight", "" }, /* is to come */
        { "tomorrow", "" },
        { "What is planned for next week?", "" },
        { "in 3 days", "" },
        { "next Friday", "" },
        { "vendredi prochain", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
    check_ranges("2023-06-15T20:00", "tonight",
                 "2023-06-15T18:00/2023-06-16T06:00");
}

static void
weeks_months_and_years(void **state)
{
    static const struct row rows[] = {
        { "this week", "2023-06-12/2023-06-19" },
        { "What did I do last week?", "2023-06-05/2023-06-12" },
        { "last month", "2023-05-01/2023-06-01" },
        { "earlier this month", "2023-06-01/2023-07-01" },
        { "last year", "2022-01-01/2023-01-01" },
        { "this year", "2023-01-01/2024-01-01" },
        { "the previous week", "2023-06-05/2023-06-12" },
        { "last weekend", "2023-06-10/2023-06-12" },
        { "on the weekend", "2023-06-10/2023-06-12" },
        { "this weekend", "2023-06-10/2023-06-12" },
        { "the past week", "2023-06-08T14:30/now" },
        { "in the last 3 days", "2023-06-12T14:30/now" },
        { "over the past few days", "~2023-06-09T14:30/now" },
        { "within the last hour", "2023-06-15T13:30/now" },
        { "in the last two weeks", "2023-06-01T14:30/now" },
        { "the past six months", "2022-12-15/now" },
        { "the last couple of weeks", "~2023-05-18T14:30/now" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
    check_ranges("2023-06-18T09:00", "last weekend", "2023-06-10/2023-06-12");
    check_ranges("2023-06-18T09:00", "this weekend", "2023-06-17/2023-06-19");
    check_ranges("2024-01-02T09:00", "last month", "2023-12-01/2024-01-01");
    check_ranges("2024-01-01T00:00", "yesterday", "2023-12-31/now");
}

static void
so_long_ago(void **state)
{
    static const struct row rows[] = {
        { "3 days ago", "2023-06-12/2023-06-13" },
        { "three days ago", "2023-06-12/2023-06-13" },
        { "a day ago", "2023-06-14/2023-06-15" },
        { "What did I say two weeks ago?", "~2023-05-28/2023-06-06" },
        { "a week ago", "~2023-06-05/2023-06-12" },
        { "10 minutes ago", "~2023-06-15T14:10/now" },
        { "two hours ago", "~2023-06-15T11:00/2023-06-15T14:00" },
        { "an hour ago", "~2023-06-15T12:15/2023-06-15T14:45" },
        { "a month ago", "~2023-04-29/2023-06-01" },
        { "a year ago", "~2021-12-14/2022-12-16" },
        { "a few days ago", "~2023-06-09/2023-06-13" },
        { "a couple of days ago", "~2023-06-11/2023-06-14" },
        { "5 years old", "" },
        { "for 3 days", "" },
        { "ago", "" },
        { "99999999999999999999 days ago", "" },
        { "0 days ago", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
weekdays(void **state)
{
    static const struct row rows[] = {
        { "What did I buy on Tuesday?", "2023-06-13/2023-06-14" },
        { "last Friday", "2023-06-09/2023-06-10" },
        { "on thursday", "2023-06-15/2023-06-16 2023-06-08/2023-06-09" },
        { "last Thursday", "2023-06-08/2023-06-09" },
        { "on Monday morning", "2023-06-12T04:00/2023-06-12T12:00" },
        { "Sunday roast", "~2023-06-11/2023-06-12" },
        { "How was the weekend?", "2023-06-10/2023-06-12" },
        { "every Monday", "" },
        { "I like Mondays", "" },
        { "since Monday", "2023-06-12/now" },
        { "from Monday to Wednesday", "2023-06-12/2023-06-15" },
        { "from Friday to Monday", "2023-06-09/2023-06-13" },
        { "between Wednesday and Friday", "2023-06-07/2023-06-10" },
        { "the cat sat on the mat in the sun", "" },
        { "mon ami", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
months_and_dates(void **state)
{
    static const struct row rows[] = {
        { "in December", "2022-12-01/2023-01-01" },
        { "in June", "2023-06-01/2023-07-01" },
        { "last June", "2022-06-01/2022-07-01" },
        { "in December 2021", "2021-12-01/2022-01-01" },
        { "december 2021", "2021-12-01/2022-01-01" },
        { "in March of 2020", "2020-03-01/2020-04-01" },
        { "in early May", "2023-05-01/2023-06-01" },
        { "in the first week of May", "2023-05-01/2023-06-01" },
        { "notes from April", "2023-04-01/2023-05-01" },
        { "the December trip", "~2022-12-01/2023-01-01" },
        { "files from 2021", "2021-01-01/2022-01-01" },
        { "on 5 May", "2023-05-05/2023-05-06" },
        { "on the 5th of May", "2023-05-05/2023-05-06" },
        { "May 5th, 2022", "2022-05-05/2022-05-06" },
        { "on December 24", "2022-12-24/2022-12-25" },
        { "Dec 5", "2022-12-05/2022-12-06" },
        { "December 1,2022", "2022-12-01/2022-12-02" },
        { "5 Jan 2023", "2023-01-05/2023-01-06" },
        { "2023-05-05", "2023-05-05/2023-05-06" },
        { "on 2023-05-05T10:30:00Z", "2023-05-05/2023-05-06" },
        { "2023-05", "2023-05-01/2023-06-01" },
        { "2022/05/07", "2022-05-07/2022-05-08" },
        { "on 05/06/2023?",
          "2023-06-05/2023-06-06 2023-05-06/2023-05-07" },
        { "on 25/12/2022", "2022-12-25/2022-12-26" },
        { "on 12/25/22", "2022-12-25/2022-12-26" },
        { "am 5.6.2023", "2023-06-05/2023-06-06" },
        { "in 2022", "2022-01-01/2023-01-01" },
        { "since 2021", "2021-01-01/now" },
        { "29 February", "2020-02-29/2020-03-01" },
        { "on 31 April", "" },
        { "on 2023-02-30", "" },
        { "2024-01-01", "" }, /* is to come */
        { "29/02/2023", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
bounds(void **state)
{
    static const struct row rows[] = {
        { "before March", "*/2023-03-01" },
        { "after March", "2023-04-01/now" },
        { "until yesterday", "*/2023-06-15" },
        { "since last week", "2023-06-05/now" },
        { "since May 5", "2023-05-05/now" },
        { "between May and July", "2022-05-01/2022-08-01" },
        { "between March and May", "2023-03-01/2023-06-01" },
        { "between 2020 and 2022", "2020-01-01/2023-01-01" },
        { "from 5 to 7 May", "2023-05-05/2023-05-08" },
        { "5-7 May", "2023-05-05/2023-05-08" },
        { "between 2023-05-01 and 2023-05-03", "2023-05-01/2023-05-04" },
        { "between you and me", "" },
        { "the week before 16 May 2023", "2023-05-09/2023-05-16" },
        { "two weeks before 16 May", "~2023-04-28/2023-05-07" },
        { "3 days after Christmas", "2022-12-27/2022-12-28" },
        { "the day after 5 May", "2023-05-06/2023-05-07" },
        { "last weekend before April 10", "2023-04-03/2023-04-10" },
        { "on the Sunday before 25 October 2022", "2022-10-23/2022-10-24" },
        { "the Tuesday after 25 October 2022", "2022-11-01/2022-11-02" },
        { "before I forget", "" },
        { "since I moved", "" },
        { "after the party", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
seasons_holidays_and_rough_times(void **state)
{
    static const struct row rows[] = {
        { "last summer", "2022-06-01/2022-09-01" },
        { "in the summer of 2021", "2021-06-01/2021-09-01" },
        { "this spring", "2023-03-01/2023-06-01" },
        { "in winter", "2022-12-01/2023-03-01" },
        { "winter 2022", "2021-12-01/2022-03-01 2022-12-01/2023-03-01" },
        { "last Christmas", "2022-12-24/2022-12-27" },
        { "at Christmas", "2022-12-24/2022-12-27" },
        { "Christmas 2021", "2021-12-24/2021-12-27" },
        { "What did I say recently?", "~2023-06-01T14:30/now" },
        { "the Christmas tree", "" },
        { "a summer dress", "" },
        { "spring onions", "" },
        { "did I fall", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
false_friends(void **state)
{
    static const struct row rows[] = {
        { "May I ask you something?", "" },
        { "you may go", "" },
        { "march on", "" },
        { "They march to war", "" },
        { "Give me a second", "" },
        { "the second one", "" },
        { "What is my last name?", "" },
        { "the last time", "" },
        { "the last one", "" },
        { "Where does August live?", "" },
        { "June's birthday", "" },
        { "with April", "" },
        { "What is the last minute offer?", "" },
        { "write 2000 words", "" },
        { "in 2000 words", "" },
        { "room 2022", "" },
        { "ABC-2023-05-05x", "" },
        { "version 1.2.2023", "2023-02-01/2023-02-02" },
        { "call 555-1234", "" },
        { "10:30", "" },
        { "3.14", "" },
        { "1/2 cup", "" },
        { "I have 5. May I go?", "" },
        { "One day at a time", "" },
        { "the week of fashion", "" },
        { "past tense", "" },
        { "this and that", "" },
        { "", "" },
        { "\xff\xfe 2023\xcc", "" },
        { "Wo ist hier ein Bahnhof?", "" },
        { "In diesem Fall war das so", "" },
        { "Mars is a planet", "" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
other_languages(void **state)
{
    static const struct row rows[] = {
        { "Was habe ich gestern gegessen?", "2023-06-14/2023-06-15" },
        { "vorgestern", "2023-06-13/2023-06-14" },
        { "gestern Abend", "2023-06-14T17:00/2023-06-15" },
        { "heute Morgen", "2023-06-15T04:00/2023-06-15T12:00" },
        { "letzte Woche", "2023-06-05/2023-06-12" },
        { "im letzten Monat", "2023-05-01/2023-06-01" },
        { "vor 3 Tagen", "2023-06-12/2023-06-13" },
        { "vor einer Woche", "~2023-06-05/2023-06-12" },
        { "vor ein paar Tagen", "~2023-06-09/2023-06-13" },
        { "in den letzten 3 Tagen", "2023-06-12T14:30/now" },
        { "Was war am 5. Mai?", "2023-05-05/2023-05-06" },
        { "im Dezember 2021", "2021-12-01/2022-01-01" },
        { "seit Montag", "2023-06-12/now" },
        { "zwischen März und Mai", "2023-03-01/2023-06-01" },
        { "am Wochenende", "2023-06-10/2023-06-12" },
        { "Sommer 2022", "2022-06-01/2022-09-01" },
        { "Qu'est-ce que j'ai mangé hier ?", "2023-06-14/2023-06-15" },
        { "avant-hier", "2023-06-13/2023-06-14" },
        { "hier soir", "2023-06-14T17:00/2023-06-15" },
        { "aujourd'hui", "2023-06-15/2023-06-16" },
        { "la semaine dernière", "2023-06-05/2023-06-12" },
        { "le mois dernier", "2023-05-01/2023-06-01" },
        { "il y a 3 jours", "2023-06-12/2023-06-13" },
        { "les 3 derniers jours", "2023-06-12T14:30/now" },
        { "lundi dernier", "2023-06-12/2023-06-13" },
        { "le 5 mai 2022", "2022-05-05/2022-05-06" },
        { "en décembre", "2022-12-01/2023-01-01" },
        { "depuis lundi", "2023-06-12/now" },
        { "l'été dernier", "2022-06-01/2022-09-01" },
        { "¿Qué comí ayer?", "2023-06-14/2023-06-15" },
        { "anoche", "2023-06-14T18:00/2023-06-15T06:00" },
        { "la semana pasada", "2023-06-05/2023-06-12" },
        { "el mes pasado", "2023-05-01/2023-06-01" },
        { "hace 3 días", "2023-06-12/2023-06-13" },
        { "en los últimos 3 días", "2023-06-12T14:30/now" },
        { "el 5 de mayo de 2022", "2022-05-05/2022-05-06" },
        { "el lunes pasado", "2023-06-12/2023-06-13" },
        { "el fin de semana pasado", "2023-06-10/2023-06-12" },
        { "desde enero", "2023-01-01/now" },
        { "Cosa ho mangiato ieri?", "2023-06-14/2023-06-15" },
        { "la settimana scorsa", "2023-06-05/2023-06-12" },
        { "lo scorso anno", "2022-01-01/2023-01-01" },
        { "3 giorni fa", "2023-06-12/2023-06-13" },
        { "il 5 maggio 2022", "2022-05-05/2022-05-06" },
        { "stamattina", "2023-06-15T04:00/2023-06-15T12:00" },
        { "O que comi ontem?", "2023-06-14/2023-06-15" },
        { "a semana passada", "2023-06-05/2023-06-12" },
        { "há 3 dias", "2023-06-12/2023-06-13" },
        { "3 dias atrás", "2023-06-12/2023-06-13" },
        { "na segunda-feira", "2023-06-12/2023-06-13" },
        { "em dezembro de 2021", "2021-12-01/2022-01-01" },
        { "Wat heb ik gisteren gegeten?", "2023-06-14/2023-06-15" },
        { "vorige week", "2023-06-05/2023-06-12" },
        { "3 dagen geleden", "2023-06-12/2023-06-13" },
        { "de afgelopen 3 dagen", "2023-06-12T14:30/now" },
        { "op 5 mei 2022", "2022-05-05/2022-05-06" },
        { "gisteravond", "2023-06-14T17:00/2023-06-15" },
        { "sinds maandag", "2023-06-12/now" },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
several_times_and_long_texts(void **state)
{
    struct buf        text = BUF_INIT(1 << 21);
    struct when_now   now = { .ms = 1686839400000 };
    struct when_range ranges[WHEN_RANGES_MAX];

    (void)state;
    check_ranges(NOW, "yesterday or last week",
                 "2023-06-14/2023-06-15 2023-06-05/2023-06-12");
    check_ranges(NOW, "yesterday, yesterday", "2023-06-14/2023-06-15");
    for (int i = 0; i < 20000; i++)
        buf_add(&text, STR("in May 5 2023-05-05 between 3 days ago and "));
    assert_in_range(when_asked(buf_str(&text), &now, ranges), 1,
                    WHEN_RANGES_MAX);
    buf_clear(&text);
    for (int i = 0; i < 200000; i++)
        buf_add(&text, STR("the of "));
    assert_int_equal(when_asked(buf_str(&text), &now, ranges), 0);
    assert_false(when_is_asked_for(buf_str(&text)));
    buf_release(&text);
}

static void
the_place_moves_the_day(void **state)
{
    struct when_now   now = { .ms = 1686839400000, .offset_minutes = 600 };
    struct when_range r[WHEN_RANGES_MAX];

    (void)state;
    /* 2023-06-16 00:30 there. */
    assert_int_equal(when_asked(STR("today"), &now, r), 1);
    assert_int_equal(r[0].from_ms, 1686837600000);
    assert_int_equal(r[0].to_ms, 1686924000000);
    now.ms = INT64_MIN;
    assert_int_equal(when_asked(STR("today"), &now, r), 0);
    now = (struct when_now){ .offset_minutes = INT32_MIN };
    assert_int_equal(when_asked(STR("today"), &now, r), 0);
}

static void
questions_that_ask_for_a_time(void **state)
{
    static const char *const ask[] = {
        "When did I move?", "when is my birthday", "Tell me when we met.",
        "So, when was that?", "How long ago did I start?", "Since when?",
        "On what date did I buy it?", "What time is my train?",
        "Which year was it?", "How many days ago did I call?", "When?",
        "Wann bin ich umgezogen?", "An welchem Tag war das?",
        "Quand est-ce que j'ai déménagé ?", "Quel jour sommes-nous ?",
        "¿Cuándo me mudé?", "¿Qué día fue?", "Quando ho traslocato?",
        "Quando foi isso?", "Wanneer ben ik verhuisd?", "Когда я переехал?",
        "我什么时候搬家?", "いつ引っ越しましたか?", "언제 이사했어요?",
    };
    static const char *const other[] = {
        "Where was I when I lost it?", "What do I do when it rains?",
        "When I was young, where did I live?", "Who is when?", "whenever",
        "Cuando era niño vivía en Lima", "Quand j'étais petit", "", "date",
        "What is my name?",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ask); i++)
        if (!when_is_asked_for(str_from(ask[i])))
            fail_msg("%s", ask[i]);
    for (size_t i = 0; i < COUNT(other); i++)
        if (when_is_asked_for(str_from(other[i])))
            fail_msg("%s", other[i]);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_their_parts),
        cmocka_unit_test(weeks_months_and_years),
        cmocka_unit_test(so_long_ago),
        cmocka_unit_test(weekdays),
        cmocka_unit_test(months_and_dates),
        cmocka_unit_test(bounds),
        cmocka_unit_test(seasons_holidays_and_rough_times),
        cmocka_unit_test(false_friends),
        cmocka_unit_test(other_languages),
        cmocka_unit_test(several_times_and_long_texts),
        cmocka_unit_test(the_place_moves_the_day),
        cmocka_unit_test(questions_that_ask_for_a_time),
    };

    return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
