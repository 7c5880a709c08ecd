/* Cleaning. */
#include "memory/clean.h"

#include "base/utf8.h"
#include "memory/render.h"

#include "base/banned.h"

struct str
clean_text(struct arena *a, struct str text)
{
    struct buf *b;

    text = str_trim(render_strip(a, text));
    if (utf8_valid(text) && str_find_byte(text, '\0') == STR_NOWHERE)
        return text;
    b = buf_new(a, text.len * 3 + 1);
    while (text.len) {
        uint32_t cp = utf8_next(&text);

        if (cp != 0)
            utf8_add(b, cp);
    }
    return buf_str(b);
}
