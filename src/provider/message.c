/* Conversations as all dialects have them. */
#include "provider/message.h"

#include "base/banned.h"

enum {
    FEW_WORDS        = 4,    /* a question this short leans on what was said */
    QUERY_MORE_BYTES = 800,
};

static const char *const message_fields[] = { "memory" };

static bool
is_one_of(const char *words, struct str word)
{
    struct str rest = str_from(words), one;

    while (rest.len) {
        (void)str_cut(rest, '|', &one, &rest); /* the last has no bar */
        if (str_equal(one, word))
            return true;
    }
    return false;
}

bool
message_has_role(struct arena *a, const struct json *message,
                 const char *roles)
{
    struct json role = json_member(message, "role");

    return is_one_of(roles, json_text(a, &role));
}

/* Reading. */

static bool
is_text_part(struct arena *a, const struct shape *shape,
             const struct json *part)
{
    struct json type = json_member(part, "type");
    struct json thought = json_member(part, "thought");

    if (*shape->text_types)
        return is_one_of(shape->text_types, json_text(a, &type));
    return !json_is_true(&thought);
}

static void
set_place(const struct json *part, const struct json *text,
          struct place *place)
{
    struct json marker = json_member(part, "cache_control");

    place->in_text = text->raw.ptr + text->raw.len - 1;
    place->after_part = NULL;
    if (marker.type == JSON_OBJECT)
        place->after_part = part->raw.ptr + part->raw.len;
}

struct str
message_text(struct arena *a, const struct shape *shape,
             const struct json *content, struct place *place)
{
    struct json_item part = { 0 };
    struct buf      *joined;

    *place = (struct place){ NULL, NULL };
    if (content->type == JSON_STRING) {
        place->in_text = content->raw.ptr + content->raw.len - 1;
        return json_text(a, content);
    }
    if (content->type != JSON_ARRAY)
        return STR_NONE;
    joined = buf_new(a, content->raw.len);
    while (json_next(content, &part)) {
        struct json text = json_member(&part.value, "text");

        if (text.type != JSON_STRING || !is_text_part(a, shape, &part.value))
            continue;
        if (joined->len)
            buf_add_byte(joined, '\n');
        buf_add(joined, json_text(a, &text));
        set_place(&part.value, &text, place);
    }
    return buf_str(joined);
}

static size_t
count_words(struct str s)
{
    size_t count = 0;
    bool   inside = false;

    for (size_t i = 0; i < s.len; i++) {
        bool blank = s.ptr[i] == ' ' || s.ptr[i] == '\n' || s.ptr[i] == '\t';

        count += !blank && !inside;
        inside = !blank;
    }
    return count;
}

/* What user and model said before the message `last`, a line each; with room
 * for the question behind it. */
static struct buf *
said_before(struct arena *a, const struct shape *shape, const struct prompt *p,
            const struct json *last)
{
    struct buf      *said = buf_new(a, p->list.raw.len + p->question.len + 1);
    struct json_item item = { 0 };
    struct place     place;

    while (json_next(&p->list, &item) &&
           item.value.raw.ptr != last->raw.ptr) {
        struct json content = json_member(&item.value, shape->content);

        if (!message_has_role(a, &item.value, shape->user_roles) &&
            !message_has_role(a, &item.value, shape->model_roles))
            continue;
        buf_add(said, message_text(a, shape, &content, &place));
        buf_add_byte(said, '\n');
    }
    return said;
}

/*
 * A question of a few words ("tell me more") gets the conversation before it.
 * The text is put together in the order in which it was said.
 */
static struct str
make_query(struct arena *a, const struct shape *shape, const struct prompt *p,
           const struct json *last)
{
    struct str  question = p->question;
    struct buf *said;

    if (count_words(question) >= FEW_WORDS)
        return str_slice(question, question.len > QUERY_MAX_BYTES
                                       ? question.len - QUERY_MAX_BYTES : 0,
                         question.len);
    said = said_before(a, shape, p, last);
    if (said->len > QUERY_MORE_BYTES)
        buf_drop(said, said->len - QUERY_MORE_BYTES);
    buf_add(said, question);
    return buf_str(said);
}

/* Whether the model may call tools, so that more requests of the same question
 * may follow. */
static bool
has_tools(const struct prompt *p)
{
    static const char *const names[] = { "tools", "functions" };
    struct json_item         item = { 0 };

    for (size_t i = 0; i < COUNT(names); i++) {
        struct json tools = json_member(&p->root, names[i]);

        if (json_next(&tools, &item))
            return true;
    }
    return false;
}

/* Names what was said up to the question.  Texts count, not bytes: clients
 * move their cache marks from request to request. */
static void
name_conversation(struct arena *a, const struct shape *shape,
                  struct prompt *p, const struct json *last)
{
    struct buf *said = said_before(a, shape, p, last);

    buf_add(said, p->question);
    crypto_hash_text(buf_str(said), p->conversation);
    p->has_tools = true;
}

/* No older message is stored in the place of the last one. */
static bool
is_storable(const struct json *message, struct str text)
{
    struct json flag = json_member(message, "memory");

    return !json_is_false(&flag) && str_trim(text).len > 0;
}

void
message_scan(struct arena *a, const struct shape *shape,
             bool (*is_tool_result)(struct arena *a,
                                    const struct json *message),
             struct prompt *p)
{
    struct json_item item = { 0 };
    struct json      last = { JSON_NONE, STR_NONE }, name;

