/* The text of a memory with what belongs to it. */
#include "memory/passage.h"

#include "base/utf8.h"
#include "memory/fold.h"

#include "base/banned.h"

static bool
is_blank(uint32_t cp)
{
    return cp <= ' ' || cp == 0xA0 || cp == 0x3000;
}

/* Counted in halves, and no longer than needed. */
static bool
is_short(struct str text)
{
    size_t halves = 0;
    bool   inside = false;

    while (text.len && halves < 2 * PASSAGE_SHORT_WORDS) {
        uint32_t cp = utf8_next(&text);

        if (cp >= 0x0E00 && fold_class(cp) == FOLD_DENSE) {
            halves++;
            inside = false;
        } else if (is_blank(cp)) {
            inside = false;
        } else if (!inside) {
            halves += 2;
            inside = true;
        }
    }
    return halves < 2 * PASSAGE_SHORT_WORDS;
}

/* The end of a text, from between two code points on. */
static struct str
last_bytes(struct str s, size_t max)
{
    size_t from = s.len > max ? s.len - max : 0;

    while (from < s.len && ((unsigned char)s.ptr[from] & 0xC0) == 0x80)
        from++;
    return str_slice(s, from, s.len);
}

static struct str
speaker_of(const struct memory_row *row)
{
    if (row->author.len)
        return row->author;
    return row->role == ROLE_USER ? STR("User") : STR("Assistant");
}

static void
add_line(struct buf *b, const struct memory_row *row, struct str text)
{
    text = str_trim(text);
    if (text.len == 0)
        return;
    if (b->len)
        buf_add_byte(b, '\n');
    buf_add(b, speaker_of(row));
    buf_add(b, STR(": "));
    buf_add(b, text);
}

bool
passage_has_line_before(const struct memory_row *row)
{
    return row->author.len > 0 && is_short(row->text);
}

struct str
passage_text(struct arena *a, const struct memory_row *row,
             const struct memory_row *previous)
{
    struct buf *b = buf_new(a, 2 * (PASSAGE_MAX_BYTES +
                                    PASSAGE_BEFORE_MAX_BYTES));

    /* Of the line before, its end is the nearer part. */
    if (previous && passage_has_line_before(row))
        add_line(b, previous,
                 last_bytes(previous->text, PASSAGE_BEFORE_MAX_BYTES));
    add_line(b, row, utf8_prefix(row->text, PASSAGE_MAX_BYTES));
    return buf_str(b);
}
