/* Cleaning. */
#include "memory/clean.h"

#include "base/utf8.h"
#include "memory/render.h"
#include "platform/conf.h"

#include "base/banned.h"

struct str
clean_again(struct arena *a, struct str text)
{
    struct buf *b;

    text = str_trim(text);
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

struct str
clean_text(struct arena *a, struct str text)
{
    return clean_again(a, render_strip(a, text));
}

struct str
clean_name(struct arena *a, struct str name)
{
    char *line;

    name = utf8_prefix(str_trim(name), AUTHOR_MAX_BYTES);
    line = arena_alloc(a, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        line[i] = (unsigned char)name.ptr[i] < 0x20 ? ' ' : name.ptr[i];
    return str_trim((struct str){ line, name.len });
}