    while (json_next(&p->list, &item)) {
        struct json  content = json_member(&item.value, shape->content);
        struct place place;
        struct str   text;

        if (message_has_role(a, &item.value, shape->system_roles)) {
            if (!p->instructions.in_text)
                (void)message_text(a, shape, &content, &p->instructions);
            continue;
        }
        /* In a tool loop the question was remembered with its first call. */
        if (is_tool_result && is_tool_result(a, &item.value)) {
            p->storable = false;
            continue;
        }
        if (!message_has_role(a, &item.value, shape->user_roles))
            continue;
        text = message_text(a, shape, &content, &place);
        p->storable = is_storable(&item.value, text);
        if (str_trim(text).len == 0)
            continue;
        last = item.value;
        p->question = text;
        p->tail = place;
    }
    if (!p->tail.in_text)
        return;
    name = json_member(&last, "name");
    p->author = json_text(a, &name);
    p->query = make_query(a, shape, p, &last);
    if (has_tools(p))
        name_conversation(a, shape, p, &last);
}

enum status
message_check_list(const struct prompt *p, const char *what, const char *hint,
                   struct error *err)
{
    struct json_item item = { 0 };

    if (p->list.type != JSON_ARRAY || !json_next(&p->list, &item))
        return refused(err, ERR_INPUT, "missing_field", hint,
                       "Missing required field%s", what);
    do
        if (item.value.type != JSON_OBJECT)
            return refused(err, ERR_INPUT, "invalid_messages", hint,
                           "Each of the messages must be an object");
    while (json_next(&p->list, &item));
    return OK;
}

/* Of two models we would judge one, and the provider might take the other. */
static enum status
check_one_model(const struct json *root, struct error *err)
{
    struct json_item item = { 0 };
    size_t           count = 0;

    while (json_next(root, &item))
        count += json_key_is(&item, "model");
    if (count <= 1)
        return OK;
    return refused(err, ERR_INPUT, "repeated_field", "Name one model.",
                   "The field model is there twice");
}

enum status
message_read_root(struct arena *a, struct str body, size_t depth,
                  bool model_in_body, struct prompt *p, struct error *err)
{
    struct json model, stream;
    enum status st;

    memset(p, 0, sizeof(*p));
    p->document = body;
    if ((st = json_parse(body, depth, &p->root, err)) != OK)
        return st;
    if (p->root.type != JSON_OBJECT)
        return refused(err, ERR_INPUT, "invalid_json",
                       "Send one JSON object as the body.",
                       "Invalid JSON body: it is not an object");
    if ((st = check_one_model(&p->root, err)) != OK)
        return st;
    stream = json_member(&p->root, "stream");
    p->stream = json_is_true(&stream);
    if (!model_in_body)
        return OK;
    model = json_member(&p->root, "model");
    if (model.type == JSON_NONE || model.type == JSON_NULL)
        return refused(err, ERR_INPUT, "missing_field",
                       "Name the model, as in \"openai/gpt-4o\".",
                       "Missing required field: model");
    p->model = json_text(a, &model);
    p->model_raw = model.raw;
    if (model.type != JSON_STRING || p->model.len == 0 ||
        p->model.len > MODEL_NAME_MAX_BYTES)
        return refused(err, ERR_INPUT, "invalid_model",
                       "Send the model as in \"openai/gpt-4o\".",
                       "The field model must be a string of 1 to %d bytes",
                       MODEL_NAME_MAX_BYTES);
    return OK;
}

/* Editing. */

struct str
message_quote(struct arena *a, const char *before, struct str text,
              const char *after)
{
    struct buf *b = buf_new(a, strlen(before) + text.len * 6 + strlen(after));

    buf_add(b, str_from(before));
    json_add_escaped(b, text);
    buf_add(b, str_from(after));
    return buf_str(b);
}

void
message_rename(const struct prompt *p, struct str model, struct splice *s)
{
    if (p->model_raw.len && !str_equal(model, p->model))
        splice_replace(s, p->model_raw,
                       message_quote(s->arena, "\"", model, "\""));
}

void
message_strip(const struct shape *shape, const struct prompt *p,
              struct str model, struct splice *s)
{
    struct json_item item = { 0 };

    message_rename(p, model, s);
    splice_remove_members(s, &p->root, dialect_fields, dialect_field_count);
    while (json_next(&p->list, &item)) {
        struct json      content = json_member(&item.value, shape->content);
        struct json_item part = { 0 };

        splice_remove_members(s, &item.value, message_fields,
                              COUNT(message_fields));
        if (content.type == JSON_ARRAY)
            while (json_next(&content, &part))
                splice_remove_members(s, &part.value, message_fields,
                                      COUNT(message_fields));
    }
}

void
message_insert(const struct shape *shape, const struct place *place,
               struct str text, struct splice *s)
{
    struct str begin = arena_printf(s->arena, ",%s", shape->text_part);

    if (place->after_part)
        splice_insert(s, place->after_part,
                      message_quote(s->arena, begin.ptr, text, "\"}"));
    else
        splice_insert(s, place->in_text,
                      message_quote(s->arena, "\\n\\n", text, ""));
}

void
message_append(const struct shape *shape, const struct json *parts,
               struct str text, struct splice *s)
{
    struct json_item first = { 0 };
    struct str       begin = arena_printf(s->arena, "%s%s",
                                          json_next(parts, &first) ? "," : "",
                                          shape->text_part);

    splice_insert(s, parts->raw.ptr + parts->raw.len - 1,
                  message_quote(s->arena, begin.ptr, text, "\"}"));
}
