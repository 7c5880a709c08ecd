/*
 * Files of other systems.  Field names as in the exports of mem0 (get_all and
 * its export API) and Supermemory (documents), and in conversations.json of
 * ChatGPT, as of 2026.
 */
#include "admin/foreign.h"

#include <stdlib.h>

#include "base/banned.h"

enum { JSON_DEPTH = 256, NAMES_MOST = 4 };

/* The names that a member has, NULL behind the last. */
struct fields {
    const char *content[NAMES_MOST];
    const char *time[NAMES_MOST];
    const char *lists[NAMES_MOST];
};

static const struct fields mem0 = {
    { "memory", "content", "text" }, { "created_at", "updated_at" },
    { "results", "memories" },
};

static const struct fields supermemory = {
    { "content", "memory", "summary" }, { "createdAt", "created_at" },
    { "memories", "documents", "results" },
};

static enum status
wrong_kind(struct error *err, const char *wanted)
{
    return refused(err, ERR_INPUT, "wrong_file", NULL,
                   "the file is not what was expected: %s", wanted);
}

/* The first of the members that is there. */
static struct json
member_of(const struct json *object, const char *const names[NAMES_MOST],
          enum json_type type)
{
    for (size_t i = 0; i < NAMES_MOST && names[i]; i++) {
        struct json v = json_member(object, names[i]);

        if (v.type == type)
            return v;
    }
    return (struct json){ JSON_NONE, STR_NONE };
}

static struct entry
empty_entry(const struct foreign *f)
{
    return (struct entry){ .timestamp_ms = f->now_ms, .position = -1 };
}

static enum status
take_object(struct foreign *f, const struct fields *fields,
            const struct json *object, struct error *err)
{
    struct json  content = member_of(object, fields->content, JSON_STRING);
    struct json  time = member_of(object, fields->time, JSON_STRING);
    struct json  metadata = json_member(object, "metadata");
    struct json  role = json_member(object, "role");
    struct entry e = empty_entry(f);
    struct json  alone = { JSON_NONE, STR_NONE };
    struct error ignored;

    e.content = json_text(f->arena, &content);
    if (str_trim(e.content).len == 0 ||
        e.content.len > ENTRY_CONTENT_MAX_BYTES) {
        f->unusable++;
        return OK;
    }
    (void)entry_role(json_text(f->arena, &role), &e.role); /* else user */
    (void)entry_time(f->arena, &time, &e.timestamp_ms);    /* else now */
    if (metadata.type == JSON_OBJECT) {
        alone.type = JSON_OBJECT;
        alone.raw = arena_printf(f->arena, "{\"metadata\":%.*s}",
                                 STR_ARG(metadata.raw));
        /* Metadata that is too large is left out. */
        error_ignore(entry_read(f->arena, &alone, ENTRY_MESSAGE, &e,
                                &ignored));
    }
    return f->take(f->owner, &e, err);
}

static enum status
take_list(struct foreign *f, const struct fields *fields, struct error *err)
{
    struct json      root, list;
    struct json_item item = { 0 };
    enum status      st = json_parse(f->text, JSON_DEPTH, &root, err);

    if (st != OK)
        return st;
    list = root.type == JSON_ARRAY
               ? root : member_of(&root, fields->lists, JSON_ARRAY);
    if (list.type != JSON_ARRAY)
        return wrong_kind(err, "a JSON list of memories");
    while (st == OK && json_next(&list, &item))
        st = take_object(f, fields, &item.value, err);
    return st;
}

enum status
foreign_mem0(struct foreign *f, struct error *err)
{
    return take_list(f, &mem0, err);
}

enum status
foreign_supermemory(struct foreign *f, struct error *err)
{
    return take_list(f, &supermemory, err);
}

/* A message of ChatGPT's tree: whoever edits a question or wants another
 * answer makes a branch, and sees the one of "current_node" from then on. */
struct said {
    struct str   id, parent;
    struct entry entry;
    size_t       number;
    bool         usable;
    bool         seen;    /* on the branch that is shown */
};

static int
by_id(const void *a, const void *b)
{
    const struct said *x = a, *y = b;

    return str_compare(x->id, y->id);
}

