/* Settings of keys, from JSON and to JSON. */
#include "api/key_fields.h"

#include "base/utf8.h"
#include "platform/clock.h"
#include "store/limiter.h"

#include "base/banned.h"

/* A number, or one of some words that stand for 0, 1 ... */
static const struct field {
    const char *name;
    const char *other;    /* likewise */
    int64_t     least, most;
    const char *words[5];
    const char *right;    /* the hint */
} fields[KEYS_NUMBERS] = {
    [KEYS_MODE] = { "memory_mode", "mode", 0, 3,
        { "on", "read", "write", "off" },
        "memory_mode is on, read, write or off." },
    [KEYS_RECALL_LIMIT] = { "memory_limit", "limit", 1, 1000, { NULL },
        "memory_limit is a whole number from 1 to 1000." },
    [KEYS_SESSION_SCOPE] = { "session_scope", "session_scope", 0, 2,
        { "merged", "exclusive", "all" },
        "session_scope is merged, exclusive or all." },
    [KEYS_PLACEMENT] = { "placement", "placement", 0, 1,
        { "tail", "system" }, "placement is tail or system." },
    [KEYS_RETENTION_DAYS] = { "retention_days", "retention_days", 1, 36500,
        { NULL }, "retention_days is a whole number from 1 to 36500." },
    [KEYS_REQUESTS_10S] = { "requests_per_10s", "requests_per_10s", 0,
        LIMITER_MOST, { NULL },
        "requests_per_10s is a whole number from 0 (no limit) to 2048." },
    [KEYS_REQUESTS_60S] = { "requests_per_minute", "requests_per_60s", 0,
        LIMITER_MOST, { NULL },
        "requests_per_minute is a whole number from 0 (no limit) to 2048." },
    [KEYS_CONCURRENT] = { "concurrent_requests", "concurrency", 0,
        LIMITER_CONCURRENT, { NULL },
        "concurrent_requests is a whole number from 0 (no limit) to 256." },
    [KEYS_TOKENS_PER_MONTH] = { "tokens_per_month", "monthly_tokens", 0,
        INT64_C(1) << 52, { NULL },
        "tokens_per_month is a whole number, 0 for no limit." },
    [KEYS_MEMORIES_MOST] = { "memories_most", "max_memories", 0,
        INT64_C(1) << 40, { NULL },
        "memories_most is a whole number, 0 for no limit." },
};

static const char *const user_names[] = { "external_user_id", "user_id",
                                          "user" };

static enum status
wrong(struct error *err, const char *name, const char *hint)
{
    return refused(err, ERR_INPUT, "invalid_request", hint,
                   "The field %s is not right", name);
}

/* A text for people or programs: UTF-8 without control characters. */
static bool
is_text(struct str text, size_t most_chars)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ')
            return false;
    return utf8_valid(text) && utf8_count(text) <= most_chars;
}

static enum status
read_name(struct arena *a, const struct json *body, struct keys_settings *s,
          struct error *err)
{
    struct json value = json_member(body, "name");

    if (value.type == JSON_NONE || value.type == JSON_NULL)
        return OK;
    s->name = json_text(a, &value);
    if (value.type != JSON_STRING || !is_text(s->name, KEYS_NAME_CHARS))
        return wrong(err, "name", "Send at most 255 characters.");
    return OK;
}

static enum status
read_user(struct arena *a, const struct json *body, struct keys_settings *s,
          struct error *err)
{
    for (size_t i = 0; i < COUNT(user_names); i++) {
        struct json value = json_member(body, user_names[i]);

        if (value.type == JSON_NONE)
            continue;
        s->external_user = str_trim(json_text(a, &value));
        if (value.type == JSON_NULL)
            return OK;
        if (value.type != JSON_STRING || s->external_user.len == 0 ||
            !is_text(s->external_user, KEYS_NAME_CHARS))
            return wrong(err, user_names[i], "Send the id that your own "
                         "system has for the user, at most 255 characters.");
        return OK;
    }
    return OK;
}

/* The words of "a b", or of ["a", "b"]. */
static bool
read_words(struct arena *a, const struct json *value, struct buf *words)
{
    struct json_item item = { 0 };

    if (value->type == JSON_STRING) {
        buf_add(words, str_trim(json_text(a, value)));
        return true;
    }
    while (json_next(value, &item)) {
        struct str word = json_text(a, &item.value);

        if (item.value.type != JSON_STRING || word.len == 0 ||
            str_find_byte(word, ' ') != STR_NOWHERE)
            return false;
        buf_add(words, words->len ? STR(" ") : STR(""));
        buf_add(words, word);
    }
    return value->type == JSON_ARRAY;
}

static enum status
read_scopes(struct arena *a, const struct json *body, struct keys_settings *s,
            struct error *err)
{
    static const char hint[] = "scopes is a list of chat, memory:read, "
                               "memory:write and admin.";
    struct json value = json_member(body, "scopes");
    struct buf *words = buf_new(a, 1024);
    struct str  rest, word;
    int         rights = 0;

    if (value.type == JSON_NONE || value.type == JSON_NULL)
        return OK;
    if (!read_words(a, &value, words) || words->full)
        return wrong(err, "scopes", hint);
    rest = buf_str(words);
    while (rest.len) {
        (void)str_cut(rest, ' ', &word, &rest); /* the last has no blank */
        if (word.len && !rights_add_word(&rights, word))
            return wrong(err, "scopes", hint);
    }
    if (rights == 0)
        return wrong(err, "scopes", hint);
    s->rights = rights;
    return OK;
}

