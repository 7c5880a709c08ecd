/* Memories as JSON. */
#include "memory/entry.h"

#include <assert.h>

#include "base/utf8.h"
#include "memory/history.h"
#include "platform/clock.h"
#include "platform/conf.h"

#include "base/banned.h"

/* From the year 0 to 9999, so that a time has an ISO form. */
static const int64_t time_least = -62167219200000;
static const int64_t time_most = 253402300799999;

static const struct {
    const char *name;
    enum role   role;
} roles[] = {
    { "user", ROLE_USER },       { "assistant", ROLE_ASSISTANT },
    { "system", ROLE_SYSTEM },   { "human", ROLE_USER },
    { "ai", ROLE_ASSISTANT },    { "model", ROLE_ASSISTANT },
    { "developer", ROLE_SYSTEM },
};

static bool
is_time(int64_t ms)
{
    return ms >= time_least && ms <= time_most;
}

bool
entry_time_text(struct str text, int64_t *ms)
{
    int64_t read;

    text = str_trim(text);
    if ((!clock_read_iso(text, &read) && !str_to_int(text, &read)) ||
        !is_time(read))
        return false;
    *ms = read;
    return true;
}

bool
entry_time(struct arena *a, const struct json *value, int64_t *ms)
{
    double  number;
    int64_t read;

    if (value->type == JSON_STRING)
        return entry_time_text(json_text(a, value), ms);
    if (!json_int(value, &read)) {
        if (!json_double(value, &number) || number < (double)time_least ||
            number > (double)time_most)
            return false;
        read = (int64_t)number;
    }
    if (!is_time(read))
        return false;
    *ms = read;
    return true;
}

bool
entry_role(struct str name, enum role *role)
{
    for (size_t i = 0; i < COUNT(roles); i++)
        if (str_equal(name, str_from(roles[i].name))) {
            *role = roles[i].role;
            return true;
        }
    return false;
}

struct str
entry_session(struct str name)
{
    while (str_starts(name, STR(" ")))
        name = str_slice(name, 1, name.len);
    while (str_ends(name, STR(" ")))
        name = str_slice(name, 0, name.len - 1);
    return name;
}

bool
entry_is_session(struct str session)
{
    for (size_t i = 0; i < session.len; i++)
        if ((unsigned char)session.ptr[i] < 0x20)
            return false;
    return session.len <= SESSION_NAME_MAX_BYTES && utf8_valid(session);
}

/* Reading: a function a member. */

static enum status
wrong(struct error *err, const char *hint, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_memory", hint, "%s", what);
}

static enum status
read_content(struct arena *a, const struct json *v, struct entry *e,
             struct error *err)
{
    e->content = json_text(a, v);
    if (v->type != JSON_STRING || str_trim(e->content).len == 0)
        return wrong(err, "Send {\"content\": \"some text\"}.",
                     "content must be a string that is not empty");
    if (e->content.len > ENTRY_CONTENT_MAX_BYTES)
        return wrong(err, "Send it in parts.",
                     "content is larger than 1048576 bytes");
    return OK;
}

static enum status
read_role(struct arena *a, const struct json *v, struct entry *e,
          struct error *err)
{
    if (v->type == JSON_STRING && entry_role(json_text(a, v), &e->role))
        return OK;
    return wrong(err, "Send user, assistant or system.",
                 "role is none of user, assistant, system");
}

static enum status
read_name(struct arena *a, const struct json *v, struct entry *e,
          struct error *err)
{
    e->name = str_trim(json_text(a, v));
    if (v->type != JSON_STRING || e->name.len > AUTHOR_MAX_BYTES ||
        !entry_is_session(e->name))
        return wrong(err, "Send a string of at most 64 bytes.",
                     "name is no string of at most 64 bytes without "
                     "control characters");
    return OK;
}

static enum status
read_timestamp(struct arena *a, const struct json *v, struct entry *e,
               struct error *err)
{
    if (entry_time(a, v, &e->timestamp_ms))
        return OK;
    return wrong(err, "Send milliseconds since 1970, or a date like "
                 "2026-11-23T19:30:00Z.", "timestamp is neither milliseconds "
                 "since 1970 nor a date like 2026-11-23T19:30:00Z");
}

static enum status
read_session(struct arena *a, const struct json *v, struct entry *e,
             struct error *err)
{
    e->session = entry_session(json_text(a, v));
    e->has_session = true;
    if (v->type != JSON_STRING || !entry_is_session(e->session))
        return wrong(err, "Send a string of at most 255 bytes without "
                     "control characters.",
                     "session_id is no string of at most 255 bytes without "
                     "control characters");
    return OK;
}

/* JSON has line breaks only between its parts; a line of JSONL has none. */
static enum status
read_metadata(struct arena *a, const struct json *v, struct entry *e,
              struct error *err)
{
    char *line;

    if (v->type != JSON_OBJECT || v->raw.len > ENTRY_METADATA_MAX_BYTES)
        return wrong(err, "Send an object of at most 4096 bytes.",
                     "metadata is no object of at most 4096 bytes");
    line = arena_alloc(a, v->raw.len + 1);
    for (size_t i = 0; i < v->raw.len; i++)
        line[i] = v->raw.ptr[i] == '\n' || v->raw.ptr[i] == '\r'
                      ? ' ' : v->raw.ptr[i];
    e->metadata = (struct str){ line, v->raw.len };
    return OK;
}

static enum status
read_source(struct arena *a, const struct json *v, struct entry *e,
            struct error *err)
{
    e->source = json_text(a, v);
    if (v->type == JSON_STRING && e->source.len <= 32 &&
        entry_is_session(e->source))
        return OK;
    return wrong(err, "Send a word of at most 32 bytes.",
                 "source is no word of at most 32 bytes");
}

