/* Cutting memories to the model's context window. */
#include "turn/window.h"

#include "memory/render.h"
#include "memory/split.h"
#include "store/model.h"

#include "base/banned.h"

enum {
    USED_PERCENT   = 95,
    NEVER_TOO_MANY = 3500,  /* tokens: no model of today is so small */
    NO_TEXT_BYTES  = 2048,  /* a string this long without a space is no text:
                               images count otherwise */
};

/* The end of the JSON string whose opening quote is before `at`. */
static size_t
string_end(struct str json, size_t at)
{
    while (at < json.len && json.ptr[at] != '"')
        at += json.ptr[at] == '\\' ? 2 : 1;
    return at < json.len ? at : json.len;
}

/* Tokens of all text in a JSON document, about. */
static size_t
text_tokens(struct str json)
{
    size_t sum = 0;

    for (size_t at = 0; at < json.len; at++) {
        struct str text;
        size_t     end;

        if (json.ptr[at] != '"')
            continue;
        end = string_end(json, at + 1);
        text = str_slice(json, at + 1, end);
        if (text.len < NO_TEXT_BYTES ||
            str_find_byte(str_slice(text, 0, NO_TEXT_BYTES), ' ') !=
                STR_NOWHERE)
            sum += split_tokens(text);
        at = end;
    }
    return sum;
}

static enum status
find_window(struct turn *t, int64_t *tokens, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(t->service->db, &conn, err);

    if (st != OK)
        return st;
    st = model_context_tokens(conn, t->arena,
                              str_from(t->route.provider->name),
                              t->route.model, tokens, err);
    db_return(t->service->db, conn);
    return st;
}

enum status
window_fit(struct turn *t, struct error *err)
{
    size_t      used = text_tokens(t->prompt.document) + RENDER_FRAME_TOKENS;
    int64_t     window = 0;
    size_t      most;
    enum status st;

    for (size_t i = 0; i < t->found.count; i++)
        used += render_tokens(&t->found.hits[i]);
    if (used < NEVER_TOO_MANY || t->found.count == 0 || !t->route.provider)
        return OK;
    st = find_window(t, &window, err);
    if (st != OK || window <= 0)
        return st;
    most = (size_t)window / 100 * USED_PERCENT;
    while (t->found.count && used > most) {
        const struct hit *last = &t->found.hits[--t->found.count];
        size_t            tokens = render_tokens(last);

        used -= tokens;
        t->cut.tokens += tokens;
        t->cut.memories[last->window]++;
    }
    return OK;
}

struct str
window_details(struct arena *a, const struct window_cut *cut)
{
    struct buf *b = buf_new(a, 256);

    buf_add(b, STR("conv:0"));
    for (int w = WINDOW_ARCHIVE; w >= 0; w--)
        buf_printf(b, ",%s:%zu", windows_name((enum window)w),
                   cut->memories[w]);
    return buf_str(b);
}
