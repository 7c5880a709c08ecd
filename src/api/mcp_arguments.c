/* Arguments of tools: schema, check, values. */
#include "api/mcp_arguments.h"

#include "memory/entry.h"

#include "base/banned.h"

/* The schema. */

static void
add_choices(struct buf *b, const char *choices)
{
    struct str rest = str_from(choices), one;

    buf_add(b, STR(",\"enum\":"));
    for (bool first = true; rest.len; first = false) {
        (void)str_cut(rest, '|', &one, &rest); /* the last has no bar */
        buf_add(b, first ? STR("[") : STR(","));
        json_add_string(b, one);
    }
    buf_add_byte(b, ']');
}

static void
add_type(struct buf *b, const struct mcp_argument *a)
{
    long long least = a->least, most = a->most;

    switch (a->type) {
    case ARGUMENT_TEXT:
        buf_printf(b, "\"type\":\"string\",\"minLength\":%lld", least);
        if (a->choices)
            add_choices(b, a->choices);
        break;
    case ARGUMENT_WHOLE:
        buf_printf(b, "\"type\":\"integer\",\"minimum\":%lld", least);
        if (a->most < INT64_MAX)
            buf_printf(b, ",\"maximum\":%lld", most);
        break;
    case ARGUMENT_NUMBER:
        buf_printf(b, "\"type\":\"number\",\"minimum\":%lld,"
                   "\"maximum\":%lld", least, most);
        break;
    case ARGUMENT_TIME:
        buf_add(b, STR("\"type\":\"string\""));
        break;
    case ARGUMENT_IDS:
        buf_printf(b, "\"type\":\"array\",\"items\":{\"type\":\"integer\","
                   "\"minimum\":1},\"minItems\":%lld,\"maxItems\":%lld",
                   least, most);
        break;
    case ARGUMENT_OBJECT:
        buf_add(b, STR("\"type\":\"object\""));
        break;
    }
}

void
mcp_arguments_add_schema(struct buf *b, const struct mcp_argument *arguments)
{
    bool first = true;

    buf_add(b, STR("{\"type\":\"object\",\"properties\":{"));
    for (const struct mcp_argument *a = arguments; a->about; a++) {
        buf_printf(b, "%s\"%s\":{", a == arguments ? "" : ",", a->name);
        add_type(b, a);
        buf_add(b, STR(",\"description\":"));
        json_add_string(b, str_from(a->about));
        buf_add_byte(b, '}');
    }
    buf_add(b, STR("},\"required\":["));
    for (const struct mcp_argument *a = arguments; a->about; a++) {
        if (!a->required)
            continue;
        buf_printf(b, "%s\"%s\"", first ? "" : ",", a->name);
        first = false;
    }
    buf_add(b, STR("],\"additionalProperties\":false}"));
}

/* The check. */

static enum status
wrong(struct error *err, const struct mcp_argument *a, const char *what)
{
    return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                   "The argument %s must be %s", a->name, what);
}

static bool
is_choice(const char *choices, struct str text)
{
    struct str rest = str_from(choices), one;

    while (rest.len) {
        (void)str_cut(rest, '|', &one, &rest); /* the last has no bar */
        if (str_equal(one, text))
            return true;
    }
    return false;
}

static enum status
check_text(struct arena *arena, const struct mcp_argument *a,
           const struct json *value, struct error *err)
{
    struct str text = json_text(arena, value);

    if (value->type != JSON_STRING)
        return wrong(err, a, "a string");
    if (str_trim(text).len < (size_t)a->least)
        return wrong(err, a, "a text that is not empty");
    if (text.len > (size_t)a->most)
        return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                       "The argument %s is longer than %lld bytes", a->name,
                       (long long)a->most);
    if (str_find_byte(text, '\0') != STR_NOWHERE)
        return wrong(err, a, "a text without NUL bytes");
    if (a->choices && !is_choice(a->choices, text))
        return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                       "The argument %s must be one of %s", a->name,
                       a->choices);
    return OK;
}

static enum status
check_number(const struct mcp_argument *a, const struct json *value,
             struct error *err)
{
    int64_t whole = 0;
    double  number = 0;
    bool    good = a->type == ARGUMENT_WHOLE ? json_int(value, &whole)
                                             : json_double(value, &number);

    if (a->type == ARGUMENT_WHOLE)
        good = good && whole >= a->least && whole <= a->most;
    else
        good = good && number >= (double)a->least &&
               number <= (double)a->most;
    if (good)
        return OK;
    if (a->most == INT64_MAX)
        return wrong(err, a, "a whole number, such as search results have");
    return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                   "The argument %s must be a %snumber from %lld to %lld",
                   a->name, a->type == ARGUMENT_WHOLE ? "whole " : "",
                   (long long)a->least, (long long)a->most);
}

