/* What joins letters, and what the joined give. */
#include "memory/run.h"

#include "base/error.h"
#include "base/utf8.h"
#include "memory/fold.h"

#include "base/banned.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void
add(struct run *r, const char *bytes, size_t len)
{
    if (len > sizeof(r->text) - r->len)
        return;
    memcpy(r->text + r->len, bytes, len);
    r->len += len;
}

static void
add_folded(struct run *r, uint32_t cp)
{
    uint32_t   points[FOLD_POINTS_MAX];
    char       bytes[4];
    struct buf b = { bytes, 0, sizeof(bytes), sizeof(bytes), false };
    size_t     count = fold_point(cp, points);

    for (size_t i = 0; i < count; i++) {
        b.len = 0;
        utf8_add(&b, points[i]);
        add(r, b.ptr, b.len);
    }
}

void
run_letter(struct run *r, uint32_t cp)
{
    if (r->count == 0)
        r->parts[r->count++] = (struct run_part){ 0, 0, 0 };
    if (cp >= 0x80)
        add_folded(r, cp);
    else if (r->len < sizeof(r->text))
        r->text[r->len++] = cp >= 'A' && cp <= 'Z' ? (char)(cp + 32)
                                                   : (char)cp;
}

static struct str
part_text(const struct run *r, size_t i)
{
    return (struct str){ r->text + r->parts[i].from,
                         r->parts[i].to - r->parts[i].from };
}

/* Has "/", so that a query of a URL may follow. */
static bool
is_path(const struct run *r)
{
    for (size_t i = 1; i < r->count; i++)
        if (r->parts[i].before == '/')
            return true;
    return false;
}

/* The mark that a code point stands for inside a run, or 0. */
static char
joiner(const struct run *r, uint32_t cp, struct str rest)
{
    const char *marks = "._-@'&+/";

    if (r->count == 0 || r->count == RUN_PARTS_MAX || rest.len == 0 ||
        r->len == r->parts[r->count - 1].from)
        return 0;
    if (cp == 0x2019)
        cp = '\'';
    if (cp == 0x2010 || cp == 0x2011)
        cp = '-';
    if (is_digit(r->text[r->len - 1]) && is_digit(rest.ptr[0]))
        marks = "._-@'&+/:,";
    else if (is_path(r))
        marks = "._-@'&+/?=%#~";
    if (cp == 0 || cp >= 0x80 || !strchr(marks, (int)cp) ||
        fold_class(utf8_next(&rest)) != FOLD_LETTER)
        return 0;
    return (char)cp;
}

/* "C++" and "F#" are words of their own. */
static bool
ends_language_name(const struct run *r, uint32_t cp, struct str rest)
{
    if (r->count != 1 || r->len != 1)
        return r->count == 1 && r->len == 2 && r->text[1] == '+' &&
               cp == '+';
    return cp == '#' || (cp == '+' && rest.len && rest.ptr[0] == '+');
}

bool
run_mark(struct run *r, uint32_t cp, struct str rest)
{
    char join = joiner(r, cp, rest);

    if (r->count == 0) {
        r->sigil = cp == '@' || cp == '#' ? (char)cp : 0;
        return r->sigil;
    }
    if (join) {
        r->parts[r->count - 1].to = r->len;
        r->parts[r->count++] = (struct run_part){ r->len, 0, join };
        return true;
    }
    if (ends_language_name(r, cp, rest)) {
        add(r, cp == '#' ? "#" : "+", 1);
        return true;
    }
    return false;
}

static bool
is_one_of(struct str part, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(part, str_from(list[i])))
            return true;
    return false;
}

/* What English writes behind an apostrophe without making a new word. */
static bool
is_suffix(struct str part)
{
    static const char *const list[] = { "s", "t", "d", "m", "re", "ll", "ve" };

    return is_one_of(part, list, COUNT(list));
}

