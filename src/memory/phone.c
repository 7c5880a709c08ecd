/* Reads telephone numbers. */
#include "memory/phone.h"

#include "base/banned.h"

enum { DIGITS_MIN = 7, MARKS_MAX = 3 };

/* What has been read. */
struct reading {
    size_t digits;
    size_t groups;
    size_t first;     /* digits of the first group */
    size_t group;     /* digits of the last one */
    bool   single;    /* a group of one digit that is no country code */
    bool   even;      /* all groups have 3 or 4 digits */
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void
end_group(struct reading *r)
{
    if (r->group == 0)
        return;
    if (r->groups++ == 0)
        r->first = r->group;
    else
        r->single = r->single || r->group == 1;
    r->even = r->even && (r->group == 3 || r->group == 4);
    r->group = 0;
}

/* How many marks stand between two groups; 0: no group follows. */
static size_t
marks_at(struct str text, size_t at)
{
    size_t count = 0;

    while (count < MARKS_MAX && at + count < text.len &&
           text.ptr[at + count] && strchr(" -./()", text.ptr[at + count]))
        count++;
    if (at + count == text.len || !is_digit(text.ptr[at + count]))
        return 0;
    return count;
}

static bool
is_phone(const struct reading *r, char start)
{
    if (r->digits < DIGITS_MIN || r->digits > PHONE_DIGITS_MAX ||
        r->groups < 2 || r->single)
        return false;
    if (start == '0')
        return r->first >= 3 || r->groups >= 4; /* else it is a date */
    return start == '+' || start == '(' || r->even;
}

size_t
phone_digits(struct str text, char digits[PHONE_DIGITS_MAX], size_t *bytes)
{
    struct reading r = { .even = true };
    size_t         at = 0, marks = 0;

    *bytes = 0;
    while (at < text.len && at < 2 && strchr("+(", text.ptr[at]) &&
           text.ptr[at])
        at++;
    do {
        at += marks;
        while (at < text.len && is_digit(text.ptr[at])) {
            if (r.digits < PHONE_DIGITS_MAX)
                digits[r.digits] = text.ptr[at];
            r.digits++;
            r.group++;
            at++;
        }
        end_group(&r);
        marks = marks_at(text, at);
    } while (marks);
    if (r.digits > PHONE_DIGITS_MAX || is_phone(&r, text.len ? *text.ptr : 0))
        *bytes = at;
    return is_phone(&r, text.len ? *text.ptr : 0) ? r.digits : 0;
}
