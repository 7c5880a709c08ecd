/* Finding what imitates our fences, also with letters set apart. */
#include "memory/guard.h"

#include "base/utf8.h"
#include "memory/fold.h"

#include "base/banned.h"

enum {
    LOOK_AHEAD = 128,  /* code points */
    LIKE_LESS = 0x2039,     /* a single guillemet for "<" */
    LIKE_BRACKET = 0xFF3B,  /* a wide one for "[" */
    LIKE_HASH = 0xFF03,
    LIKE_RULE = 0x2013,     /* an en dash */
};

/* What a mark must not stand before: letters only, folded. */
static const struct {
    uint32_t    mark;
    uint32_t    like;
    const char *name;
} imitations[] = {
    { '<', LIKE_LESS, "memorycontext" },
    { '<', LIKE_LESS, "memoryroutercontext" },
    { '<', LIKE_LESS, "context" },
    { '[', LIKE_BRACKET, "memorycontext" },
    { '[', LIKE_BRACKET, "notesfromearlierconversations" },
    { '[', LIKE_BRACKET, "endofnotesfromearlierconversations" },
    { '#', LIKE_HASH, "relevantmemory" },
};

/* True when the letters of `rest` begin with the name, whatever else stands
 * between them. */
static bool
spells(struct str rest, const char *name)
{
    uint32_t points[FOLD_POINTS_MAX];

    for (size_t seen = 0; rest.len && *name && seen < LOOK_AHEAD; seen++) {
        uint32_t cp = utf8_next(&rest);
        size_t   count = fold_class(cp) == FOLD_BREAK ? 0
                                                      : fold_point(cp, points);

        for (size_t i = 0; i < count && *name; i++)
            if (points[i] != (uint32_t)*name++)
                return false;
    }
    return *name == '\0';
}

static bool
is_invisible(uint32_t cp)
{
    return (cp < 0x20 && cp != '\n' && cp != '\t') ||
           (cp >= 0x7F && cp <= 0x9F) || (cp >= 0x200B && cp <= 0x200F &&
           cp != 0x200C && cp != 0x200D) || (cp >= 0x2028 && cp <= 0x202E) ||
           (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF ||
           (cp >= 0xFFF9 && cp <= 0xFFFB) || (cp >= 0xE0000 && cp <= 0xE007F);
}

/* The first code point of *rest that is written, or 0 at its end. */
static uint32_t
next_visible(struct str *rest)
{
    while (rest->len) {
        uint32_t cp = utf8_next(rest);

        if (!is_invisible(cp))
            return cp;
    }
    return 0;
}

/* "12]", behind the bracket that begins a line. */
static bool
is_entry_head(struct str rest)
{
    bool     number = false;
    uint32_t cp;

    while ((cp = next_visible(&rest)) != 0) {
        if (cp == ']')
            return number;
        if (cp >= '0' && cp <= '9')
            number = true;
        else if (cp != ' ')
            return false;
    }
    return false;
}

/* Three hyphens with nothing but space before them. */
static bool
begins_rule(struct str line)
{
    size_t   marks = 0;
    uint32_t cp;

    while ((cp = next_visible(&line)) != 0 && marks < 3) {
        if (cp == '-')
            marks++;
        else if (marks || (cp != ' ' && cp != '\t'))
            return false;
    }
    return marks == 3;
}

/* A line of three or more of one rule's marks and nothing else. */
static bool
is_rule(struct str line)
{
    size_t   marks = 0;
    uint32_t cp;

    while ((cp = next_visible(&line)) != 0) {
        if (cp == '-' || cp == '*' || cp == '_' || cp == '=')
            marks++;
        else if (cp != ' ' && cp != '\t')
            return false;
    }
    return marks >= 3;
}

/* What is written for a code point; `rest` is the line behind it. */
static uint32_t
harmless(uint32_t cp, struct str rest, bool at_start)
{
    if (cp == '[' && at_start && is_entry_head(rest))
        return LIKE_BRACKET;
    for (size_t i = 0; i < COUNT(imitations); i++)
        if (imitations[i].mark == cp && spells(rest, imitations[i].name))
            return imitations[i].like;
    return cp;
}

static void
guard_rule(struct buf *out, struct str line)
{
    uint32_t cp;

    while ((cp = next_visible(&line)) != 0)
        utf8_add(out, cp == ' ' || cp == '\t' ? cp : LIKE_RULE);
}

/* `rest` is the text from this line on: a fence may be broken over lines. */
static void
guard_line(struct buf *out, struct str line, struct str rest)
{
    bool at_start = true;
    bool hyphens = begins_rule(line);

    if (is_rule(line)) {
        guard_rule(out, line);
        return;
    }
    while (line.len) {
        size_t   before = line.len;
        uint32_t cp = utf8_next(&line);

        rest = str_slice(rest, before - line.len, rest.len);
        if (is_invisible(cp))
            continue;
        hyphens = hyphens && (cp == '-' || cp == ' ' || cp == '\t');
        utf8_add(out, hyphens && cp == '-' ? LIKE_RULE
                                           : harmless(cp, rest, at_start));
        at_start = at_start && (cp == ' ' || cp == '\t');
    }
}

void
guard_text(struct buf *out, struct str text)
{
    bool more = true;

    while (more) {
        struct str rest = text, line;

        more = str_cut(text, '\n', &line, &text);
        guard_line(out, line, rest);
        if (more)
            buf_add_byte(out, '\n');
    }
}

void
guard_name(struct buf *out, struct str name)
{
    size_t from = out->len;

    guard_text(out, name);
    for (size_t i = from; i < out->len; i++)
        if (out->ptr[i] == '\n' || out->ptr[i] == '\t')
            out->ptr[i] = ' ';
}
