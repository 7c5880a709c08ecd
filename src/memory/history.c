/* Versions as JSON. */
#include "memory/history.h"

#include "base/banned.h"

/* Edits can go on counting from there. */
enum { NUMBER_MAX = 2000000000 };

static void
add_version(struct buf *b, const struct version *v)
{
    buf_printf(b, "{\"version\":%lld,\"content\":", (long long)v->number);
    json_add_string(b, v->text);
    buf_printf(b, ",\"role\":\"%s\",\"name\":", role_name(v->role));
    json_add_or_null(b, v->author);
    buf_printf(b, ",\"timestamp\":%lld,\"metadata\":",
               (long long)v->occurred_ms);
    buf_add(b, v->metadata.len ? v->metadata : STR("null"));
    buf_printf(b, ",\"replaced_at\":%lld}", (long long)v->replaced_ms);
}

void
history_add(struct buf *b, const struct version *list, size_t count)
{
    buf_add_byte(b, '[');
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_version(b, &list[i]);
    }
    buf_add_byte(b, ']');
}

/* Reading. */

static enum status
wrong(struct error *err, const char *hint, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_memory", hint, "%s", what);
}

/* Reads its number, which is above `before`, and when it was replaced. */
static enum status
read_place(struct arena *a, const struct json *object, int64_t before,
           struct version *v, struct error *err)
{
    struct json number = json_member(object, "version");
    struct json replaced = json_member(object, "replaced_at");

    v->number = before + 1;
    if ((number.type != JSON_NONE && number.type != JSON_NULL &&
         !json_int(&number, &v->number)) ||
        v->number <= before || v->number > NUMBER_MAX)
        return wrong(err, "Send 1 for the oldest, and more for each that "
                     "follows.", "version is no number above the one before");
    if (!entry_time(a, &replaced, &v->replaced_ms))
        return wrong(err, "Send the time of the edit, in milliseconds since "
                     "1970.", "replaced_at is no time");
    return OK;
}

static enum status
read_version(struct arena *a, const struct json *object,
             const struct entry *e, int64_t before, struct version *v,
             struct error *err)
{
    struct entry said = { .timestamp_ms = e->timestamp_ms };
    enum status  st = entry_read(a, object, ENTRY_VERSION, &said, err);

    if (st == OK && said.content.len > ENTRY_PIECE_MAX_BYTES)
        st = wrong(err, "A memory has at most 32768 bytes.",
                   "content is larger than 32768 bytes");
    *v = (struct version){
        .role = said.role,
        .author = said.name,
        .text = said.content,
        .occurred_ms = said.timestamp_ms,
        .metadata = said.metadata,
    };
    return st == OK ? read_place(a, object, before, v, err) : st;
}

static enum status
check_limits(size_t count, size_t bytes, struct error *err)
{
    if (count > VERSION_COUNT_MAX)
        return refused(err, ERR_INPUT, "invalid_memory",
                       "Leave out the oldest.",
                       "history has more than %d versions",
                       VERSION_COUNT_MAX);
    if (bytes > VERSION_BYTES_MAX)
        return refused(err, ERR_INPUT, "invalid_memory",
                       "Leave out the oldest.",
                       "history is larger than %d bytes", VERSION_BYTES_MAX);
    return OK;
}

static enum status
read_versions(struct arena *a, const struct json *list, struct entry *e,
              struct version *versions, struct error *err)
{
    struct json_item item = { 0 };
    struct error     why;
    int64_t          number = 0;
    size_t           i = 0, bytes = 0;

    for (; json_next(list, &item); i++) {
        if (read_version(a, &item.value, e, number, &versions[i], &why) != OK)
            return refused(err, why.status, why.code, why.hint,
                           "history[%zu]: %s", i, why.text);
        number = versions[i].number;
        bytes += versions[i].text.len + versions[i].metadata.len;
    }
    e->history = versions;
    e->history_count = i;
    return check_limits(i, bytes, err);
}

enum status
history_read(struct arena *a, const struct json *list, struct entry *e,
             struct error *err)
{
    struct json_item item = { 0 };
    size_t           count = 0;
    enum status      st;

    if (list->type != JSON_ARRAY)
        return wrong(err, "Send the list that the export has.",
                     "history is no list of versions");
    while (json_next(list, &item))
        count++;
    if ((st = check_limits(count, 0, err)) != OK)
        return st;
    return read_versions(a, list, e, arena_array(a, struct version, count),
                         err);
}