static enum status
check_ids(const struct mcp_argument *a, const struct json *value,
          struct error *err)
{
    struct json_item item = { 0 };
    int64_t          count = 0, id;

    while (json_next(value, &item)) {
        if (!json_int(&item.value, &id) || id < 1)
            return wrong(err, a, "an array of ids, such as search results "
                         "have");
        count++;
    }
    if (value->type == JSON_ARRAY && count >= a->least && count <= a->most)
        return OK;
    return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                   "The argument %s must be an array of %lld to %lld ids",
                   a->name, (long long)a->least, (long long)a->most);
}

static enum status
check_one(struct arena *arena, const struct mcp_argument *a,
          const struct json *value, struct error *err)
{
    int64_t ms;

    switch (a->type) {
    case ARGUMENT_TEXT:
        return check_text(arena, a, value, err);
    case ARGUMENT_WHOLE: case ARGUMENT_NUMBER:
        return check_number(a, value, err);
    case ARGUMENT_TIME:
        if (entry_time(arena, value, &ms))
            return OK;
        return wrong(err, a, "a date like 2026-11-23, or a time like "
                     "2026-11-23T19:30:00Z");
    case ARGUMENT_IDS:
        return check_ids(a, value, err);
    case ARGUMENT_OBJECT:
        if (value->type == JSON_OBJECT &&
            value->raw.len <= (size_t)a->most)
            return OK;
        return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                       "The argument %s must be an object of at most %lld "
                       "bytes", a->name, (long long)a->most);
    }
    return OK;
}

static const struct mcp_argument *
find(const struct mcp_argument *arguments, const struct json_item *item)
{
    for (const struct mcp_argument *a = arguments; a->about; a++)
        if (json_key_is(item, a->name))
            return a;
    return NULL;
}

enum status
mcp_arguments_check(struct arena *arena, const struct mcp_argument *arguments,
                    const struct json *values, struct error *err)
{
    struct json_item item = { 0 };
    enum status      st = OK;

    if (values->type != JSON_NONE && values->type != JSON_OBJECT)
        return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                       "The arguments must be an object");
    while (st == OK && json_next(values, &item)) {
        const struct mcp_argument *a = find(arguments, &item);

        if (!a)
            return refused(err, ERR_INPUT, "invalid_arguments", NULL,
                           "There is no argument %.*s",
                           STR_ARG(str_slice(item.key, 0, 64)));
        if (item.value.type != JSON_NULL)
            st = check_one(arena, a, &item.value, err);
    }
    for (const struct mcp_argument *a = arguments; st == OK && a->about; a++)
        if (a->required && !mcp_arguments_have(values, a->name))
            st = refused(err, ERR_INPUT, "invalid_arguments", NULL,
                         "The argument %s is missing", a->name);
    return st;
}

/* The values. */

bool
mcp_arguments_have(const struct json *values, const char *name)
{
    struct json value = json_member(values, name);

    return value.type != JSON_NONE && value.type != JSON_NULL;
}

struct str
mcp_arguments_text(struct arena *a, const struct json *values,
                   const char *name)
{
    struct json value = json_member(values, name);

    return json_text(a, &value);
}

int64_t
mcp_arguments_whole(const struct json *values, const char *name,
                    int64_t otherwise)
{
    struct json value = json_member(values, name);
    int64_t     number;

    return json_int(&value, &number) ? number : otherwise;
}

double
mcp_arguments_number(const struct json *values, const char *name,
                     double otherwise)
{
    struct json value = json_member(values, name);
    double      number;

    return json_double(&value, &number) ? number : otherwise;
}

int64_t
mcp_arguments_time(struct arena *a, const struct json *values,
                   const char *name, int64_t otherwise)
{
    struct json value = json_member(values, name);
    int64_t     ms;

    return entry_time(a, &value, &ms) ? ms : otherwise;
}

int64_t *
mcp_arguments_ids(struct arena *a, const struct json *values,
                  const char *name, size_t *count)
{
    struct json      value = json_member(values, name);
    struct json_item item = { 0 };
    int64_t         *ids = arena_array(a, int64_t, value.raw.len / 2 + 1);

    *count = 0;
    while (json_next(&value, &item)) {
        int64_t id = 0;
        bool    again = !json_int(&item.value, &id);

        for (size_t i = 0; i < *count && !again; i++)
            again = ids[i] == id;
        if (!again)
            ids[(*count)++] = id;
    }
    return ids;
}
