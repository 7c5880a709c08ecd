/* Reading LoCoMo's form.  json-c, because it takes what Python writes (NaN)
 * and what the strict scanner of the product refuses. */
#include "recall/talk.h"

#include <json-c/json.h>
#include <stdio.h>

#include "base/utf8.h"
#include "recall/date.h"

#include "base/banned.h"

enum {
    SESSIONS_MAX = 10000,
    UNANSWERABLE = 5,      /* LoCoMo's category of questions with no answer */
    LINE_MS = 20000,       /* between the lines of a session                */
    DAY_MS = 86400000,
};

/* Where times begin when a file has none: 2024-01-01. */
static const int64_t BEGINNING_MS = 1704067200000;

/* While one conversation is read. */
struct reading {
    struct arena *arena;
    struct talk  *talk;
    size_t        room;    /* for lines */
    int64_t       now_ms;  /* of the last line */
};

static struct str
text_of(struct json_object *object, const char *name)
{
    struct json_object *value;

    if (!json_object_object_get_ex(object, name, &value) ||
        !json_object_is_type(value, json_type_string))
        return STR_NONE;
    return (struct str){ json_object_get_string(value),
                         (size_t)json_object_get_string_len(value) };
}

/* As the product stores a text: without NUL and malformed bytes. */
static struct str
clean(struct arena *a, struct str text)
{
    struct buf *b = buf_new(a, text.len * 3 + 1);

    while (text.len) {
        uint32_t cp = utf8_next(&text);

        if (cp != 0)
            utf8_add(b, cp);
    }
    return str_trim(buf_str(b));
}

/* A user, an assistant, or a person with a name. */
static void
set_speaker(struct talk_line *line, struct str speaker)
{
    static const struct {
        const char *name;
        enum role   role;
    } roles[] = {
        { "user", ROLE_USER }, { "human", ROLE_USER },
        { "assistant", ROLE_ASSISTANT }, { "ai", ROLE_ASSISTANT },
        { "bot", ROLE_ASSISTANT }, { "model", ROLE_ASSISTANT },
        { "system", ROLE_SYSTEM },
    };

    line->role = ROLE_USER;
    line->author = STR_NONE;
    for (size_t i = 0; i < COUNT(roles); i++)
        if (str_equal_nocase(speaker, str_from(roles[i].name))) {
            line->role = roles[i].role;
            return;
        }
    line->author = speaker;
}

static void
add_line(struct reading *r, struct json_object *object, struct str session)
{
    struct talk      *talk = r->talk;
    struct str        text = text_of(object, "text");
    struct str        caption = text_of(object, "blip_caption");
    struct talk_line *line = &talk->lines[talk->line_count];

    if (caption.len)
        text = arena_printf(r->arena, "%.*s [shares %.*s]", STR_ARG(text),
                            STR_ARG(caption));
    text = clean(r->arena, text);
    if (text.len == 0)
        return;
    r->now_ms += LINE_MS;
    (void)date_read(text_of(object, "date_time"), &r->now_ms);
    *line = (struct talk_line){
        .name = arena_copy(r->arena, text_of(object, "dia_id")),
        .text = text,
        .session = session,
        .occurred_ms = r->now_ms,
    };
    set_speaker(line, clean(r->arena, text_of(object, "speaker")));
    talk->line_count++;
}

/* Doubles the room until `more` lines fit. */
static void
make_room(struct reading *r, size_t more)
{
    struct talk_line *lines = r->talk->lines;

    if (r->talk->line_count + more <= r->room)
        return;
    r->room = 2 * (r->talk->line_count + more);
    r->talk->lines = arena_array(r->arena, struct talk_line, r->room);
    if (r->talk->line_count)
        memcpy(r->talk->lines, lines, r->talk->line_count * sizeof(*lines));
}

static void
add_sessions(struct reading *r, struct json_object *conversation)
{
    r->now_ms = BEGINNING_MS;
    for (int n = 0; n < SESSIONS_MAX; n++) {
        struct str session = arena_printf(r->arena, "session_%d", n);
        struct str dated = arena_printf(r->arena, "session_%d_date_time", n);
        struct json_object *lines;
        size_t              count;

        if (!json_object_object_get_ex(conversation, session.ptr, &lines) ||
            !json_object_is_type(lines, json_type_array))
            continue;
        count = json_object_array_length(lines);
        make_room(r, count);
        r->now_ms += DAY_MS;
        (void)date_read(text_of(conversation, dated.ptr), &r->now_ms);
        for (size_t i = 0; i < count; i++)
            add_line(r, json_object_array_get_idx(lines, i), session);
    }
}