/* In the order of time. */
static int
by_time(const void *a, const void *b)
{
    const struct said *x = a, *y = b;

    if (x->entry.timestamp_ms != y->entry.timestamp_ms)
        return x->entry.timestamp_ms < y->entry.timestamp_ms ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Marks the branch that ends at the node of this id; all where there is no
 * such node. */
static void
mark_seen(struct said *said, size_t count, struct str id)
{
    struct said  key = { .id = id };
    struct said *at;

    qsort(said, count, sizeof(*said), by_id);
    at = bsearch(&key, said, count, sizeof(*said), by_id);
    for (size_t i = 0; i < count; i++)
        said[i].seen = at == NULL;
    while (at && !at->seen) {
        at->seen = true;
        key.id = at->parent;
        at = bsearch(&key, said, count, sizeof(*said), by_id);
    }
}

/* The parts of a message's content that are text. */
static struct str
parts_of(struct arena *a, const struct json *message)
{
    struct json      content = json_member(message, "content");
    struct json      parts = json_member(&content, "parts");
    struct json_item part = { 0 };
    struct buf      *b = buf_new(a, ENTRY_CONTENT_MAX_BYTES);

    while (json_next(&parts, &part)) {
        struct str text = json_text(a, &part.value);

        if (b->len && text.len)
            buf_add_byte(b, '\n');
        buf_add(b, text);
    }
    return buf_str(b);
}

/* False for what tools and the system said, and what has no text. */
static bool
read_said(struct foreign *f, const struct json *node, struct entry *e)
{
    struct json message = json_member(node, "message");
    struct json author = json_member(&message, "author");
    struct json role = json_member(&author, "role");
    struct json time = json_member(&message, "create_time");
    double      seconds;

    if (!entry_role(json_text(f->arena, &role), &e->role) ||
        e->role == ROLE_SYSTEM)
        return false;
    if (json_double(&time, &seconds) && seconds > 0 && seconds < 4e9)
        e->timestamp_ms = (int64_t)(seconds * 1000);
    e->content = parts_of(f->arena, &message);
    return str_trim(e->content).len > 0;
}

/* All nodes, owned by the arena. */
static struct said *
read_tree(struct foreign *f, const struct json *mapping, struct str metadata,
          size_t *count)
{
    struct json_item node = { 0 };
    struct said     *said;
    size_t           room = 0;

    while (json_next(mapping, &node))
        room++;
    said = arena_array(f->arena, struct said, room);
    node = (struct json_item){ 0 };
    for (*count = 0; json_next(mapping, &node); ++*count) {
        struct said *one = &said[*count];
        struct json  parent = json_member(&node.value, "parent");

        *one = (struct said){ .id = node.key, .entry = empty_entry(f),
                              .parent = json_text(f->arena, &parent),
                              .number = *count };
        one->entry.metadata = metadata;
        one->usable = read_said(f, &node.value, &one->entry);
    }
    return said;
}

static enum status
take_conversation(struct foreign *f, const struct json *talk,
                  struct error *err)
{
    struct json  mapping = json_member(talk, "mapping");
    struct json  title = json_member(talk, "title");
    struct json  current = json_member(talk, "current_node");
    struct buf  *metadata = buf_new(f->arena, ENTRY_METADATA_MAX_BYTES);
    struct said *said;
    size_t       count;
    enum status  st = OK;

    if (mapping.type != JSON_OBJECT)
        return wrong_kind(err, "conversations.json of a ChatGPT export");
    buf_add(metadata, STR("{\"title\":"));
    json_add_string(metadata, str_slice(json_text(f->arena, &title), 0, 500));
    buf_add_byte(metadata, '}');
    said = read_tree(f, &mapping, buf_str(metadata), &count);
    if (count == 0)
        return OK;
    mark_seen(said, count, json_text(f->arena, &current));
    qsort(said, count, sizeof(*said), by_time);
    for (size_t i = 0; i < count && st == OK; i++)
        if (said[i].usable && said[i].seen)
            st = f->take(f->owner, &said[i].entry, err);
    return st;
}

enum status
foreign_chatgpt(struct foreign *f, struct error *err)
{
    struct json      root;
    struct json_item talk = { 0 };
    enum status      st = json_parse(f->text, JSON_DEPTH, &root, err);

    if (st == OK && root.type != JSON_ARRAY)
        return wrong_kind(err, "conversations.json of a ChatGPT export");
    while (st == OK && json_next(&root, &talk))
        st = take_conversation(f, &talk.value, err);
    return st;
}

enum status
foreign_text(struct foreign *f, struct error *err)
{
    struct str   rest = f->text, line;
    const char  *start = NULL;
    struct entry e = empty_entry(f);
    enum status  st = OK;

    while (st == OK && (rest.len || start)) {
        bool more = rest.len > 0;

        (void)str_cut(rest, '\n', &line, &rest); /* the last has no end */
        if (more && str_trim(line).len) {
            start = start ? start : line.ptr;
            e.content = (struct str){ start, (size_t)(line.ptr + line.len -
                                                      start) };
            continue;
        }
        if (start)
            st = f->take(f->owner, &e, err);
        start = NULL;
    }
    return st;
}