/* What French, Italian and Catalan write before one. */
static bool
is_elision(struct str part)
{
    static const char *const list[] = {
        "l", "d", "j", "qu", "c", "n", "s", "m", "t", "un", "all", "dell",
        "nell", "dall", "sull", "quell", "jusqu", "lorsqu", "puisqu",
    };

    return is_one_of(part, list, COUNT(list));
}

/* Gives "not" for "don't", and drops other suffixes. */
static void
give_contraction(struct run *r, run_fn *fn, void *owner)
{
    size_t last = r->count - 1;

    if (last == 0 || r->parts[last].before != '\'' ||
        !is_suffix(part_text(r, last)))
        return;
    r->count--;
    if (str_equal(part_text(r, last), STR("t"))) {
        r->count--;
        fn(owner, STR("not"), true);
    }
}

/* The parts from `first` up to, not including, `end` as one word. */
static void
give_whole(const struct run *r, size_t first, size_t end, run_fn *fn,
           void *owner)
{
    char       text[1 + RUN_MAX_BYTES + RUN_PARTS_MAX];
    struct str whole = { text, 1 };
    bool       initials = true;

    if (end - first > 2 && str_equal(part_text(r, first), STR("www")))
        first++;
    for (size_t i = first; i < end; i++)
        initials = initials && r->parts[i].to == r->parts[i].from + 1 &&
                   !is_digit(r->text[r->parts[i].from]);
    for (size_t i = first; i < end; i++) {
        struct str part = part_text(r, i);
        char       before = r->parts[i].before;

        if (i > first && !strchr(initials ? "-',." : "-',", before))
            text[whole.len++] = before;
        memcpy(text + whole.len, part.ptr, part.len);
        whole.len += part.len;
    }
    text[0] = r->sigil;
    if (r->sigil)
        fn(owner, whole, false);
    whole = str_slice(whole, 1, whole.len);
    if (end - first < 2)
        return;
    fn(owner, whole, false);
    if (whole.len > 1 && text[1] == 'v' && is_digit(text[2]))
        fn(owner, str_slice(whole, 1, whole.len), false);
}

/* The wholes between the slashes of a path: host and file name. */
static void
give_segments(const struct run *r, run_fn *fn, void *owner)
{
    size_t first = 0;

    for (size_t i = 1; i <= r->count; i++) {
        if (i < r->count && r->parts[i].before != '/')
            continue;
        if (i - first >= 2)
            give_whole(r, first, i, fn, owner);
        first = i;
    }
}

/* "5kg" is "5" and "kg" too, "GPT4" "gpt" and "4"; of "5th" only "5". */
static void
give_split(struct str part, run_fn *fn, void *owner)
{
    static const char *const endings[] = { "st", "nd", "rd", "th" };
    size_t                   turn = 0, turns = 0;

    for (size_t i = 1; i < part.len; i++) {
        if (is_digit(part.ptr[i]) == is_digit(part.ptr[i - 1]))
            continue;
        turn = i;
        turns++;
    }
    if (turns != 1)
        return;
    fn(owner, str_slice(part, 0, turn), false);
    part = str_slice(part, turn, part.len);
    if (!is_one_of(part, endings, COUNT(endings)))
        fn(owner, part, false);
}

void
run_end(struct run *r, run_fn *fn, void *owner)
{
    bool elided;

    if (r->count == 0) {
        r->sigil = 0;
        return;
    }
    r->parts[r->count - 1].to = r->len;
    elided = r->count == 2 && r->parts[1].before == '\'' &&
             is_elision(part_text(r, 0));
    give_contraction(r, fn, owner);
    for (size_t i = 0; i < r->count; i++) {
        struct str part = part_text(r, i);

        if (part.len == 0)
            continue;
        fn(owner, part, elided && i == 0);
        give_split(part, fn, owner);
    }
    if (r->count >= 2 && is_path(r))
        give_segments(r, fn, owner);
    if ((r->count >= 2 && !elided) || (r->count && r->sigil))
        give_whole(r, 0, r->count, fn, owner);
    r->count = r->len = 0;
    r->sigil = 0;
}