static enum status
read_turn(struct arena *a, const struct json *v, struct entry *e,
          struct error *err)
{
    (void)a; /* numbers need none */
    if (json_int(v, &e->turn) && e->turn >= 0)
        return OK;
    return wrong(err, "Send the number that the export has.",
                 "turn is no number of a turn");
}

static enum status
read_position(struct arena *a, const struct json *v, struct entry *e,
              struct error *err)
{
    (void)a; /* numbers need none */
    if (json_int(v, &e->position) && e->position >= 0 &&
        e->position < INT32_MAX)
        return OK;
    return wrong(err, "Send the number that the export has.",
                 "position is no position of a piece");
}

static enum status
read_partial(struct arena *a, const struct json *v, struct entry *e,
             struct error *err)
{
    (void)a; /* literals need none */
    e->partial = json_is_true(v);
    if (v->type == JSON_BOOL)
        return OK;
    return wrong(err, "Send true or false.", "partial is no truth value");
}

enum reader_flags { MUST = 1, LINES_ONLY = 2, NOT_OF_VERSIONS = 4 };

static const struct {
    const char *name;
    int         flags;
    enum status (*read)(struct arena *a, const struct json *v,
                        struct entry *e, struct error *err);
} readers[] = {
    { "content", MUST, read_content },
    { "role", 0, read_role },
    { "name", 0, read_name },
    { "timestamp", 0, read_timestamp },
    { "session_id", NOT_OF_VERSIONS, read_session },
    { "metadata", 0, read_metadata },
    { "source", LINES_ONLY, read_source },
    { "turn", LINES_ONLY, read_turn },
    { "position", LINES_ONLY, read_position },
    { "partial", LINES_ONLY, read_partial },
    { "history", LINES_ONLY, history_read },
};

/* Nobody should believe that a misspelt member was understood, or one of two
 * that are named alike. */
static enum status
check_names(const struct json *object, struct error *err)
{
    struct json_item item = { 0 };
    bool             seen[COUNT(readers)] = { false };

    while (json_next(object, &item)) {
        size_t i = 0;

        while (i < COUNT(readers) && (readers[i].flags & LINES_ONLY ||
                                      !json_key_is(&item, readers[i].name)))
            i++;
        if (i == COUNT(readers))
            return refused(err, ERR_INPUT, "unknown_field",
                           "Send content, role, name, timestamp, session_id "
                           "and metadata.", "Unknown field: %.*s",
                           STR_ARG(str_slice(item.key, 0, 64)));
        if (seen[i])
            return refused(err, ERR_INPUT, "repeated_field",
                           "Send each field once.", "The field %s is there "
                           "twice", readers[i].name);
        seen[i] = true;
    }
    return OK;
}

static bool
is_read(int flags, enum entry_kind kind)
{
    return !(flags & MUST && kind == ENTRY_MESSAGE) &&
           !(flags & LINES_ONLY && kind != ENTRY_LINE) &&
           !(flags & NOT_OF_VERSIONS && kind == ENTRY_VERSION);
}

enum status
entry_read(struct arena *a, const struct json *object, enum entry_kind kind,
           struct entry *e, struct error *err)
{
    enum status st = OK;

    if (object->type != JSON_OBJECT)
        return wrong(err, "Send {\"content\": \"some text\"}.",
                     "a memory must be a JSON object");
    if (kind == ENTRY_STRICT || kind == ENTRY_PATCH)
        st = check_names(object, err);
    for (size_t i = 0; i < COUNT(readers) && st == OK; i++) {
        struct json v = json_member(object, readers[i].name);
        bool must = (readers[i].flags & MUST) && kind != ENTRY_PATCH;

        if (!is_read(readers[i].flags, kind))
            continue;
        if (must || (v.type != JSON_NONE && v.type != JSON_NULL))
            st = readers[i].read(a, &v, e, err);
    }
    return st;
}

/* Writing. */

/* A byte of text takes six at most, what stands around a version less than so
 * many. */
enum { BYTE_MOST = 6, VERSION_MOST = 600, ROW_MOST = 8 << 10 };

static_assert(BYTE_MOST * (VERSION_BYTES_MAX + ENTRY_PIECE_MAX_BYTES) +
              VERSION_MOST * VERSION_COUNT_MAX + ROW_MOST <
              ENTRY_LINE_MAX_BYTES, "every memory fits into a line");

void
entry_add(struct buf *b, const struct memory_row *row)
{
    buf_printf(b, "\"id\":%lld,\"content\":", (long long)row->id);
    json_add_string(b, row->text);
    buf_printf(b, ",\"role\":\"%s\"", role_name(row->role));
    if (row->author.len) {
        buf_add(b, STR(",\"name\":"));
        json_add_string(b, row->author);
    }
    buf_printf(b, ",\"timestamp\":%lld,\"session_id\":",
               (long long)row->occurred_ms);
    json_add_or_null(b, row->session);
    if (row->metadata.len) {
        buf_add(b, STR(",\"metadata\":"));
        buf_add(b, row->metadata);
    }
    buf_add(b, STR(",\"source\":"));
    json_add_string(b, row->source);
}

void
entry_add_line(struct buf *b, const struct memory_row *row,
               const struct version *history, size_t history_count)
{
    buf_add_byte(b, '{');
    entry_add(b, row);
    buf_printf(b, ",\"turn\":%lld,\"position\":%lld%s",
               (long long)row->turn, (long long)row->position,
               row->partial ? ",\"partial\":true" : "");
    if (history_count) {
        buf_add(b, STR(",\"history\":"));
        history_add(b, history, history_count);
    }
    buf_add(b, STR("}\n"));
}
