/* Lists of models in the shapes of the families' SDKs. */
#include "api/model_bodies.h"

#include "platform/clock.h"
#include "platform/json.h"

#include "base/banned.h"

/* What the compatible service names when there is nothing. */
#define DEFAULT_MODEL "openai/gpt-4o-mini"

/* Pages. */

/* Empty: `usual`. */
static enum status
read_size(struct str text, const char *name, int64_t least, size_t usual,
          size_t *size, struct error *err)
{
    int64_t number = 0;

    *size = usual;
    if (text.len == 0)
        return OK;
    if (!str_to_int(text, &number) || number < least ||
        number > MODEL_PAGE_MAX)
        return refused(err, ERR_INPUT, "invalid_page",
                       "Leave it out to get all models.",
                       "%s must be a number from %d to %d", name, (int)least,
                       MODEL_PAGE_MAX);
    if (number > 0)
        *size = (size_t)number;
    return OK;
}

static enum status
find_entry(const struct model_entries *all, struct str id, const char *name,
           size_t *found, struct error *err)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->list[i].id, id)) {
            *found = i;
            return OK;
        }
    return refused(err, ERR_INPUT, "invalid_page",
                   "Begin again with the first page.",
                   "%s names no model of this list", name);
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum status
model_bodies_page(const struct model_entries *all, struct str limit,
                  struct str after, struct str before,
                  struct model_page *page, struct error *err)
{
    size_t      from = 0, to = all->count, size;
    enum status st = read_size(limit, "limit", 1, all->count, &size, err);

    if (st == OK && after.len &&
        (st = find_entry(all, after, "after_id", &from, err)) == OK)
        from++;
    if (st == OK && before.len)
        st = find_entry(all, before, "before_id", &to, err);
    if (st != OK)
        return st;
    to = to < from ? from : to;
    page->count = smaller(size, to - from);
    page->first = before.len ? to - page->count : from;
    page->more = page->count < to - from;
    return OK;
}

enum status
model_bodies_google_page(const struct model_entries *all, struct str size,
                         struct str token, struct model_page *page,
                         struct error *err)
{
    size_t      from = 0, most;
    enum status st = read_size(size, "pageSize", 0, MODEL_PAGE_MAX, &most,
                               err);

    if (st == OK && token.len &&
        (st = find_entry(all, token, "pageToken", &from, err)) == OK)
        from++;
    if (st != OK)
        return st;
    page->first = from;
    page->count = smaller(most, all->count - from);
    page->more = from + page->count < all->count;
    return OK;
}

/* Bodies. */

static void
add_member(struct buf *b, const char *before, struct str text)
{
    buf_add(b, str_from(before));
    json_add_string(b, text);
}

void
model_bodies_one(struct buf *b, struct arena *a, const struct model_entry *m)
{
    add_member(b, "{\"id\":", m->id);
    buf_add(b, STR(",\"object\":\"model\",\"type\":\"model\""));
    buf_printf(b, ",\"created\":%lld", (long long)(m->since_ms / 1000));
    add_member(b, ",\"created_at\":", clock_iso(a, m->since_ms));
    add_member(b, ",\"owned_by\":", str_from(m->provider));
    add_member(b, ",\"display_name\":", m->name);
    if (m->context_tokens > 0)
        buf_printf(b, ",\"context_window\":%lld}",
                   (long long)m->context_tokens);
    else
        buf_add(b, STR(",\"context_window\":null}"));
}

/* The ids of a run, as the inside of an array. */
static void
add_ids(struct buf *b, const struct model_entry *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_member(b, i ? "," : "", list[i].id);
}

/* {"provider":"openai","models":[...]}, one for each. */
static void
add_providers(struct buf *b, const struct model_entry *list, size_t count)
{
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && list[to].provider == list[from].provider;)
            to++;
        add_member(b, from ? ",{\"provider\":" : "{\"provider\":",
                   str_from(list[from].provider));
        buf_add(b, STR(",\"models\":["));
        add_ids(b, list + from, to - from);
        buf_add(b, STR("]}"));
    }
}

static void
add_id_or_null(struct buf *b, const char *before,
               const struct model_entry *m)
{
    if (m)
        add_member(b, before, m->id);
    else
        buf_printf(b, "%snull", before);
}

static void
add_summary(struct buf *b, struct arena *a, const struct model_entries *all)
{
    int64_t updated_ms = 0;

    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].since_ms > updated_ms)
            updated_ms = all->list[i].since_ms;
    add_member(b, ",\"default\":",
               all->count ? all->list[0].id : STR(DEFAULT_MODEL));
    if (updated_ms)
        add_member(b, ",\"catalog_updated\":", clock_iso(a, updated_ms));
    else
        buf_add(b, STR(",\"catalog_updated\":null"));
}

void
model_bodies_list(struct buf *b, struct arena *a,
                  const struct model_entries *all,
                  const struct model_page *page)
{
    const struct model_entry *list = all->list + page->first;

    buf_add(b, STR("{\"object\":\"list\",\"data\":["));
    for (size_t i = 0; i < page->count; i++) {
        if (i)
            buf_add_byte(b, ',');
        model_bodies_one(b, a, &list[i]);
    }
    buf_printf(b, "],\"has_more\":%s", page->more ? "true" : "false");
    add_id_or_null(b, ",\"first_id\":", page->count ? list : NULL);
    add_id_or_null(b, ",\"last_id\":",
                   page->count ? &list[page->count - 1] : NULL);
    buf_add(b, STR(",\"providers\":["));
    add_providers(b, list, page->count);
    buf_add(b, STR("],\"models\":["));
    add_ids(b, list, page->count);
    buf_add_byte(b, ']');
    add_summary(b, a, all);
    buf_add_byte(b, '}');
}

void
model_bodies_google_one(struct buf *b, const struct model_entry *m)
{
    buf_add(b, STR("{\"name\":\"models/"));
    json_add_escaped(b, m->id);
    add_member(b, "\",\"displayName\":", m->name);
    if (m->context_tokens > 0)
        buf_printf(b, ",\"inputTokenLimit\":%lld",
                   (long long)m->context_tokens);
    buf_printf(b, ",\"supportedGenerationMethods\":[%s]}",
               m->by_google ? "\"generateContent\",\"countTokens\"" : "");
}

void
model_bodies_google_list(struct buf *b, const struct model_entries *all,
                         const struct model_page *page)
{
    buf_add(b, STR("{\"models\":["));
    for (size_t i = 0; i < page->count; i++) {
        if (i)
            buf_add_byte(b, ',');
        model_bodies_google_one(b, &all->list[page->first + i]);
    }
    buf_add_byte(b, ']');
    if (page->more && page->count)
        add_member(b, ",\"nextPageToken\":",
                   all->list[page->first + page->count - 1].id);
    buf_add_byte(b, '}');
}
