/* Numbers and names are taken out of the text, then sorted by what they can
 * only be. */
#include "recall/date.h"

#include "base/error.h"

#include "base/banned.h"

enum { NUMBERS_MAX = 3, HOUR_MS = 3600000, MINUTE_MS = 60000 };

static const int64_t DAY_MS = 86400000;

/* What was found so far; 0 where nothing was (hour and minute: midnight). */
struct found {
    int64_t year, month, day;
    int64_t hour, minute, second;
    int64_t numbers[NUMBERS_MAX];  /* of one or two digits, in order */
    size_t  number_count;
    bool    year_first;
    bool    slashes;
    bool    has_time;
};

static const char months[][4] = { "jan", "feb", "mar", "apr", "may", "jun",
                                  "jul", "aug", "sep", "oct", "nov", "dec" };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The digits at the head of *text, taken off; at most nine count. */
static int64_t
take_number(struct str *text, size_t *digits)
{
    int64_t number = 0;

    for (*digits = 0; text->len && is_digit(text->ptr[0]); ++*digits) {
        if (*digits < 9)
            number = number * 10 + (text->ptr[0] - '0');
        *text = str_slice(*text, 1, text->len);
    }
    return number;
}

/* ":56" or ":56:07" behind an hour. */
static void
take_time(struct found *f, struct str *text, int64_t hour)
{
    int64_t *parts[] = { &f->minute, &f->second };
    size_t   digits;

    f->has_time = true;
    f->hour = hour;
    for (size_t i = 0; i < 2; i++) {
        if (text->len < 2 || text->ptr[0] != ':' || !is_digit(text->ptr[1]))
            return;
        *text = str_slice(*text, 1, text->len);
        *parts[i] = take_number(text, &digits);
    }
}

static void
take_digits(struct found *f, struct str *text)
{
    size_t  digits;
    int64_t number = take_number(text, &digits);

    if (text->len && text->ptr[0] == ':' && digits <= 2) {
        take_time(f, text, number);
    } else if (digits == 4 && f->year == 0) {
        f->year = number;
        f->year_first = f->number_count == 0;
    } else if (digits <= 2 && f->number_count < NUMBERS_MAX) {
        f->numbers[f->number_count++] = number;
        f->slashes = f->slashes || (text->len && text->ptr[0] == '/');
    }
}

static void
take_word(struct found *f, struct str *text)
{
    size_t     length = 0;
    struct str word;

    while (length < text->len && is_letter(text->ptr[length]))
        length++;
    word = str_slice(*text, 0, length);
    *text = str_slice(*text, length, text->len);
    if (str_equal_nocase(word, STR("pm")) && f->hour < 12)
        f->hour += 12;
    else if (str_equal_nocase(word, STR("am")) && f->hour == 12)
        f->hour = 0;
    for (size_t i = 0; i < COUNT(months) && f->month == 0; i++)
        if (str_starts_nocase(word, str_from(months[i])))
            f->month = (int64_t)i + 1;
}

/* Which of the short numbers is the day, which the month. */
static bool
settle(struct found *f)
{
    bool day_first = !f->year_first && !(f->slashes && f->numbers[0] <= 12);

    if (f->month && f->number_count >= 1) {
        f->day = f->numbers[0];
    } else if (f->number_count >= 2) {
        f->day = f->numbers[day_first ? 0 : 1];
        f->month = f->numbers[day_first ? 1 : 0];
    }
    return f->year >= 1900 && f->month >= 1 && f->month <= 12 && f->day >= 1 &&
           f->day <= 31 && f->hour < 24 && f->minute < 60 && f->second < 61;
}

/* Days since 1970; a year begins in March, so that the leap day comes last. */
static int64_t
days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;

    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
           719469;
}

bool
date_read(struct str text, int64_t *ms)
{
    struct found f = { 0 };

    while (text.len) {
        if (is_digit(text.ptr[0]))
            take_digits(&f, &text);
        else if (is_letter(text.ptr[0]))
            take_word(&f, &text);
        else
            text = str_slice(text, 1, text.len);
    }
    if (!settle(&f))
        return false;
    *ms = days_since_epoch(f.year, f.month, f.day) * DAY_MS +
          f.hour * HOUR_MS + f.minute * MINUTE_MS + f.second * 1000;
    return true;
}
