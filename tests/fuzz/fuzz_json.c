/* What is taken for JSON can be walked within its own bytes, and strings that
 * are written again are read back the same. */
#include <assert.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "platform/json.h"

#include "base/banned.h"

static void
walk(struct arena *a, const struct json *value, struct str document, int depth)
{
    struct json_item item = { 0 };

    assert(value->raw.ptr >= document.ptr);
    assert(value->raw.ptr + value->raw.len <= document.ptr + document.len);
    if (value->type == JSON_STRING) {
        struct str  text = json_text(a, value);
        struct buf *b = buf_new(a, text.len * 6 + 2);
        struct json again;
        struct error err;

        json_add_string(b, text);
        if (json_parse(buf_str(b), 1, &again, &err) != OK ||
            !str_equal(json_text(a, &again), text))
            abort();
    }
    while (depth < 64 && json_next(value, &item))
        walk(a, &item.value, document, depth + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str   document = { (const char *)bytes, len };
    struct arena a = ARENA_INIT;
    struct json  root;
    struct error err;

    if (json_parse(document, 64, &root, &err) == OK)
        walk(&a, &root, document, 0);
    arena_release(&a);
    return 0;
}