/* Notes the line with this name; unknown and repeated names change nothing. */
static void
add_evidence(const struct talk *talk, struct talk_question *q, struct str name)
{
    for (size_t i = 0; i < q->evidence_count; i++)
        if (str_equal(talk->lines[q->evidence[i]].name, name))
            return;
    for (size_t i = 0; i < talk->line_count && name.len; i++)
        if (str_equal(talk->lines[i].name, name)) {
            q->evidence[q->evidence_count++] = i;
            return;
        }
}

/* The names in "D8:6; D9:17". */
static void
add_names(struct reading *r, struct talk_question *q, struct str text)
{
    size_t  room = q->evidence_count + text.len / 2 + 1;
    size_t *evidence = arena_array(r->arena, size_t, room);

    if (q->evidence_count)
        memcpy(evidence, q->evidence, q->evidence_count * sizeof(*evidence));
    q->evidence = evidence;
    while (text.len) {
        size_t end = 0;

        while (end < text.len && !strchr(" ,;\t\r\n", text.ptr[end]))
            end++;
        add_evidence(r->talk, q, str_slice(text, 0, end));
        text = str_slice(text, end + 1, text.len);
    }
}

static void
read_evidence(struct reading *r, struct talk_question *q,
              struct json_object *qa)
{
    struct json_object *list;

    add_names(r, q, text_of(qa, "evidence"));
    if (!json_object_object_get_ex(qa, "evidence", &list) ||
        !json_object_is_type(list, json_type_array))
        return;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *name = json_object_array_get_idx(list, i);

        if (json_object_is_type(name, json_type_string))
            add_names(r, q, str_from(json_object_get_string(name)));
    }
}

/* "kind", or the category as it stands; false for one with no answer. */
static bool
read_category(struct reading *r, struct talk_question *q,
              struct json_object *qa)
{
    struct json_object *category;

    q->category = text_of(qa, "kind");
    if (q->category.len == 0 &&
        json_object_object_get_ex(qa, "category", &category))
        q->category = str_from(json_object_get_string(category));
    if (q->category.len == 0)
        q->category = STR("-");
    q->category = arena_copy(r->arena, q->category);
    return !json_object_object_get_ex(qa, "category", &category) ||
           json_object_get_int(category) != UNANSWERABLE;
}

static void
add_question(struct reading *r, struct json_object *qa)
{
    struct talk_question q = { .text = text_of(qa, "question") };

    q.text = clean(r->arena, q.text);
    if (q.text.len == 0 || !read_category(r, &q, qa))
        return;
    read_evidence(r, &q, qa);
    q.asked_ms = r->now_ms + DAY_MS;
    (void)date_read(text_of(qa, "asked"), &q.asked_ms);
    if (q.evidence_count)
        r->talk->questions[r->talk->question_count++] = q;
}

static bool
read_one(struct arena *a, struct json_object *element, struct talk *talk)
{
    struct reading      r = { .arena = a, .talk = talk };
    struct json_object *conversation, *qa;
    size_t              count;

    if (!json_object_object_get_ex(element, "conversation", &conversation) ||
        !json_object_is_type(conversation, json_type_object) ||
        !json_object_object_get_ex(element, "qa", &qa) ||
        !json_object_is_type(qa, json_type_array))
        return false;
    add_sessions(&r, conversation);
    count = json_object_array_length(qa);
    talk->questions = arena_array(a, struct talk_question, count + 1);
    for (size_t i = 0; i < count; i++)
        add_question(&r, json_object_array_get_idx(qa, i));
    return true;
}

enum status
talk_read(struct arena *a, const char *path, struct talk **talks,
          size_t *count, struct error *err)
{
    struct json_object *file = json_object_from_file(path);
    struct talk        *list;
    size_t              length;
    enum status         st = OK;

    if (!file || !json_object_is_type(file, json_type_array)) {
        json_object_put(file);
        return failed(err, ERR_INPUT, "%s: no JSON array", path);
    }
    length = json_object_array_length(file);
    list = arena_array(a, struct talk, length + 1);
    for (size_t i = 0; i < length && st == OK; i++)
        if (!read_one(a, json_object_array_get_idx(file, i), &list[i]))
            st = failed(err, ERR_INPUT, "%s: element %zu has no "
                        "`conversation' and `qa' as LoCoMo has", path, i);
    json_object_put(file);
    if (st != OK)
        return st;
    *talks = list;
    *count = length;
    return OK;
}