static enum status
read_models(struct arena *a, const struct json *body, struct keys_settings *s,
            struct error *err)
{
    static const char hint[] = "models is a list of names such as gpt-4o, "
                               "anthropic/claude-sonnet-4-5 or openai/*.";
    struct json value = json_member(body, "models");
    struct buf *words = buf_new(a, KEYS_MODELS_BYTES);

    if (value.type == JSON_NONE)
        return OK;
    if (value.type != JSON_NULL &&
        (!read_words(a, &value, words) || words->full))
        return wrong(err, "models", hint);
    s->models = buf_str(words);
    if (!is_text(s->models, KEYS_MODELS_BYTES))
        return wrong(err, "models", hint);
    return OK;
}

static bool
word_number(const struct field *f, struct str word, int64_t *number)
{
    for (size_t i = 0; f->words[i]; i++)
        if (str_equal_nocase(word, str_from(f->words[i]))) {
            *number = (int64_t)i;
            return true;
        }
    return false;
}

static enum status
read_number(struct arena *a, const struct json *body, const struct field *f,
            int64_t *number, struct error *err)
{
    struct json value = json_member(body, f->name);

    if (value.type == JSON_NONE)
        value = json_member(body, f->other);
    if (value.type == JSON_NONE)
        return OK;
    if (value.type == JSON_NULL) {
        *number = KEYS_UNSET;
        return OK;
    }
    if (f->words[0] ? !word_number(f, json_text(a, &value), number)
                    : !json_int(&value, number))
        return wrong(err, f->name, f->right);
    if (*number < f->least || *number > f->most)
        return wrong(err, f->name, f->right);
    return OK;
}

enum status
key_fields_read(struct arena *a, const struct json *body,
                struct keys_settings *s, struct error *err)
{
    enum status st;

    if ((st = read_name(a, body, s, err)) != OK ||
        (st = read_user(a, body, s, err)) != OK ||
        (st = read_scopes(a, body, s, err)) != OK ||
        (st = read_models(a, body, s, err)) != OK)
        return st;
    for (size_t i = 0; i < KEYS_NUMBERS && st == OK; i++)
        st = read_number(a, body, &fields[i], &s->numbers[i], err);
    return st;
}

/* To JSON. */

static void
add_text(struct buf *b, const char *name, struct str text)
{
    buf_printf(b, ",\"%s\":", name);
    json_add_or_null(b, text);
}

static void
add_time(struct buf *b, struct arena *a, const char *name, int64_t ms)
{
    add_text(b, name, ms ? clock_iso(a, ms) : STR_NONE);
}

static void
add_scopes(struct buf *b, int rights)
{
    enum right  right;
    const char *word;
    bool        first = true;

    buf_add(b, STR(",\"scopes\":["));
    for (size_t i = 0; (word = rights_word(i, &right)) != NULL; i++) {
        if (!(rights & (int)right))
            continue;
        buf_printf(b, "%s\"%s\"", first ? "" : ",", word);
        first = false;
    }
    buf_add_byte(b, ']');
}

static void
add_models(struct buf *b, struct str words)
{
    struct str word;
    bool       first = true;

    if (words.len == 0) {
        buf_add(b, STR(",\"models\":null"));
        return;
    }
    buf_add(b, STR(",\"models\":["));
    while (words.len) {
        (void)str_cut(words, ' ', &word, &words); /* the last has no blank */
        buf_add(b, first ? STR("") : STR(","));
        json_add_string(b, word);
        first = false;
    }
    buf_add_byte(b, ']');
}

static void
add_number(struct buf *b, const struct field *f, int64_t number)
{
    buf_printf(b, ",\"%s\":", f->name);
    if (number < 0)
        buf_add(b, STR("null"));
    else if (f->words[0] && number <= f->most)
        buf_printf(b, "\"%s\"", f->words[number]);
    else
        buf_printf(b, "%lld", (long long)number);
}

void
key_fields_write(struct buf *b, struct arena *a, const struct keys_row *row)
{
    const struct keys_settings *s = &row->settings;

    buf_printf(b, "\"id\":%lld,\"vault_id\":%lld,\"name\":",
               (long long)row->id, (long long)row->vault_id);
    json_add_string(b, s->name);
    add_text(b, "last_four", row->last_four);
    add_text(b, "external_user_id", s->external_user);
    buf_printf(b, ",\"state\":\"%s\",\"is_active\":%s",
               row->revoked_ms ? "revoked" : "live",
               row->revoked_ms ? "false" : "true");
    add_scopes(b, s->rights);
    add_models(b, s->models);
    for (size_t i = 0; i < KEYS_NUMBERS; i++)
        add_number(b, &fields[i], s->numbers[i]);
    buf_printf(b, ",\"memories\":%lld", (long long)row->memories);
    add_time(b, a, "created_at", row->created_ms);
    add_time(b, a, "last_used_at", row->last_used_ms);
    add_time(b, a, "revoked_at", row->revoked_ms);
    add_time(b, a, "old_secret_until", row->previous_until_ms);
}

void
key_fields_write_list(struct buf *b, struct arena *a,
                      const struct keys_row *list, size_t count)
{
    buf_add_byte(b, '[');
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(",{") : STR("{"));
        key_fields_write(b, a, &list[i]);
        buf_add_byte(b, '}');
    }
    buf_add_byte(b, ']');
}
